import { createHmac, type KeyObject } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Delivery,
  type HeadersLike,
  isWebhookError,
  type JsonWebKeySet,
  type PayloadType,
  type RawBody,
  verifyRaw,
  type VerifyOptions,
} from "../../webhook";

const folder = join(__dirname, "..", "data", "deliveries");
const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), "utf8"));

/** A genuine delivery, and what was kept to verify and to read it. */
export interface Recorded {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly target: { readonly signingKey: string; readonly payloadType: PayloadType };
  readonly receivedAtUnix: number;
  readonly encryptionKeyId?: string;
  readonly privateKeyPem?: string;
}

/** The public keys of the instance that sent them. */
export const recordedKeys = read("jwks.json") as JsonWebKeySet;

/** All that were recorded, by name. */
export const recorded: Readonly<Record<string, Recorded>> = Object.fromEntries(
  readdirSync(folder)
    .filter((file) => file.endsWith(".json") && file !== "jwks.json")
    .map((file) => [file.replace(".json", ""), read(file) as Recorded]),
);

export function recording(name: string): Recorded {
  const found = recorded[name];
  if (found === undefined) throw new Error(`there is no recording ${name}`);
  return found;
}

/** The options with which a receiver takes a recorded delivery, at the time when it came. */
export function optionsFor({ target, receivedAtUnix, encryptionKeyId, privateKeyPem }: Recorded): VerifyOptions {
  return {
    signingKey: target.signingKey,
    now: () => new Date(receivedAtUnix * 1_000),
    ...(target.payloadType !== "PAYLOAD_TYPE_JSON" && { instanceKeys: recordedKeys }),
    ...(encryptionKeyId !== undefined && { decryptionKeys: { [encryptionKeyId]: privateKeyPem ?? "" } }),
  };
}

/** The time of everything that is signed in tests. */
export const at = 1_795_309_247;
export const key = "testkey0testkey1testkey2testkey3test";
export const options: VerifyOptions = { signingKey: key, now: () => new Date(at * 1_000) };

/** A header of signature, by Node's own crypto. */
export function signatureOf(
  body: string | Uint8Array,
  signingKey: string | KeyObject = key,
  time: number | string = at,
): string {
  return `t=${time},v1=${createHmac("sha256", signingKey).update(`${time}.`).update(body).digest("hex")}`;
}

export function headersOf(body: string | Uint8Array, signingKey?: string, time?: number | string) {
  return { "Zitadel-Signature": signatureOf(body, signingKey, time) };
}

/** What comes of a delivery: the code with which it is refused, or `"taken"`. An error of another kind is thrown. */
export async function outcome(verified: Promise<Delivery>): Promise<string> {
  try {
    await verified;
    return "taken";
  } catch (error) {
    if (!isWebhookError(error)) throw error;
    return error.code;
  }
}

/** The same for a body and its headers. */
export function tried(body: RawBody, headers: HeadersLike, given: VerifyOptions = options): Promise<string> {
  return outcome(verifyRaw(body, headers, given));
}

/** The same for a body that is signed as it should be. */
export function triedSigned(body: string | Uint8Array, given: VerifyOptions = options): Promise<string> {
  return tried(body, headersOf(body), given);
}

export const event = {
  event_type: "user.human.added",
  aggregateID: "1",
  sequence: 1,
  event_payload: { userName: "a" },
};
