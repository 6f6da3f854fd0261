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
import { asBytes } from "../../webhook/body";
import { readSignatureHeader } from "../../webhook/header";
import { mostKeys, usableKeys } from "../../webhook/signature";
import { openJwe, utf8 } from "../../webhook/token";
import type { SigningKey } from "../keys";
import type { Header } from "./recording";

// Verifies a delivery with the receiver's module, and finds out which of its checks fails.

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

/** A receiver's checks in its order, each with its name in the report. */
export const checks = {
  signingKey: "signing key",
  header: "header",
  headerForm: "form of the header",
  age: "age",
  body: "body",
  signature: "signature",
  payloadType: "payload type",
  decryption: "decryption",
  tokenSignature: "instance's signature",
  payload: "payload",
} as const;
export type Check = keyof typeof checks;

const order = Object.keys(checks) as Check[];

/** Codes that say nothing about a delivery: of reading, answering or storing requests, and of keys that are not available. */
type CodeElsewhere =
  | "body_timeout"
  | "body_unreadable"
  | "keys_unavailable"
  | "replayed"
  | "replays_unavailable"
  | "answer_invalid"
  | "handler_timeout"
  | "caller_left";

/** Why a delivery is rejected, in the words of the receiver's module. */
export interface Rejection {
  readonly code: Exclude<WebhookErrorCode, CodeElsewhere>;
  readonly message: string;
}

/** The check of each code. Some codes can come from several checks. */
const checkOf: Readonly<Record<Rejection["code"], Check | "undecided">> = {
  body_missing: "body",
  body_too_large: "body",
  body_parsed: "body",
  header_missing: "header",
  header_doubled: "header",
  header_malformed: "headerForm",
  too_old: "age",
  in_future: "age",
  signature_mismatch: "signature",
  payload_type: "payloadType",
  body_not_json: "payload",
  payload_invalid: "payload",
  settings: "undecided",
  body_not_utf8: "undecided",
  token_malformed: "undecided",
  token_algorithm: "undecided",
  token_compressed: "undecided",
  token_key_unknown: "undecided",
  token_signature: "undecided",
  token_undecryptable: "undecided",
};

/** What the receiver's module returns: one of the two. */
interface Answer {
  readonly delivery?: Delivery;
  readonly rejection?: Rejection;
}

/**
 * Verifies a delivery with the receiver's module.
 *
 * @throws a `WebhookError` if it cannot be verified, because the instance's keys are not available.
 */
export async function receive(one: Case, more: Partial<VerifyOptions> = {}): Promise<Answer> {
  const { headers, body, instanceKeys, decryptionKeys } = one;
  const keys = await receiversKeys(one);
  const at = one.at ?? signedAt(headers) ?? new Date(0);
  const options = { signingKey: keys.map(({ text }) => text), now: () => at, instanceKeys, decryptionKeys, ...more };
  try {
    return { delivery: await verifyRaw(body as RawBody, headers, options) };
  } catch (error) {
    if (!isWebhookError(error) || !isRejection(error)) throw error;
    return { rejection: { code: error.code, message: error.message } };
  }
}

/** A receiver has only a few keys. Of more, it gets the one that matches and those that cannot be a key. */
async function receiversKeys(one: Case): Promise<readonly SigningKey[]> {
  if (one.keys.length <= mostKeys) return one.keys;
  const match = await matchingKey(one);
  const usable = match === undefined ? one.keys.filter(isUsable) : [match];
  return [...one.keys.filter((key) => !isUsable(key)), ...usable].slice(0, mostKeys);
}

/** Whether a receiver accepts it as a key. */
export function isUsable({ text }: SigningKey): boolean {
  try {
    return usableKeys(text).length > 0;
  } catch (error) {
    if (!isWebhookError(error)) throw error;
    return false;
  }
}

function isRejection(error: { readonly code: string; readonly message: string }): error is Rejection {
  return Object.hasOwn(checkOf, error.code);
}

