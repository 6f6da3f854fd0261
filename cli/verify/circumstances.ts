import { isWebhookError, type PayloadType } from "../../webhook";
import { quoted } from "../visible";
import { type Explanation, likely, proven } from "./explanation";
import { type Case, expectedType, isRefusal, judge } from "./judge";
import { typeOf } from "./tokens";
import { fittingKey } from "./trials";

/** Explains a missing signature header. Recognises the signature by its format, in any header. */
export async function explainMissing(one: Case): Promise<Explanation> {
  const moved = one.headers.find(([, value]) => /^\s*t=\d+,\s*v1=[\da-f]{64}\s*$/i.test(value));
  if (moved === undefined)
    return likely(
      "A proxy, a gateway or the recording has left the header out, or the request does not come from ZITADEL.",
      "Let the header ZITADEL-Signature through, and record it.",
    );
  const [name, value] = moved;
  const key = await fittingKey({ ...one, headers: [["ZITADEL-Signature", value]] });
  const fit = key === undefined ? "" : `, and under its own name it matches the key from ${key.from}`;
  return proven(
    `The signature is in the header ${quoted(name)}${fit}: a proxy or gateway has renamed it.`,
    "Let it through under its own name, ZITADEL-Signature, or rename it before you verify.",
  );
}

/** The result without the check of its age. */
async function apartFromAge(one: Case): Promise<string> {
  try {
    const came = await judge({ ...one, at: undefined });
    return isRefusal(came)
      ? `It also fails another check (${came.code}): ${came.message}`
      : "It passes all other checks.";
  } catch (error) {
    if (!isWebhookError(error)) throw error;
    return `The other checks could not be made: ${error.message}`;
  }
}

export async function explainAge(one: Case, what: string): Promise<Explanation> {
  return likely(
    `${what} ${await apartFromAge(one)}`,
    "For a recording, give the time when it arrived (--at) or skip this check (--ignore-age). If a receiver rejects it, compare the clocks, and look for a queue between ZITADEL and the receiver.",
  );
}

const words: Readonly<Record<PayloadType, string>> = {
  PAYLOAD_TYPE_JSON: "JSON",
  PAYLOAD_TYPE_JWT: "a JWT",
  PAYLOAD_TYPE_JWE: "a JWE",
};

/** The options with which each type is checked. */
const needed: Readonly<Record<PayloadType, string>> = {
  PAYLOAD_TYPE_JSON: "leave --jwks and --decryption-key out",
  PAYLOAD_TYPE_JWT: "give --jwks and no --decryption-key",
  PAYLOAD_TYPE_JWE: "give --jwks and --decryption-key KID=FILE",
};

export async function explainType(one: Case): Promise<Explanation> {
  const type = await typeOf(one);
  return proven(
    `It is ${words[type]}, but with these keys a receiver accepts only ${words[expectedType(one)]}, even if the signature is valid.`,
    `To check it as ${words[type]}, ${needed[type]}. If a receiver rejects it, compare the target's \`payloadType\` with the receiver's keys.`,
  );
}
