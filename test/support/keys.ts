import { ECDH, generateKeyPairSync, type KeyObject } from "node:crypto";
import { block } from "./pairs";

/** New public keys of every kind that ZITADEL takes, as PEM. */
export const newKey = {
  rsa: (modulusLength = 2048) => pem(generateKeyPairSync("rsa", { modulusLength }).publicKey),
  p224: () => pem(generateKeyPairSync("ec", { namedCurve: "P-224" }).publicKey),
  p256: () => pem(generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey),
  p384: () => pem(generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey),
  p521: () => pem(generateKeyPairSync("ec", { namedCurve: "P-521" }).publicKey),
};

/** Whatever looks like a public key to somebody and is none to ZITADEL, as PEM or text. */
export function notKeys(): Record<string, string> {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    "an RSA key in PKCS#1": rsa.publicKey.export({ type: "pkcs1", format: "pem" }).toString(),
    "a private key": rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    "an Ed25519 key": pem(generateKeyPairSync("ed25519").publicKey),
    "a key on secp256k1": pem(generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey),
    "a key with explicit curve parameters": pem(
      generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" }).publicKey,
    ),
    "a key with a compressed point": compressed(),
    text: "not a key",
    "a block that is not a key": "-----BEGIN PUBLIC KEY-----\nbm90IGEga2V5\n-----END PUBLIC KEY-----\n",
  };
}

/** A key on P-256 with its point in the short form, as PEM. */
export function compressed(publicKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey): string {
  const der = publicKey.export({ type: "spki", format: "der" });
  const point = ECDH.convertKey(der.subarray(-65), "prime256v1", undefined, undefined, "compressed") as Buffer;
  const head = Buffer.from("3039301306072a8648ce3d020106082a8648ce3d030107032200", "hex");
  return block("PUBLIC KEY", Buffer.concat([head, point]));
}

/** Text as the API takes and shows it. */
export function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function pem(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}
