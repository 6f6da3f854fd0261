import { isWebhookError, type PayloadType } from "../../webhook";
import { asBytes } from "../../webhook/body";
import { openJwe, utf8 } from "../../webhook/token";
import { quoted } from "../visible";
import { findChanges, type Match } from "./changes";
import {
  type Case,
  type Check,
  expectedType,
  isUsable,
  matchingKey,
  receive,
  type Rejection,
  type Result,
} from "./checks";

/** What happened to a rejected delivery, and what to do about it. */
export interface Explanation {
  readonly what: string;
  /** Whether a test confirmed it; otherwise it is only the most likely cause. */
  readonly isProven: boolean;
  readonly todo: string;
}

function likely(what: string, todo: string): Explanation {
  return { what, isProven: false, todo };
}

function proven(what: string, todo: string): Explanation {
  return { what, isProven: true, todo };
}

/** Explains why a delivery is rejected; `undefined` if it is not. */
export async function explain(one: Case, { failed, rejection }: Result): Promise<Explanation | undefined> {
  return rejection && failed && (await explanations[rejection.code](one, failed));
}

const notZitadels = likely(
  "ZITADEL does not create such tokens: the token was changed or cut on its way, or somebody else created it.",
  "Look for a proxy or gateway that changes it. If none does, rotate the signing key, because somebody else has it.",
);
const notExpected = likely(
  "It is signed with the target's key, but ZITADEL does not send such payloads.",
  "If your own tests sent it, let them send a payload like ZITADEL's. If ZITADEL sent it, update this package. If neither did, rotate the signing key.",
);

type Explain = (one: Case, failed: Check) => Promise<Explanation> | Explanation;

const explanations: Readonly<Record<Rejection["code"], Explain>> = {
  body_missing: () =>
    likely(
      "The recording was made without the body, or after something had read it.",
      "Record the bytes as they arrive, before any body parser.",
    ),
  body_too_large: () =>
    likely("No payload of ZITADEL's is known to be so large.", "If it is one, raise `maxBodyBytes` in the receiver."),
  body_parsed: async (one) => {
    const match = await findChanges(one);
    const what = "The recording has the parsed body, not the bytes that were received";
    if (match === undefined) return likely(`${what}.`, "Record the body as text or in base64, before any body parser.");
    const { from } = match.key;
    const how = match.ofBody.length + match.ofKey.length === 0 ? "" : ` once ${undoneIn(match)}`;
    return proven(
      `${what}. After writing it as JSON again, the signature matches the key from ${from}${how}, so header and key are right.`,
      "Keep the bytes as they arrive and verify those, before any body parser.",
    );
  },
  body_not_utf8: () => notExpected,
  body_not_json: () => notExpected,
  header_missing: explainMissing,
  header_doubled: () =>
    likely(
      "A proxy has added the header again, or the recording has it twice.",
      "Let only one header through, unchanged: with two, it is not clear which one counts.",
    ),
  header_malformed: () =>
    likely(
      "A proxy, a gateway or the recording has changed or shortened the header's value.",
      "Record the header's value as it is: `t=<seconds>,v1=<64 hexadecimal digits>`.",
    ),
  too_old: (one) =>
    explainAge(one, "It is a recording, or it waited somewhere, or was sent again, or the receiver's clock is wrong."),
  in_future: (one) => explainAge(one, "The clocks differ: it was signed later than the time at which it is checked."),
  signature_mismatch: async (one) => {
    const match = await findChanges(one);
    if (match !== undefined) return explainMatch(match);
    return likely(
      `The key is another target's, or from before or after a rotation: no usual change to bodies or keys explains it.${lengthOf(one)}`,
      "Compare it with the key that ZITADEL signs with now: `pulumi stack output` with --show-secrets, and `doctor --stack NAME`. You can try several keys at once: --key-file FILE for each.",
    );
  },
  settings: async (one, failed) => {
    if (failed !== "signingKey")
      return likely(
        "The private key is not in PKCS#8, or is for another algorithm; or the key set contains an invalid key.",
        "Convert it: openssl pkcs8 -topk8 -nocrypt -in key.pem",
      );
    const match = await findChanges(one);
    const odd = one.keys.filter((key) => !isUsable(key));
    const noKey = `ZITADEL's keys have only letters and digits. That is not a key: ${odd.map(({ from }) => from).join(", ")}.`;
    if (match === undefined)
      return likely(noKey, "Copy the key from the stack's output `signingKey`, without anything around it.");
    if (match.ofBody.length + match.ofKey.length > 0) return explainMatch(match);
    return proven(
      `The signature matches the key from ${match.key.from}. ${noKey}`,
      "Remove what is not a key: a receiver rejects the whole list.",
    );
  },
  payload_type: explainType,
  token_malformed: () => notZitadels,
  token_algorithm: () => notZitadels,
  token_compressed: () => notZitadels,
  token_key_unknown: async (one, failed) => {
    const given = Object.keys(one.decryptionKeys ?? {})
      .map(quoted)
      .join(", ");
    if (failed === "decryption")
      return proven(
        `The token is encrypted for the key ${quoted(await kidOfJwe(one))}, but the given keys are ${given}.`,
        "Give the private key with that id: --decryption-key KID=FILE, where KID is the `keyId` of its ZitadelTargetPublicKey.",
      );
    return likely(
      `The token is signed with the key ${quoted(await kidOfJwt(one))}, which is not in the key set: the key set is another instance's, or older or newer than the delivery.`,
      "Give the keys of the target's own instance, from the time of the delivery.",
    );
  },
  token_signature: () =>
    likely(
      "The token was changed on its way, or somebody without the instance's key signed it.",
      "Look for a proxy or gateway that changes it. If none does, somebody else has the signing key: rotate it.",
    ),
  token_undecryptable: () =>
    likely(
      "The private key under that id does not belong to the public key that ZITADEL has, or the token was changed on its way.",
      "Compare the public keys: openssl pkey -in key.pem -pubout",
    ),
  payload_invalid: () => notExpected,
};