/** When it was signed; `undefined` if its header does not say. */
function signedAt(headers: readonly Header[]): Date | undefined {
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

/** The check that a delivery fails; it has passed all checks before that. */
async function failedAt({ keys, body, decryptionKeys }: Case, { code }: Rejection): Promise<Check> {
  const check = checkOf[code];
  if (check !== "undecided") return check;
  if (code === "settings" && !keys.every(isUsable)) return "signingKey";
  if (code === "body_not_utf8" && !(await passes(() => utf8(asBytes(body))))) return "payloadType";
  if (decryptionKeys !== undefined && !(await passes(() => openJwe(utf8(asBytes(body)), decryptionKeys))))
    return "decryption";
  return code === "body_not_utf8" ? "payload" : "tokenSignature";
}

async function passes(check: () => unknown): Promise<boolean> {
  try {
    await check();
    return true;
  } catch (error) {
    if (!isWebhookError(error)) throw error;
    return false;
  }
}

/** Whether the signature matches this key, even if a later check fails. */
export async function matches({ headers, body }: Pick<Case, "headers" | "body">, key: SigningKey): Promise<boolean> {
  const one = { headers, body, keys: [key], at: undefined };
  const { rejection } = await receive(one);
  return rejection === undefined || order.indexOf(await failedAt(one, rejection)) > order.indexOf("signature");
}

/** The key that the signature matches. */
export async function matchingKey(one: Case): Promise<SigningKey | undefined> {
  for (const key of one.keys) if (await matches(one, key)) return key;
  return undefined;
}

export type Status = "passed" | "failed" | "ignored" | "notNeeded" | "notReached";

/** The result of one check. */
export interface Checked {
  readonly check: Check;
  readonly status: Status;
  /** What was checked, or the code with which it failed; may be empty. */
  readonly detail: string;
}

/** What a receiver would do with a delivery. */
export interface Result extends Answer {
  /** All checks, in the receiver's order. */
  readonly checked: readonly Checked[];
  readonly failed: Check | undefined;
}

/** Verifies a delivery, and names the result of each check. `asOf` is the source of the time at which it is checked. */
export async function runChecks(one: Case, asOf: string): Promise<Result> {
  const { delivery, rejection } = await receive(one);
  const failed = rejection === undefined ? undefined : await failedAt(one, rejection);
  const reached = failed === undefined ? order.length : order.indexOf(failed);
  const key = reached > order.indexOf("signature") ? await matchingKey(one) : undefined;
  const type = expectedType(one);
  const statusOf = (check: Check): Status => {
    if (check === failed) return "failed";
    if (order.indexOf(check) > reached) return "notReached";
    if (check === "age" && one.at === undefined) return "ignored";
    // Plain JSON is neither encrypted nor signed by the instance, and a JWT is not encrypted.
    const isNeeded = { decryption: type === "PAYLOAD_TYPE_JWE", tokenSignature: type !== "PAYLOAD_TYPE_JSON" };
    return check in isNeeded && !isNeeded[check as keyof typeof isNeeded] ? "notNeeded" : "passed";
  };
  const signed = `signed ${seconds(signedAt(one.headers))}`;
  const details: Partial<Record<Check, () => string | undefined>> = {
    body: () => `${asBytes(one.body).length} bytes`,
    signingKey: () => one.keys.map(({ from }) => from).join(", "),
    age: () => (one.at === undefined ? signed : `${signed}, checked at ${seconds(one.at)} (${asOf})`),
    signature: () => key && `with the key from ${key.from}`,
    payloadType: () => type.replace("PAYLOAD_TYPE_", ""),
    payload: () => delivery?.kind,
  };
  const checked = order.map((check): Checked => {
    const status = statusOf(check);
    const isSaid = status === "passed" || status === "ignored";
    const detail = status === "failed" ? rejection?.code : isSaid ? details[check]?.() : "";
    return { check, status, detail: detail ?? "" };
  });
  return { checked, failed, ...(delivery && { delivery }), ...(rejection && { rejection }) };
}

/** A time in whole seconds, as ZITADEL signs it. */
function seconds(date: Date | undefined): string | undefined {
  return date?.toISOString().replace(/\.\d+Z$/, "Z");
}
