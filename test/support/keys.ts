import { generateKeyPairSync, type KeyObject } from "node:crypto";

/** New public keys of every kind that ZITADEL takes, as PEM. */
export const newKey = {
  rsa: (modulusLength = 2048) => pem(generateKeyPairSync("rsa", { modulusLength }).publicKey),
  p256: () => pem(generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey),
  p384: () => pem(generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey),
};

/** Whatever looks like a public key to somebody and is none to ZITADEL, as PEM or text. */
export function notKeys(): Record<string, string> {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    "an RSA key in PKCS#1": rsa.publicKey.export({ type: "pkcs1", format: "pem" }).toString(),
    "a private key": rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    "an Ed25519 key": pem(generateKeyPairSync("ed25519").publicKey),
    "a key on secp256k1": pem(generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey),
    text: "not a key",
    "a block that is not a key": "-----BEGIN PUBLIC KEY-----\nbm90IGEga2V5\n-----END PUBLIC KEY-----\n",
  };
}

/** Text as the API takes and shows it. */
export function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function pem(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}
