import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";

/** A pair of test keys, made when it is asked for: none is kept anywhere. */
export interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export const ec = (namedCurve: "P-256" | "P-384" | "P-521" | "secp256k1"): Pair =>
  generateKeyPairSync("ec", { namedCurve });
export const rsa = (modulusLength: number): Pair => generateKeyPairSync("rsa", { modulusLength });

/** The public key as ZITADEL takes it. */
export function spki({ publicKey }: Pair): string {
  return publicKey.export({ type: "spki", format: "pem" }) as string;
}

/** A new public key on P-256, as ZITADEL takes it. */
export const newKey = (): string => spki(ec("P-256"));

/** Bytes between the lines of a PEM. */
export function block(label: string, der: Buffer): string {
  const lines = der.toString("base64").replace(/.{64}(?!$)/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

export function derOf(pem: string): Buffer {
  return createPublicKey(pem).export({ type: "spki", format: "der" });
}
