import { createHash, createPublicKey, type KeyObject } from "node:crypto";

const shape = 'must be a public key in PEM, beginning with "-----BEGIN PUBLIC KEY-----" (SPKI)';
const leastRsaBits = 2048;
const mostBytes = 8192;
const curves = ["prime256v1", "secp384r1"];

/** What is wrong with a text as a key for ZITADEL, or `undefined`. Never repeats a part of it: it may be a private key. */
export function problemOf(pem: string): string | undefined {
  if (pem.includes("PRIVATE KEY"))
    return "holds a PRIVATE key, which must never be given away: give the public one (openssl pkey -in private.pem -pubout), and if this was committed or logged, make a new pair";
  if (/-----BEGIN RSA PUBLIC KEY-----/.test(pem))
    return 'is a public key in PKCS#1 ("BEGIN RSA PUBLIC KEY"), and must be in SPKI: openssl rsa -RSAPublicKey_in -in key.pem -pubout';
  if (/-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----/.test(pem))
    return "is a certificate, and must be the public key in it: openssl x509 -in certificate.pem -pubkey -noout";
  if (!/^\s*-----BEGIN PUBLIC KEY-----/.test(pem)) return shape;
  if (Buffer.byteLength(pem) > mostBytes)
    return `must have at most ${mostBytes} bytes, and has ${Buffer.byteLength(pem)}`;
  const key = parse(pem);
  if (key === undefined) return `${shape}, and what is between its lines cannot be read`;
  const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = key;
  if (type === "rsa") {
    const bits = details.modulusLength ?? 0;
    return bits < leastRsaBits ? `is an RSA key of ${bits} bits, and must have at least ${leastRsaBits}` : undefined;
  }
  if (type === "ec" && curves.includes(details.namedCurve ?? "")) return undefined;
  const what = type === "ec" ? `an EC key on the curve ${details.namedCurve ?? "?"}` : `a key of type ${type ?? "?"}`;
  return `is ${what}, and ZITADEL takes RSA and EC keys on P-256 or P-384`;
}

/** The key's fingerprint as ZITADEL shows it; `undefined` for what is no key. */
export function fingerprintOf(pem: unknown): string | undefined {
  const key = typeof pem === "string" ? parse(pem) : undefined;
  if (key === undefined) return undefined;
  const der = key.export({ type: "spki", format: "der" });
  return `SHA256:${createHash("sha256").update(der).digest("base64").replace(/=+$/, "")}`;
}

/** The public key alone, as PEM, without anything that stands around it; `undefined` for what is no key. */
export function aloneOf(pem: string): string | undefined {
  return parse(pem)?.export({ type: "spki", format: "pem" }).toString();
}

function parse(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined; // whoever asks says what that means; Node's own message may quote the text
  }
}
