import {
  type Delivery,
  type InstanceKeys,
  isWebhookError,
  type JsonWebKeySet,
  type PayloadType,
  type RawBody,
  verifyRaw,
  type VerifyOptions,
  type WebhookErrorCode,
} from "../../webhook";
import { readSignatureHeader } from "../../webhook/header";
import type { SigningKey } from "./keys";
import type { Header } from "./request";

/** A delivery, and what to check it with. */
export interface Case {
  readonly headers: readonly Header[];
  readonly body: unknown;
  readonly keys: readonly SigningKey[];
  /** The time at which to check it; `undefined` if its age does not matter. */
  readonly at: Date | undefined;
  readonly instanceKeys?: InstanceKeys | JsonWebKeySet | undefined;
  readonly decryptionKeys?: Readonly<Record<string, string>> | undefined;
}

/** Codes that do not judge a delivery: errors of reading, answering or storing requests, and unavailable keys. */
const elsewhere = [
  "body_timeout",
  "body_unreadable",
  "keys_unavailable",
  "replayed",
  "replays_unavailable",
  "answer_invalid",
] as const;
type Elsewhere = (typeof elsewhere)[number];

function isElsewhere(code: WebhookErrorCode): code is Elsewhere {
  return (elsewhere as readonly WebhookErrorCode[]).includes(code);
}

/** Why a delivery is rejected, in the words of the receiver's module. */
export interface Refusal {
  readonly code: Exclude<WebhookErrorCode, Elsewhere>;
  readonly message: string;
}

export function isRefusal(came: Delivery | Refusal): came is Refusal {
  return "code" in came;
}

/**
 * Verifies a delivery with the receiver's module.
 *
 * @throws a `WebhookError` if it cannot be verified, because the instance's keys are not available.
 */
export async function judge(one: Case, more: Partial<VerifyOptions> = {}): Promise<Delivery | Refusal> {
  const { headers, body, keys, instanceKeys, decryptionKeys } = one;
  const at = one.at ?? signedAt(headers) ?? new Date(0);
  const options = { signingKey: keys.map(({ text }) => text), now: () => at, instanceKeys, decryptionKeys, ...more };
  try {
    return await verifyRaw(body as RawBody, headers, options);
  } catch (error) {
    if (!isWebhookError(error)) throw error;
    const { code, message } = error;
    if (isElsewhere(code)) throw error;
    return { code, message };
  }
}

/** When it was signed; `undefined` if its header does not say. */
export function signedAt(headers: readonly Header[]): Date | undefined {
  try {
    return new Date(Number(readSignatureHeader(headers).time) * 1_000);
  } catch (error) {
    if (!isWebhookError(error)) throw error;
    return undefined;
  }
}

/** The expected payload type: as in a receiver, it depends on the given keys. */
export function expectedType({ instanceKeys, decryptionKeys }: Case): PayloadType {
  if (instanceKeys === undefined) return "PAYLOAD_TYPE_JSON";
  return decryptionKeys === undefined ? "PAYLOAD_TYPE_JWT" : "PAYLOAD_TYPE_JWE";
}
