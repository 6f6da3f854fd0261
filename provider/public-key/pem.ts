import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { attempt } from "../api/json";

const shape = 'must be a public key in PEM, beginning with "-----BEGIN PUBLIC KEY-----" (SPKI)';
const leastRsaBits = 2048;
const mostBytes = 8192;
/** The curves that ZITADEL accepts, each with the size in bytes of a key with an uncompressed point. */
const curves: Readonly<Record<string, number>> = { prime256v1: 91, secp384r1: 120, secp521r1: 158 };

/** Why ZITADEL would not accept a key, or `undefined`. Never repeats a part of it: it may be a private key. */
export function problemOf(pem: string): string | undefined {
  if (holdsPrivateKey(pem))
    return "contains a PRIVATE key, which must stay secret: set the public key (openssl pkey -in private.pem -pubout), and if this one was committed or logged, create a new pair";
  if (/-----BEGIN RSA PUBLIC KEY-----/.test(pem))
    return 'is a public key in PKCS#1 ("BEGIN RSA PUBLIC KEY"), but must be in SPKI: openssl rsa -RSAPublicKey_in -in key.pem -pubout';
  if (/-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----/.test(pem))
    return "is a certificate, but must be the public key in it: openssl x509 -in certificate.pem -pubkey -noout";
  if (!/^\s*-----BEGIN PUBLIC KEY-----/.test(pem)) return shape;
  if (Buffer.byteLength(pem) > mostBytes)
    return `must have at most ${mostBytes} bytes, but has ${Buffer.byteLength(pem)}`;
  if (!block.test(pem))
    return `${shape}, with its BEGIN and END lines at the very start of a line: without spaces or a byte order mark before them, and with real line breaks instead of "\\n"`;
  const der = derOf(pem);
  const key = der && parse(der);
  if (key === undefined) return `${shape}, but the data between its BEGIN and END lines cannot be read`;
  const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = key;
  if (type === "rsa") {
    const bits = details.modulusLength ?? 0;
    return bits < leastRsaBits ? `is an RSA key of ${bits} bits, but must have at least ${leastRsaBits}` : undefined;
  }
  if (type === "ec") {
    const size = curves[details.namedCurve ?? ""];
    if (size === der?.length) return undefined;
    if (size !== undefined && size < (der?.length ?? 0))
      return "is an EC key with explicit curve parameters, which ZITADEL cannot read: openssl ec -pubin -in key.pem -pubout -param_enc named_curve";
    if (size !== undefined)
      return "is an EC key with a compressed point, which ZITADEL cannot read: openssl ec -pubin -in key.pem -pubout -conv_form uncompressed";
  }
  const what = type === "ec" ? `an EC key on the curve ${details.namedCurve ?? "?"}` : `a key of type ${type ?? "?"}`;
  return `is ${what}, but ZITADEL accepts only RSA keys and EC keys on P-256, P-384 or P-521`;
}

export function holdsPrivateKey(text: string): boolean {
  return text.includes("PRIVATE KEY");
}

/** The key's fingerprint, as ZITADEL shows it; `undefined` if it is not a key. */
export function fingerprintOf(pem: unknown): string | undefined {
  const der = typeof pem === "string" ? derOf(pem) : undefined;
  if (der === undefined || parse(der) === undefined) return undefined;
  return `SHA256:${createHash("sha256").update(der).digest("base64").replace(/=+$/, "")}`;
}

/** The first PEM block, as strict as the server: OpenSSL allows more before, between and after its lines. */
const block = /^(?:\s*\n)?-----BEGIN PUBLIC KEY-----[ \t\r]*\n([^-]*)\n-----END PUBLIC KEY-----[ \t\r]*(?:\n|$)/;

/** The bytes between the lines; `undefined` if they are not valid base64. */
function derOf(pem: string): Buffer | undefined {
  const text = block.exec(pem)?.[1]?.replace(/[ \t\r\n]/g, "");
  const der = text === undefined ? undefined : Buffer.from(text, "base64");
  return der?.toString("base64") === text ? der : undefined;
}

/** The key in the bytes, if they contain a key and nothing else. Never shows Node's own message: it may quote the text. */
function parse(der: Buffer): KeyObject | undefined {
  return attempt(() => {
    const key = createPublicKey({ key: der, format: "der", type: "spki" });
    return key.export({ type: "spki", format: "der" }).equals(der) ? key : undefined;
  });
}

/** Only the public key, as PEM, without anything around it; `undefined` if it is not a key. */
export function aloneOf(pem: string): string | undefined {
  return attempt(() => createPublicKey(pem).export({ type: "spki", format: "pem" }).toString());
}
