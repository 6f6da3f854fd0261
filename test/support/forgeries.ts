import { createHmac, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { type Delivery, verifyRaw, type VerifyOptions } from "../../webhook";
import { optionsFor, type Recorded, recorded, recordedKeys, signatureOf } from "./webhook";

/** A genuine delivery in which one thing was changed. */
export interface Forgery {
  /** Of the delivery. */
  readonly name: string;
  /** What kind of thing was changed; and which one. */
  readonly change: string;
  readonly what: unknown;
  /** What is sent, and with which options it must be rejected. */
  readonly attempt: () => Attempt | Promise<Attempt>;
  /** What `verifyRaw` does with it. */
  readonly verified: () => Promise<Delivery>;
  /** The codes with which it may be refused. */
  readonly codes: readonly string[];
}

/** A request, and the options of its receiver. */
export interface Attempt {
  readonly body: string | Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly options: VerifyOptions;
}

async function verifyAttempt(attempt: Forgery["attempt"]): Promise<Delivery> {
  const { body, headers, options } = await attempt();
  return verifyRaw(body, headers, options);
}

const digits = "0123456789abcdef";
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** All single changes that we can think of. */
export function forgeries(name: string, genuine: Recorded): Forgery[] {
  const { headers, target } = genuine;
  const signature = headers["Zitadel-Signature"] ?? "";
  const [time = "", hex = ""] = signature.replace("t=", "").split(",v1=");
  const body = Buffer.from(genuine.body);
  const options = optionsFor(genuine);
  const found: Forgery[] = [];

  const add = (change: string, what: unknown, codes: string | readonly string[], changed: Partial<Attempt>) => {
    const attempt = () => ({ body, headers, options, ...changed });
    found.push({ name, change, what, codes: [codes].flat(), attempt, verified: () => verifyAttempt(attempt) });
  };
  const withBody = (change: string, what: unknown, changed: Uint8Array) =>
    add(change, what, "signature_mismatch", { body: changed });
  const withHeader = (change: string, value: string, codes: string | readonly string[]) =>
    add(change, value, codes, { headers: { ...headers, "Zitadel-Signature": value } });
  const withOptions = (change: string, what: unknown, code: string, changed: Partial<VerifyOptions>) =>
    add(change, what, code, { options: { ...options, ...changed } });

  for (let i = 0; i < body.length; i++) {
    withBody(
      "body: a bit of each byte",
      i,
      body.map((byte, j) => (i === j ? byte ^ 1 : byte)),
    );
    withBody("body: each byte left out", i, Buffer.concat([body.subarray(0, i), body.subarray(i + 1)]));
  }
  for (const more of ["\0", " ", "\n", "}"]) {
    withBody("body: a byte more", `${more} at the end`, Buffer.concat([body, Buffer.from(more)]));
    withBody("body: a byte more", `${more} at the beginning`, Buffer.concat([Buffer.from(more), body]));
  }
  for (let shift = -300; shift <= 10; shift++) {
    if (shift !== 0)
      withHeader("timestamp: another one that is in time", `t=${Number(time) + shift},v1=${hex}`, "signature_mismatch");
  }
  for (let i = 0; i < hex.length; i++) {
    for (const digit of digits) {
      if (digit !== hex[i])
        withHeader(
          "signature: every other digit",
          `t=${time},v1=${hex.slice(0, i)}${digit}${hex.slice(i + 1)}`,
          "signature_mismatch",
        );
    }
  }
  withHeader("signature: another scheme", `t=${time},v0=${hex}`, "header_malformed");
  for (const algorithm of ["sha1", "sha512", "md5"]) {
    const mac = createHmac(algorithm, target.signingKey).update(`${time}.`).update(body).digest("hex");
    withHeader("signature: another hash", `t=${time},v1=${mac.padEnd(64, "0").slice(0, 64)}`, "signature_mismatch");
  }
  withHeader(
    "signature: of the body alone",
    `t=${time},v1=${createHmac("sha256", target.signingKey).update(body).digest("hex")}`,
    "signature_mismatch",
  );
  for (let i = 0; i < target.signingKey.length; i++) {
    const changed = target.signingKey[i] === "0" ? "1" : "0";
    withOptions("key: each character", i, "signature_mismatch", {
      signingKey: target.signingKey.slice(0, i) + changed + target.signingKey.slice(i + 1),
    });
  }
  for (const [
    other,
    {
      target: { signingKey },
    },
  ] of Object.entries(recorded)) {
    // Some targets got more than one of the recorded deliveries.
    if (signingKey !== target.signingKey)
      withOptions("key: another target's", other, "signature_mismatch", { signingKey });
  }
  for (const header of [
    "Signature",
    "X-Signature",
    "Zitadel_Signature",
    "ZITADEL-Signatur",
    "X-Hub-Signature-256",
    "Stripe-Signature",
  ]) {
    const { "Zitadel-Signature": moved = "", ...others } = headers;
    add("header: another name", header, "header_missing", { headers: { ...others, [header]: moved } });
  }
  for (const late of [301, 302, 600, 3_600, 86_400, 31_536_000]) {
    withOptions("time: too late", late, "too_old", { now: () => new Date((genuine.receivedAtUnix + late) * 1_000) });
  }
  if (target.payloadType !== "PAYLOAD_TYPE_JSON") found.push(...tokenForgeries(name, genuine));
  return found;
}

/** What somebody could do who has the signing key, but neither the instance's private key nor the receiver's. */
function tokenForgeries(name: string, genuine: Recorded): Forgery[] {
  const options = optionsFor(genuine);
  const found: Forgery[] = [];
  const add = (
    change: string,
    what: unknown,
    codes: string | readonly string[],
    token: () => string | Promise<string>,
  ) => {
    const attempt = async () => {
      const body = await token();
      const signature = signatureOf(body, genuine.target.signingKey, genuine.receivedAtUnix);
      return { body, headers: { "ZITADEL-Signature": signature }, options };
    };
    found.push({ name, change, what, codes: [codes].flat(), attempt, verified: () => verifyAttempt(attempt) });
  };

  const token = genuine.body;
  const isEncrypted = genuine.privateKeyPem !== undefined;
  // The highest bit of a character always counts; the lowest ones of a part's last character may not.
  for (let i = 0; i < token.length; i++) {
    const index = alphabet.indexOf(token[i] ?? "");
    if (index < 0) continue;
    const changed = token.slice(0, i) + (alphabet[index ^ 32] ?? "") + token.slice(i + 1);
    const codes = [
      "token_signature",
      "token_undecryptable",
      "token_malformed",
      "token_algorithm",
      "token_key_unknown",
      "payload_type",
    ];
    add("token, signed anew: each character", i, codes, () => changed);
  }
  const parts = token.split(".");
  parts.forEach((_, i) => {
    const cut = parts.map((part, j) => (i === j ? "" : part)).join(".");
    add(
      "token, signed anew: each part emptied",
      i,
      ["token_signature", "token_malformed", "token_undecryptable", "payload_type"],
      () => cut,
    );
  });

  // As if it came from the instance: a JWS of our own with the genuine payload, within a genuine JWE where there was one.
  const sealed = async (jws: string) => (isEncrypted ? encrypt(jws, genuine) : jws);
  const [first, second] = recordedKeys.keys;
  if (first === undefined || second === undefined) throw new Error("two keys were recorded");
  const publicKey = createPublicKey({ key: { ...first }, format: "jwk" });
  const payload = async () => JSON.stringify((await verifyRaw(token, genuine.headers, options)).payload);
  const jws = async (header: object, mac?: (input: string) => string) => {
    const input = [JSON.stringify(header), await payload()]
      .map((part) => Buffer.from(part).toString("base64url"))
      .join(".");
    return `${input}.${mac?.(input) ?? ""}`;
  };
  for (const alg of ["none", "None", "NONE", ""]) {
    add("algorithm: none", alg, ["token_algorithm", "token_malformed"], async () =>
      sealed(await jws({ alg, kid: first.kid, typ: "JWT" })),
    );
  }
  const secrets: Record<string, string | Buffer> = {
    pem: publicKey.export({ type: "spki", format: "pem" }),
    "pem without its last line break": publicKey.export({ type: "spki", format: "pem" }).toString().trim(),
    "pkcs1 pem": publicKey.export({ type: "pkcs1", format: "pem" }),
    der: publicKey.export({ type: "spki", format: "der" }),
    jwk: JSON.stringify(first),
    modulus: Buffer.from(String(first["n"]), "base64url"),
    "the signing key": genuine.target.signingKey,
  };
  for (const [what, secret] of Object.entries(secrets)) {
    for (const bits of ["256", "384", "512"]) {
      const mac = (input: string) => createHmac(`sha${bits}`, secret).update(input).digest("base64url");
      add("algorithm: HMAC with the public key", `${what}, HS${bits}`, "token_algorithm", async () =>
        sealed(await jws({ alg: `HS${bits}`, kid: first.kid, typ: "JWT" }, mac)),
      );
    }
  }
  for (const alg of ["PS256", "ES256K", "RS1", "ML-DSA-44"]) {
    add("algorithm: one that ZITADEL does not use", alg, "token_algorithm", async () =>
      sealed(await jws({ alg, kid: first.kid }, () => "AAAA")),
    );
  }
  for (const alg of ["RS384", "RS512", "ES256", "EdDSA"]) {
    add("algorithm: not that of the instance's key", alg, ["token_key_unknown", "token_signature"], async () =>
      sealed(await jws({ alg, kid: first.kid }, () => "AAAA")),
    );
  }
  const stranger = createPrivateKey(strangersPem());
  const jwk = createPublicKey(strangersPem()).export({ format: "jwk" });
  const headers: Record<string, object> = {
    "of somebody else's key, under the instance's kid": { kid: first.kid },
    "of somebody else's key, under the instance's other kid": { kid: second.kid },
    "of somebody else's key, under a kid of its own": { kid: "1" },
    "of somebody else's key, without a kid": {},
    "of somebody else's key, which comes with it": { kid: first.kid, jwk },
    "of somebody else's key, whose address comes with it": { kid: "1", jku: "http://127.0.0.1:9/keys" },
    "of somebody else's key, with a critical header": { kid: first.kid, crit: ["b64"], b64: false },
  };
  const codes = ["token_signature", "token_key_unknown", "token_malformed"];
  for (const [what, header] of Object.entries(headers)) {
    const rs256 = (input: string) => sign("sha256", Buffer.from(input), stranger).toString("base64url");
    add("instance's signature", what, codes, async () => sealed(await jws({ alg: "RS256", ...header }, rs256)));
  }
  add("instance's signature", "none: the payload as JSON", "payload_type", payload);
  if (isEncrypted) {
    add("encryption", "none: the JWT as it is", "payload_type", () => decrypt(genuine));
    add("encryption", "of no JWT", ["token_malformed", "body_not_json"], async () => encrypt(await payload(), genuine));
    for (const kid of ["1", "__proto__", "toString", ""]) {
      add("encryption", `kid ${kid}`, ["token_key_unknown"], async () =>
        encrypt(await decrypt(genuine), genuine, { kid }),
      );
    }
    add("encryption", "compressed", "token_compressed", async () =>
      encrypt(await decrypt(genuine), genuine, { zip: "DEF" }),
    );
    for (const enc of ["A128GCM", "A192GCM", "A128CBC-HS256", "A256CBC-HS512"]) {
      add("encryption", enc, "token_algorithm", async () => encrypt(await decrypt(genuine), genuine, { enc }));
    }
    for (const alg of [
      "RSA-OAEP",
      "RSA-OAEP-512",
      "ECDH-ES",
      "ECDH-ES+A128KW",
      "RSA1_5",
      "dir",
      "PBES2-HS256+A128KW",
      "A256KW",
    ]) {
      add("encryption", alg, "token_algorithm", () =>
        [
          Buffer.from(JSON.stringify({ alg, enc: "A256GCM", kid: genuine.encryptionKeyId, p2c: 1e9 })).toString(
            "base64url",
          ),
          ...parts.slice(1),
        ].join("."),
      );
    }
  }
  return found;
}

/** The genuine JWT within a genuine JWE. */
async function decrypt({ body, privateKeyPem = "" }: Recorded): Promise<string> {
  const { compactDecrypt } = await import("jose");
  return Buffer.from((await compactDecrypt(body, createPrivateKey(privateKeyPem))).plaintext).toString();
}

/** A JWE for the receiver's key, as anybody can make one who has its public half. */
async function encrypt(
  text: string,
  { encryptionKeyId = "", privateKeyPem = "" }: Recorded,
  changed: object = {},
): Promise<string> {
  const { CompactEncrypt } = await import("jose");
  const key = createPublicKey(createPrivateKey(privateKeyPem).export({ type: "pkcs8", format: "pem" }));
  const alg = key.asymmetricKeyType === "rsa" ? "RSA-OAEP-256" : "ECDH-ES+A256KW";
  const header = { alg, enc: "A256GCM", cty: "JWT", kid: encryptionKeyId, typ: "JWT", ...changed };
  return new CompactEncrypt(Buffer.from(text)).setProtectedHeader(header).encrypt(key);
}

/** An RSA key that is not the instance's: the recorded receiver's. */
function strangersPem(): string {
  const pems = Object.values(recorded).map(({ privateKeyPem }) => privateKeyPem ?? "");
  return pems.find((pem) => pem !== "" && createPrivateKey(pem).asymmetricKeyType === "rsa") ?? "";
}
