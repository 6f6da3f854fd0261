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
  "ZITADEL makes no such token: somebody else made it, or it was changed or cut on its way.",
  "Look for what stands in between; if it is whole, change the signing key, which is in other hands.",
);
const notExpected = likely(
  "It is signed with the target's key, and it is not what ZITADEL sends.",
  "If your own tests sent it, let them send a payload of ZITADEL's. If nobody of yours did, change the signing key. If ZITADEL did, update this package.",
);

const explanations: Readonly<Record<Refusal["code"], Explain>> = {
  body_missing: () =>
    likely(
      "The recording was made without the body, or after something had read it.",
      "Record the bytes as they arrive, before any body parser.",
    ),
  body_too_large: () =>
    likely(
      "No payload of ZITADEL's has been seen to be so large.",
      "If it is one, raise `maxBodyBytes` in the receiver.",
    ),
  body_parsed: async (one) => {
    const fit = await firstFit(one);
    const what = "The recording has what a parser made of the body, and not what was received";
    if (fit === undefined) return likely(`${what}.`, "Record the body as text or in base64, before any body parser.");
    const { from } = fit.key;
    const how = fit.ofBody.length + fit.ofKey.length === 0 ? "" : ` once ${undoneIn(fit)}`;
    return proven(
      `${what}. Written as JSON again, the signature fits the key of ${from}${how}, so header and key are right.`,
      "Keep the bytes as they arrive and verify those, before any body parser.",
    );
  },
  body_not_utf8: () => notExpected,
  body_not_json: () => notExpected,
  header_missing: explainMissing,
  header_doubled: () =>
    likely(
      "A proxy has added the header again, or the recording has it twice.",
      "Let one header through, as it came; which of two counts cannot be known.",
    ),
  header_malformed: () =>
    likely(
      "Something in between, or whoever recorded it, has changed or shortened the header's value.",
      "Record the header's value as it is: `t=<seconds>,v1=<64 hexadecimal digits>`.",
    ),
  too_old: (one) =>
    explainAge(one, "It is a recording, or it waited somewhere, or was sent again, or the receiver's clock is wrong."),
  in_future: (one) =>
    explainAge(one, "The clocks differ: it was signed later than the time as of which it is checked."),
  signature_mismatch: async (one) => {
    const fit = await firstFit(one);
    if (fit !== undefined) return explainFit(fit);
    return likely(
      `It is the key of another target, or one from before or after a rotation: nothing of what usually happens to bodies and keys explains it.${lengthOf(one)}`,
      "Compare with what ZITADEL signs with now: `pulumi stack output` with --show-secrets, and `doctor` with an export that shows its secrets. Several keys can be tried at once: --key-file FILE for each.",
    );
  },
  settings: async (one, check) => {
    if (check !== "signingKey")
      return likely(
        "The private key is in another form than PKCS#8, or for another algorithm; or the key set has a key that is none.",
        "Convert it: openssl pkcs8 -topk8 -nocrypt -in key.pem",
      );
    const fit = await firstFit(one);
    if (fit !== undefined) return explainFit(fit);
    return likely(
      `A key of ZITADEL has letters and digits, and what is in ${one.keys.map(({ from }) => from).join(", ")} has more or other things in it, or there are too many keys.`,
      "Take the key over from the stack's output `signingKey`, without anything around it.",
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
        `The token is encrypted for the key ${quoted(await kidOfJwe(one))}, and what is given is ${given}.`,
        "Give the private key of that id: --decryption-key KID=FILE, where KID is the `keyId` of its ZitadelTargetPublicKey.",
      );
    return likely(
      `The key ${quoted(await kidOfJwt(one))}, with which the token is signed, is not in the key set: it is another instance's, or the key set is older or newer than the delivery.`,
      "Give the keys of the target's own instance, from the time of the delivery.",
    );
  },
  token_signature: () =>
    likely(
      "The token was changed on its way, or somebody signed it who has not the instance's key.",
      "Look for what stands in between. If it is whole, somebody else has the signing key: change it.",
    ),
  token_undecryptable: () =>
    likely(
      "The private key under that id is not the one whose public half ZITADEL has, or the token was changed on its way.",
      "Compare their public halves: openssl pkey -in key.pem -pubout",
    ),
  payload_invalid: () => notExpected,
};

function explainFit(fit: Fit): Explanation {
  const changes = [...fit.ofBody, ...fit.ofKey];
  const about = fit.ofBody.length === 0 ? "" : "The body is not what was sent. ";
  return proven(
    `${about}The signature fits the key of ${fit.key.from} once ${undoneIn(fit)}. ${changes.map(({ cause }) => cause).join(" ")}`,
    [...new Set(changes.map(({ todo }) => todo))].join(" "),
  );
}

function undoneIn({ ofBody, ofKey }: Fit): string {
  return [...ofBody, ...ofKey].map(({ undone }) => undone).join(" and ");
}

/** A key that was cut off is shorter than any of ZITADEL's. */
function lengthOf({ keys }: Case): string {
  const others = keys.filter(({ text }) => !/^[0-9A-Za-z]{36}$/.test(text));
  return others
    .map(
      ({ from, text }) =>
        ` ZITADEL's keys have had 36 letters and digits so far; that of ${from} has ${text.length} characters.`,
    )
    .join("");
}
