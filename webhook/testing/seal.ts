import { jose } from "../jose.ts";

// How ZITADEL signs and encrypts. The mock server does it with the same functions.

/** A Web Crypto key, or a `KeyObject` of Node. */
export interface AnyKey {
  readonly type: string;
}

/** A key with its id, which tokens refer to. */
export interface KeyWithId {
  readonly kid: string;
  readonly key: AnyKey;
}

/** The algorithms with which ZITADEL encrypts: for RSA keys, and for EC keys. */
export type EncryptionAlgorithm = "RSA-OAEP-256" | "ECDH-ES+A256KW";

const encoder = new TextEncoder();

/** The value of the signature header for a body. */
export async function signatureOf(body: string, signingKey: string, at: Date): Promise<string> {
  const seconds = Math.floor(at.getTime() / 1_000);
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(signingKey), hmac, false, ["sign"]);
  const digest = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(`${seconds}.${body}`)));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `t=${seconds},v1=${hex}`;
}

/** A payload as a JWT that the instance has signed. */
export async function signJwt(payload: string, { kid, key }: KeyWithId): Promise<string> {
  const { CompactSign } = await jose();
  return new CompactSign(encoder.encode(payload)).setProtectedHeader({ alg: "RS256", kid, typ: "JWT" }).sign(key);
}

/** A JWT as a JWE for a target's public key. */
export async function encryptJwt(jwt: string, { kid, key }: KeyWithId, alg: EncryptionAlgorithm): Promise<string> {
  const { CompactEncrypt } = await jose();
  return new CompactEncrypt(encoder.encode(jwt))
    .setProtectedHeader({ alg, cty: "JWT", enc: "A256GCM", kid, typ: "JWT" })
    .encrypt(key);
}
