import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { attempt } from "../json";

const shape = 'must be a public key in PEM, beginning with "-----BEGIN PUBLIC KEY-----" (SPKI)';
const leastRsaBits = 2048;
const mostBytes = 8192;
/** The curves that ZITADEL takes, with the bytes of a key on them whose point is given in full. */
const curves: Readonly<Record<string, number>> = { prime256v1: 91, secp384r1: 120 };

/** What is wrong with a text as a key for ZITADEL, or `undefined`. Never repeats a part of it: it may be a private key. */
export function problemOf(pem: string): string | undefined {
  if (holdsPrivateKey(pem))
    return "holds a PRIVATE key, which must never be given away: give the public one (openssl pkey -in private.pem -pubout), and if this was committed or logged, make a new pair";
  if (/-----BEGIN RSA PUBLIC KEY-----/.test(pem))
    return 'is a public key in PKCS#1 ("BEGIN RSA PUBLIC KEY"), and must be in SPKI: openssl rsa -RSAPublicKey_in -in key.pem -pubout';
  if (/-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----/.test(pem))
    return "is a certificate, and must be the public key in it: openssl x509 -in certificate.pem -pubkey -noout";
  if (!/^\s*-----BEGIN PUBLIC KEY-----/.test(pem)) return shape;
  if (Buffer.byteLength(pem) > mostBytes)
    return `must have at most ${mostBytes} bytes, and has ${Buffer.byteLength(pem)}`;
  if (!block.test(pem))
    return `${shape}, each of whose lines begins at the very start of a line, with no blank, byte order mark or "\\n" instead of a line break`;
  const der = derOf(pem);
  const key = der && parse(der);
  if (key === undefined) return `${shape}, and what is between its lines cannot be read`;
  const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = key;
  if (type === "rsa") {
    const bits = details.modulusLength ?? 0;
    return bits < leastRsaBits ? `is an RSA key of ${bits} bits, and must have at least ${leastRsaBits}` : undefined;
  }
  if (type === "ec") {
    const size = curves[details.namedCurve ?? ""];
    if (size === der?.length) return undefined;
    if (size !== undefined)
      return "is an EC key with a compressed point, which ZITADEL does not read: openssl ec -pubin -in key.pem -pubout -conv_form uncompressed";
  }
  const what = type === "ec" ? `an EC key on the curve ${details.namedCurve ?? "?"}` : `a key of type ${type ?? "?"}`;
  return `is ${what}, and ZITADEL takes RSA and EC keys on P-256 or P-384`;
}

export function holdsPrivateKey(text: string): boolean {
  return text.includes("PRIVATE KEY");
}

/** The key's fingerprint as ZITADEL shows it; `undefined` for what is no key. */
export function fingerprintOf(pem: unknown): string | undefined {
  const der = typeof pem === "string" ? derOf(pem) : undefined;
  if (der === undefined || parse(der) === undefined) return undefined;
  return `SHA256:${createHash("sha256").update(der).digest("base64").replace(/=+$/, "")}`;
}

/** The first block, as the server reads it: OpenSSL is less strict about what stands before, between and after its lines. */
const block = /^(?:\s*\n)?-----BEGIN PUBLIC KEY-----[ \t\r]*\n([^-]*)\n-----END PUBLIC KEY-----[ \t\r]*(?:\n|$)/;

/** The bytes between the lines; `undefined` where they are not written as base64 is. */
function derOf(pem: string): Buffer | undefined {
  const text = block.exec(pem)?.[1]?.replace(/[ \t\r\n]/g, "");
  const der = text === undefined ? undefined : Buffer.from(text, "base64");
  return der?.toString("base64") === text ? der : undefined;
}

/** The key in the bytes, if they are one and nothing else. Node's own message may quote the text. */
function parse(der: Buffer): KeyObject | undefined {
  return attempt(() => {
    const key = createPublicKey({ key: der, format: "der", type: "spki" });
    return key.export({ type: "spki", format: "der" }).equals(der) ? key : undefined;
  });
}

/** The public key alone, as PEM, without anything that stands around it; `undefined` for what is no key. */
export function aloneOf(pem: string): string | undefined {
  return attempt(() => createPublicKey(pem).export({ type: "spki", format: "pem" }).toString());
}
