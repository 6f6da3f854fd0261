import { nameOf, WebhookError } from "./errors.ts";
import type { SignatureHeader } from "./header.ts";
import { remembered } from "./remembered.ts";

/** A key, or several during a rotation. */
export type SigningKeys = string | readonly string[] | undefined;

/** The keys, or a function that returns them. It is called for every delivery, so cache anything slow in it. */
export type SigningKeySource = SigningKeys | (() => SigningKeys | Promise<SigningKeys>);

/** The current key, the previous and the next one: a longer list is a mistake, and each key costs a check. */
const mostKeys = 8;

const encoder = new TextEncoder();

const imported = remembered(64, (key) =>
  crypto.subtle.importKey("raw", encoder.encode(key), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]),
);

/** The usable keys of a source. Throws `settings`, or `keys_unavailable` if the function throws. */
export async function signingKeysOf(source: SigningKeySource): Promise<readonly string[]> {
  const given = typeof source === "function" ? await ask(source) : source;
  const keys: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (keys.length === 0 || keys.length > mostKeys)
    throw new WebhookError(
      "settings",
      `There are ${keys.length} signing keys: pass 1 to ${mostKeys} in \`signingKey\`.`,
    );
  return keys.map((key) => {
    if (typeof key !== "string" || key === "")
      throw new WebhookError(
        "settings",
        "`signingKey` is missing: pass the target's `signingKey` output (is the variable that it comes from set?).",
      );
    if (!/^[\x21-\x7e]+$/.test(key))
      throw new WebhookError(
        "settings",
        "A signing key has spaces, line breaks or other characters that ZITADEL's keys never have: check how it was stored.",
      );
    return key;
  });
}

async function ask(source: () => SigningKeys | Promise<SigningKeys>): Promise<SigningKeys> {
  try {
    return await source();
  } catch (error) {
    throw new WebhookError("keys_unavailable", `The function in \`signingKey\` threw ${nameOf(error)}.`);
  }
}

/** The signed bytes: the time as in the header, a full stop, and the body as it was sent. */
export function signedBytes(time: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const start = encoder.encode(`${time}.`);
  const bytes = new Uint8Array(start.length + body.length);
  bytes.set(start);
  bytes.set(body, start.length);
  return bytes;
}

/** Throws `signature_mismatch` unless one of the signatures matches one of the keys. The comparison takes constant time. */
export async function checkSignature(
  { signatures }: SignatureHeader,
  signed: Uint8Array<ArrayBuffer>,
  keys: readonly string[],
): Promise<void> {
  for (const key of keys) {
    const hmac = await imported(key);
    for (const signature of signatures) {
      if (await crypto.subtle.verify("HMAC", hmac, signature, signed)) return;
    }
  }
  throw new WebhookError(
    "signature_mismatch",
    "No signature matches: the body is not, byte for byte, what ZITADEL sent (was it parsed and serialised again?), or the key is another target's, or was rotated.",
  );
}
