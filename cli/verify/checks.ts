import { isWebhookError } from "../../webhook";
import { asBytes } from "../../webhook/body";
import { usableKeys } from "../../webhook/signature";
import { openJwe, utf8 } from "../../webhook/token";
import { type Case, isRefusal, judge, type Refusal } from "./judge";
import type { SigningKey } from "./keys";

/** A receiver's checks, in its order. */
export const checks = [
  "signingKey",
  "header",
  "headerForm",
  "age",
  "body",
  "signature",
  "payloadType",
  "decryption",
  "tokenSignature",
  "payload",
] as const;
export type Check = (typeof checks)[number];

/** The check that a delivery fails; it has passed all checks before that. */
export async function failedAt(one: Case, { code }: Refusal): Promise<Check> {
  const check = checkOf[code];
  if (check !== "undecided") return check;
  if (code === "settings" && !(await areUsable(one.keys))) return "signingKey";
  if (code === "body_not_utf8" && !(await isUtf8(one.body))) return "payloadType";
  if (!(await opens(one))) return "decryption";
  return code === "body_not_utf8" ? "payload" : "tokenSignature";
}

/** The check of each code. Some codes can come from several checks. */
const checkOf: Readonly<Record<Refusal["code"], Check | "undecided">> = {
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

/** Whether a signature matches one of these keys, even if a later check fails. */
export async function fits({ headers, body }: Pick<Case, "headers" | "body">, keys: readonly SigningKey[]) {
  const one = { headers, body, keys, at: undefined };
  const came = await judge(one);
  return !isRefusal(came) || checks.indexOf(await failedAt(one, came)) > checks.indexOf("signature");
}

async function areUsable(keys: readonly SigningKey[]): Promise<boolean> {
  return passes(() => Promise.resolve(usableKeys(keys.map(({ text }) => text))));
}

function isUtf8(body: unknown): Promise<boolean> {
  return passes(() => Promise.resolve(utf8(asBytes(body))));
}

async function opens({ body, decryptionKeys }: Case): Promise<boolean> {
  return decryptionKeys === undefined || passes(() => openJwe(utf8(asBytes(body)), decryptionKeys));
}

async function passes(check: () => Promise<unknown>): Promise<boolean> {
  try {
    await check();
    return true;
  } catch (error) {
    if (!isWebhookError(error)) throw error;
    return false;
  }
}
