import { createHash, createPublicKey, type KeyObject } from "node:crypto";

/** A block of PEM with the lines of its header, if it has any. */
const BLOCK = /^-----BEGIN ([^\n-]*)-----[ \t\r]*\n((?:[^\n:]+:[^\n]*\n)*)([A-Za-z0-9+/=\s]*)^-----END \1-----/m;
/** The curves, each with the size in bytes of a key that names its curve and has an uncompressed point: ZITADEL reads no other. */
const CURVES: Readonly<Record<string, number>> = { secp224r1: 80, prime256v1: 91, secp384r1: 120, secp521r1: 158 };

/**
 * Returns the fingerprint of the key in the first block of a PEM: `SHA256:` and base64 without padding. Returns `undefined` if that
 * block is not an RSA or ECDSA public key as SubjectPublicKeyInfo. The label of the block and what follows it do not matter.
 */
export function fingerprintOf(pem: Buffer): string | undefined {
  const der = publicKeyIn(pem)?.export({ format: "der", type: "spki" });
  return der && `SHA256:${createHash("sha256").update(der).digest("base64").replace(/=+$/, "")}`;
}

/** Returns the key to which {@link fingerprintOf} refers. */
export function publicKeyIn(pem: Buffer): KeyObject | undefined {
  const block = BLOCK.exec(pem.toString("latin1"));
  if (block === null) return undefined;
  return publicKeyOf(Buffer.from(block[3] ?? "", "base64"));
}

/** The key in a SubjectPublicKeyInfo, if the bytes are one that ZITADEL reads, and nothing else. */
function publicKeyOf(der: Buffer): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: der, format: "der", type: "spki" });
    return key.export({ format: "der", type: "spki" }).equals(der) && isTaken(key, der) ? key : undefined;
  } catch {
    // OpenSSL throws many different errors if it is not a key.
    return undefined;
  }
}

function isTaken({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject, der: Buffer): boolean {
  if (asymmetricKeyType === "ec") return CURVES[asymmetricKeyDetails?.namedCurve ?? ""] === der.length;
  return asymmetricKeyType === "rsa";
}
