import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** A certificate and its private key, both PEM. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

/** A private certificate authority for one test, and the certificate of one host that it signed. */
export function certify(host: string): { authority: Certified; server: Certified } {
  const root = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const leaf = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const name = `Private CA ${randomBytes(4).toString("hex")}`;
  const authority = certificate({ subject: name, issuer: name, key: root, signer: root, extension: isAuthority });
  const server = certificate({ subject: host, issuer: name, key: leaf, signer: root, extension: isHost(host) });
  return { authority: { cert: authority, key: pem(root) }, server: { cert: server, key: pem(leaf) } };
}

interface Wanted {
  subject: string;
  issuer: string;
  key: KeyObject;
  signer: KeyObject;
  extension: Buffer;
}

/** Node reads X.509 but does not write it: these are the few fields of RFC 5280 that a TLS client asks for. */
function certificate({ subject, issuer, key, signer, extension }: Wanted): string {
  const ecdsaWithSha256 = sequence(oid("2a8648ce3d040302"));
  const contents = sequence(
    der(0xa0, integer(Buffer.from([2]))), // version 3
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    commonName(issuer),
    sequence(date("20000101000000Z"), date("21000101000000Z")),
    commonName(subject),
    createPublicKey(key).export({ type: "spki", format: "der" }),
    der(0xa3, sequence(extension)),
  );
  const signature = bits(sign("sha256", contents, signer));
  const text = sequence(contents, ecdsaWithSha256, signature).toString("base64");
  return `-----BEGIN CERTIFICATE-----\n${text.replace(/.{64}(?!$)/g, "$&\n")}\n-----END CERTIFICATE-----\n`;
}

const isAuthority = sequence(oid("551d13"), octets(sequence(der(0x01, Buffer.from([0xff])))));

function isHost(host: string): Buffer {
  return sequence(oid("551d11"), octets(sequence(der(0x82, Buffer.from(host)))));
}

function commonName(name: string): Buffer {
  return sequence(der(0x31, sequence(oid("550403"), der(0x0c, Buffer.from(name)))));
}

function pem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }) as string;
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function integer(value: Buffer): Buffer {
  return der(0x02, value);
}

function bits(value: Buffer): Buffer {
  return der(0x03, Buffer.from([0]), value);
}

function octets(value: Buffer): Buffer {
  return der(0x04, value);
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, "hex"));
}

/** After 2050 the longer form of a date would be due, and is allowed before it too, by all that read certificates. */
function date(text: string): Buffer {
  return der(0x18, Buffer.from(text));
}