function explainMatch(match: Match): Explanation {
  const changes = [...match.ofBody, ...match.ofKey];
  const about = match.ofBody.length === 0 ? "" : "The body is not what was sent. ";
  return proven(
    `${about}The signature matches the key from ${match.key.from} once ${undoneIn(match)}. ${changes.map(({ cause }) => cause).join(" ")}`,
    [...new Set(changes.map(({ todo }) => todo))].join(" "),
  );
}

function undoneIn({ ofBody, ofKey }: Match): string {
  return [...ofBody, ...ofKey].map(({ undone }) => undone).join(" and ");
}

/** A hint if a key does not have the length of ZITADEL's keys, for example because it was cut off. */
function lengthOf({ keys }: Case): string {
  const others = keys.filter(({ text }) => !/^[0-9A-Za-z]{36}$/.test(text));
  return others
    .map(
      ({ from, text }) =>
        ` So far, ZITADEL's keys have 36 letters and digits; the key from ${from} has ${text.length} characters.`,
    )
    .join("");
}

/** Explains a missing signature header. Recognises the signature by its format, in any header. */
async function explainMissing(one: Case): Promise<Explanation> {
  const moved = one.headers.find(([, value]) => /^\s*t=\d+,\s*v1=[\da-f]{64}\s*$/i.test(value));
  if (moved === undefined)
    return likely(
      "A proxy, a gateway or the recording has left the header out, or the request does not come from ZITADEL.",
      "Let the header ZITADEL-Signature through, and record it.",
    );
  const [name, value] = moved;
  const key = await matchingKey({ ...one, headers: [["ZITADEL-Signature", value]] });
  const match = key === undefined ? "" : `, and under its own name it matches the key from ${key.from}`;
  return proven(
    `The signature is in the header ${quoted(name)}${match}: a proxy or gateway has renamed it.`,
    "Let it through under its own name, ZITADEL-Signature, or rename it before you verify.",
  );
}

/** The result without the check of its age. */
async function apartFromAge(one: Case): Promise<string> {
  try {
    const { rejection } = await receive({ ...one, at: undefined });
    return rejection === undefined
      ? "It passes all other checks."
      : `It also fails another check (${rejection.code}): ${rejection.message}`;
  } catch (error) {
    if (!isWebhookError(error)) throw error;
    return `The other checks could not be made: ${error.message}`;
  }
}

async function explainAge(one: Case, what: string): Promise<Explanation> {
  return likely(
    `${what} ${await apartFromAge(one)}`,
    "For a recording, give the time when it arrived (--at) or skip this check (--ignore-age). If a receiver rejects it, compare the clocks, and look for a queue between ZITADEL and the receiver.",
  );
}

/** Each type's name, and the options with which it is checked. */
const types: Readonly<Record<PayloadType, { readonly name: string; readonly options: string }>> = {
  PAYLOAD_TYPE_JSON: { name: "JSON", options: "leave --jwks and --decryption-key out" },
  PAYLOAD_TYPE_JWT: { name: "a JWT", options: "give --jwks and no --decryption-key" },
  PAYLOAD_TYPE_JWE: { name: "a JWE", options: "give --jwks and --decryption-key KID=FILE" },
};

async function explainType(one: Case): Promise<Explanation> {
  const { name, options } = types[await typeOf(one)];
  return proven(
    `It is ${name}, but with these keys a receiver accepts only ${types[expectedType(one)].name}, even if the signature is valid.`,
    `To check it as ${name}, ${options}. If a receiver rejects it, compare the target's \`payloadType\` with the receiver's keys.`,
  );
}

/** The payload's type, if the signature is valid. */
async function typeOf(one: Case): Promise<PayloadType> {
  const nothing = { instanceKeys: { keys: [] }, decryptionKeys: {} };
  for (const type of ["PAYLOAD_TYPE_JWT", "PAYLOAD_TYPE_JWE"] as const) {
    const { rejection } = await receive(one, { ...nothing, payloadTypes: [type] });
    if (rejection !== undefined && rejection.code !== "payload_type") return type;
  }
  return "PAYLOAD_TYPE_JSON";
}

/** The key that a JWE is encrypted for. */
async function kidOfJwe({ body }: Case): Promise<string> {
  let asked = "";
  const note = (kid: string) => void (asked = kid);
  await openJwe(utf8(asBytes(body)), note).catch(ignoreRejection);
  return asked;
}

/** The key that a JWT is signed with. */
async function kidOfJwt(one: Case): Promise<string> {
  let asked = "";
  const keyFor = ({ kid }: { kid: string }) => {
    asked = kid;
    return Promise.reject(new Error("only the key id is needed"));
  };
  if (one.instanceKeys !== undefined)
    await receive({ ...one, at: undefined, instanceKeys: { keyFor } }).catch(ignoreRejection);
  return asked;
}

function ignoreRejection(error: unknown): void {
  if (!isWebhookError(error)) throw error;
}
