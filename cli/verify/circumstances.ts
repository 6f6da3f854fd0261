import { isWebhookError, type PayloadType } from "../../webhook";
import { quoted } from "../visible";
import { type Explanation, likely, proven } from "./explanation";
import { type Case, expectedType, isRefusal, judge } from "./judge";
import { typeOf } from "./tokens";
import { fittingKey } from "./trials";

/** The signature is recognised by its form, wherever it stands. */
export async function explainMissing(one: Case): Promise<Explanation> {
  const moved = one.headers.find(([, value]) => /^\s*t=\d+,\s*v1=[\da-f]{64}\s*$/i.test(value));
  if (moved === undefined)
    return likely(
      "It does not come from ZITADEL; or a proxy, a gateway or whoever recorded it has left the header out.",
      "Let the header ZITADEL-Signature through, and record it.",
    );
  const [name, value] = moved;
  const key = await fittingKey({ ...one, headers: [["ZITADEL-Signature", value]] });
  const fit = key === undefined ? "" : `, and under its own name it fits the key of ${key.from}`;
  return proven(
    `The signature stands in the header ${quoted(name)}${fit}: something in between has renamed it.`,
    "Let it through under its own name, ZITADEL-Signature, or rename it before you verify.",
  );
}

/** What comes of it apart from its age. */
async function apartFromAge(one: Case): Promise<string> {
  try {
    const came = await judge({ ...one, at: undefined });
    return isRefusal(came)
      ? `Apart from that it is not in order either (${came.code}): ${came.message}`
      : "Apart from that all is in order.";
  } catch (error) {
    if (!isWebhookError(error)) throw error;
    return `Nothing more is known: ${error.message}`;
  }
}

export async function explainAge(one: Case, what: string): Promise<Explanation> {
  return likely(
    `${what} ${await apartFromAge(one)}`,
    "For a recording, give the time when it came (--at) or leave its age out (--ignore-age). If a receiver refuses it, compare the clocks, and look for a queue in between.",
  );
}

const words: Readonly<Record<PayloadType, string>> = {
  PAYLOAD_TYPE_JSON: "JSON",
  PAYLOAD_TYPE_JWT: "a JWT",
  PAYLOAD_TYPE_JWE: "a JWE",
};

/** How to have each type checked. */
const needed: Readonly<Record<PayloadType, string>> = {
  PAYLOAD_TYPE_JSON: "leave --jwks and --decryption-key out",
  PAYLOAD_TYPE_JWT: "give --jwks and no --decryption-key",
  PAYLOAD_TYPE_JWE: "give --jwks and --decryption-key KID=FILE",
};

export async function explainType(one: Case): Promise<Explanation> {
  const type = await typeOf(one);
  return proven(
    `It came as ${words[type]}, and with the keys that are given a receiver takes nothing but ${words[expectedType(one)]}: that it is signed is not enough for it.`,
    `To have it checked as ${words[type]}, ${needed[type]}. If a receiver refuses it, compare the target's \`payloadType\` with the receiver's keys.`,
  );
}
