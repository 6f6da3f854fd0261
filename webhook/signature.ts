import { nameOf, WebhookError } from "./errors.ts";
import type { SignatureHeader } from "./header.ts";
import { matches, type Signed } from "./hmac.ts";

/** A key, or several during a rotation. */
export type SigningKeys = string | readonly string[] | undefined;

/** The keys, or a function that returns them. It is called for every delivery, so cache anything slow in it. */
export type SigningKeySource = SigningKeys | (() => SigningKeys | Promise<SigningKeys>);

/** The current key, the previous and the next one: a longer list is a mistake, and each key costs a check. */
const mostKeys = 8;

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

/** Throws `signature_mismatch` unless one of the signatures matches one of the keys. The comparison takes constant time. */
export async function checkSignature(
  { signatures }: SignatureHeader,
  signed: Signed,
  keys: readonly string[],
): Promise<void> {
  for (const key of keys) if (await matches(key, signed, signatures)) return;
  throw new WebhookError(
    "signature_mismatch",
    "No signature matches: the body is not, byte for byte, what ZITADEL sent (was it parsed and serialised again?), or the key is another target's, or was rotated.",
  );
}
