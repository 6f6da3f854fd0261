import type { RequestContext } from "./context.ts";
import { WebhookError } from "./errors.ts";
import type { SignatureHeader } from "./header.ts";
import { matches, type Signed } from "./hmac.ts";
import { lookUp } from "./waiting.ts";

/** A key, or several during a rotation. In a list, empty keys are skipped, if there is another one. */
export type SigningKeys = string | readonly (string | undefined)[] | undefined;

/** Returns the keys for a request. It is called for every delivery, so cache anything slow in it. */
export type SigningKeyFunction<Framework = unknown> = (
  request: RequestContext<Framework>,
) => SigningKeys | Promise<SigningKeys>;

/** The keys, or a function that returns them. */
export type SigningKeySource<Framework = unknown> = SigningKeys | SigningKeyFunction<Framework>;

/** The current key, the previous and the next one: a longer list is a mistake, and each key costs a check. */
export const mostKeys = 8;

/** The keys for a request. Throws `settings`, or `keys_unavailable` if the function throws or takes longer than the limit. */
export async function signingKeysOf<Framework>(
  source: readonly string[] | SigningKeyFunction<Framework>,
  request: RequestContext<Framework>,
  limit: number,
): Promise<readonly string[]> {
  if (typeof source !== "function") return source;
  const lookup = { name: "signingKey", code: "keys_unavailable", limit } as const;
  const given = await lookUp(lookup, () => source(request));
  if (!isEmpty(given)) return usableKeys(given);
  // Not the query, which may contain a secret.
  const path = request.url?.slice(0, 200).replace(/\?.*$/s, "");
  throw new WebhookError(
    "settings",
    `The function in \`signingKey\` returned no key${path === undefined ? "" : ` for ${JSON.stringify(path)}`}: return the target's \`signingKey\` output (is the variable that it comes from set?). Answer requests that are for no target before they reach the receiver.`,
  );
}

/** Whether no key was given at all, as when a variable is not set. */
function isEmpty(given: SigningKeys): boolean {
  const keys: readonly unknown[] = Array.isArray(given) ? given : [given];
  return keys.every((key) => (key ?? "") === "");
}

/** Checks keys. Throws `settings`. */
export function usableKeys(given: SigningKeys): readonly string[] {
  const keys: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (keys.length === 0 || keys.length > mostKeys)
    throw new WebhookError(
      "settings",
      `There are ${keys.length} signing keys: pass 1 to ${mostKeys} in \`signingKey\`.`,
    );
  if (isEmpty(given))
    throw new WebhookError(
      "settings",
      "`signingKey` is missing: pass the target's `signingKey` output (is the variable that it comes from set?).",
    );
  return keys.flatMap((key, index) => {
    // During a rotation there are two keys, and otherwise only one of two variables is set.
    if ((key ?? "") === "") return [];
    const name = keys.length === 1 ? "The signing key" : `The signing key ${index + 1} of ${keys.length}`;
    if (typeof key === "string" && /^(?:\[secret\]|null|undefined)$/.test(key))
      throw new WebhookError(
        "settings",
        `${name} is the text ${key}: read it with \`pulumi stack output --show-secrets\`, and check that the output exists.`,
      );
    checkKeyText(name, key);
    return [key];
  });
}

/** Throws `settings` for what cannot be a key. ZITADEL makes them of letters and digits; other characters that a newer server could use are fine. */
export function checkKeyText(name: string, key: unknown): asserts key is string {
  if (typeof key !== "string") throw new WebhookError("settings", `${name} is not a string.`);
  if (/^[\x21-\x7e]+$/.test(key) && !/[,;"'`${}<>\\]/.test(key)) return;
  const what =
    key === ""
      ? "is empty"
      : "has spaces, line breaks, quotes, commas or other characters that ZITADEL's keys never have";
  const todo = key.includes(",") ? "pass several keys as a list" : "check how it was stored";
  throw new WebhookError("settings", `${name} ${what}: ${todo}.`);
}

/** Throws `signature_mismatch` unless one of the signatures matches one of the keys. The comparison takes constant time. */
export async function checkSignature(
  { signatures }: SignatureHeader,
  signed: Signed,
  keys: readonly string[],
): Promise<void> {
  for (const key of keys) if (await matches(key, signed, signatures)) return;
  const hint = appearance(signed.body);
  throw new WebhookError(
    "signature_mismatch",
    hint === undefined
      ? "No signature matches: the body is not, byte for byte, what ZITADEL sent (was it parsed and serialised again?), or the key is another target's, or was rotated."
      : `No signature matches: ${hint}`,
  );
}

/** What a body looks like that ZITADEL cannot have sent so; `undefined` if it could have. Says nothing of its content. */
function appearance(body: Uint8Array): string | undefined {
  const start = latin1(body.subarray(0, 64));
  if (/^[\w+/-]+={0,2}\s*$/.test(start) && /^[\w+/-]*={0,2}\s*$/.test(latin1(body.subarray(-64))))
    return "the body looks like base64. Decode it first: AWS Lambda sets `isBase64Encoded` for such a body.";
  if (start.startsWith("[object "))
    return "the body looks like a parsed object that was turned into a string. Keep the bytes as they arrive.";
  if (start.startsWith('{"type":"Buffer"'))
    return "the body looks like a Buffer that was serialised as JSON. Pass the Buffer itself.";
  if (start.startsWith('"')) return "the body looks like JSON inside a JSON string. Keep the bytes as they arrive.";
  if (/^\{\s/.test(start))
    return "the body looks like JSON that was formatted again: ZITADEL sends it without spaces. Keep the bytes as they arrive.";
  if (!/^(?:\{|[\w-]+(?:\.|$))/.test(start))
    return "the body looks like neither JSON nor a token, so ZITADEL did not send it in this form.";
  if (start.startsWith("{") && body.some((byte) => byte === 0x26 || byte === 0x3c || byte === 0x3e))
    return "the body looks like JSON that was parsed and written again: ZITADEL writes &, < and > as \\u0026, \\u003c and \\u003e. Keep the bytes as they arrive.";
  if (/[\r\n]$/.test(latin1(body.subarray(-1))))
    return "the body ends in a line break, which ZITADEL never sends. Keep the bytes as they arrive.";
  return undefined;
}

/** Bytes as text, one character for each: enough to recognise ASCII. */
function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
