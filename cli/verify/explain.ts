import { quoted } from "../visible";
import { explainAge, explainMissing, explainType } from "./circumstances";
import { type Explanation, likely, proven } from "./explanation";
import type { Check } from "./checks";
import type { Case, Refusal } from "./judge";
import { kidOfJwe, kidOfJwt } from "./tokens";
import { type Fit, firstFit } from "./trials";

type Explain = (one: Case, check: Check) => Promise<Explanation> | Explanation;

export async function explain(one: Case, check: Check, { code }: Refusal): Promise<Explanation> {
  return await explanations[code](one, check);
}

const notZitadels = likely(
  "ZITADEL does not create such tokens: the token was changed or cut on its way, or somebody else created it.",
  "Look for a proxy or gateway that changes it. If none does, rotate the signing key, because somebody else has it.",
);
const notExpected = likely(
  "It is signed with the target's key, but ZITADEL does not send such payloads.",
  "If your own tests sent it, let them send a payload like ZITADEL's. If ZITADEL sent it, update this package. If neither did, rotate the signing key.",
);

const explanations: Readonly<Record<Refusal["code"], Explain>> = {
  body_missing: () =>
    likely(
      "The recording was made without the body, or after something had read it.",
      "Record the bytes as they arrive, before any body parser.",
    ),
  body_too_large: () =>
    likely("No payload of ZITADEL's is known to be so large.", "If it is one, raise `maxBodyBytes` in the receiver."),
  body_parsed: async (one) => {
    const fit = await firstFit(one);
    const what = "The recording has the parsed body, not the bytes that were received";
    if (fit === undefined) return likely(`${what}.`, "Record the body as text or in base64, before any body parser.");
    const { from } = fit.key;
    const how = fit.ofBody.length + fit.ofKey.length === 0 ? "" : ` once ${undoneIn(fit)}`;
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
    const fit = await firstFit(one);
    if (fit !== undefined) return explainFit(fit);
    return likely(
      `The key is another target's, or from before or after a rotation: no usual change to bodies or keys explains it.${lengthOf(one)}`,
      "Compare it with the key that ZITADEL signs with now: `pulumi stack output` with --show-secrets, and `doctor` with an export that shows its secrets. You can try several keys at once: --key-file FILE for each.",
    );
  },
  settings: async (one, check) => {
    if (check !== "signingKey")
      return likely(
        "The private key is not in PKCS#8, or is for another algorithm; or the key set contains an invalid key.",
        "Convert it: openssl pkcs8 -topk8 -nocrypt -in key.pem",
      );
    const fit = await firstFit(one);
    if (fit !== undefined) return explainFit(fit);
    return likely(
      `ZITADEL's keys have only letters and digits, but ${one.keys.map(({ from }) => from).join(", ")} contains something else, or there are too many keys.`,
      "Copy the key from the stack's output `signingKey`, without anything around it.",
    );
  },
  payload_type: explainType,
  token_malformed: () => notZitadels,
  token_algorithm: () => notZitadels,
  token_compressed: () => notZitadels,
  token_key_unknown: async (one, check) => {
    const given = Object.keys(one.decryptionKeys ?? {})
      .map(quoted)
      .join(", ");
    if (check === "decryption")
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

function explainFit(fit: Fit): Explanation {
  const changes = [...fit.ofBody, ...fit.ofKey];
  const about = fit.ofBody.length === 0 ? "" : "The body is not what was sent. ";
  return proven(
    `${about}The signature matches the key from ${fit.key.from} once ${undoneIn(fit)}. ${changes.map(({ cause }) => cause).join(" ")}`,
    [...new Set(changes.map(({ todo }) => todo))].join(" "),
  );
}

function undoneIn({ ofBody, ofKey }: Fit): string {
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
