import { WebhookError } from "../errors.ts";
import type { JsonWebKeySet } from "../instance-keys.ts";
import { jose } from "../jose.ts";
import { checkKeyText } from "../signature.ts";
import type { DecryptionKeys } from "../token.ts";
import { checkNames } from "../values.ts";
import type { EncryptionAlgorithm, KeyWithId } from "./seal.ts";

/** A private key of an instance. */
export interface InstanceKeyFile {
  /** The key's id, which tokens refer to. */
  readonly kid: string;
  /** The RSA key: PEM in PKCS#8 (`BEGIN PRIVATE KEY`). */
  readonly privateKey: string;
}

/** A public key of a target. */
export interface TargetKeyFile {
  /** The `keyId` of the ZitadelTargetPublicKey. */
  readonly keyId: string;
  /** The RSA or EC key: PEM in SPKI (`BEGIN PUBLIC KEY`). */
  readonly publicKey: string;
}

/** What an instance signs JWTs with, and what receivers verify them with. */
export interface InstancePair {
  readonly signing: KeyWithId;
  readonly keySet: JsonWebKeySet;
}

/** What JWEs are encrypted with, and, if it was made here, what receivers decrypt them with. */
export interface TargetPair {
  readonly encryption: KeyWithId;
  readonly alg: EncryptionAlgorithm;
  readonly decryptionKeys: DecryptionKeys | undefined;
}

/** Text of random characters. */
function random(length: number, characters: string): string {
  const numbers = crypto.getRandomValues(new Uint32Array(length));
  return Array.from(numbers, (number) => characters[number % characters.length]).join("");
}

/** An id as ZITADEL makes them. */
function randomId(): string {
  return `3${random(17, "0123456789")}`;
}

const alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** The given signing key, or a new one. Throws `settings` for one that ZITADEL cannot have made. */
export function signingKeyOf(given: string | undefined): string {
  if (given === undefined) return random(36, alphanumeric);
  checkKeyText("The signing key", given);
  return given;
}

/** Throws `settings` for a key that cannot be read. */
export async function instancePair(given: InstanceKeyFile | undefined): Promise<InstancePair> {
  if (given !== undefined) checkTexts("instanceKey", given, { kid: true, privateKey: true });
  const { exportJWK, generateKeyPair, importPKCS8 } = await jose();
  const alg = "RS256";
  const kid = given?.kid ?? randomId();
  const key =
    given === undefined
      ? (await generateKeyPair(alg, { extractable: true })).privateKey
      : await importPKCS8(given.privateKey.trim(), alg, { extractable: true }).catch(() => {
          throw new WebhookError(
            "settings",
            'The instance\'s key is not an RSA key in PKCS#8 ("BEGIN PRIVATE KEY"): create one with openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048',
          );
        });
  // Only the public members: a JWK of a private key has all of them.
  const { kty = "", n, e } = await exportJWK(key);
  return { signing: { kid, key }, keySet: { keys: [{ kty, n, e, kid, alg, use: "sig" }] } };
}

/** Throws `settings` unless a key has exactly these members, as text. */
function checkTexts<Key extends object>(option: string, key: Key, names: Readonly<Record<keyof Key, true>>): void {
  checkNames(key, names);
  for (const name of Object.keys(names) as (keyof Key & string)[])
    if (typeof key[name] !== "string" || key[name] === "")
      throw new WebhookError("settings", `\`${option}.${name}\` must be a string, and not empty.`);
}

/** Throws `settings` for a key that cannot be read. */
export async function targetPair(given: TargetKeyFile | undefined): Promise<TargetPair> {
  if (given !== undefined) checkTexts("encryptionKey", given, { keyId: true, publicKey: true });
  const { generateKeyPair, importSPKI } = await jose();
  if (given === undefined) {
    const alg = "ECDH-ES+A256KW";
    const kid = randomId();
    const { publicKey, privateKey } = await generateKeyPair(alg);
    return { encryption: { kid, key: publicKey }, alg, decryptionKeys: { [kid]: privateKey } };
  }
  for (const alg of ["RSA-OAEP-256", "ECDH-ES+A256KW"] as const) {
    // A key of the other kind fails here.
    const key = await importSPKI(given.publicKey.trim(), alg).catch(() => undefined);
    if (key !== undefined) return { encryption: { kid: given.keyId, key }, alg, decryptionKeys: undefined };
  }
  throw new WebhookError(
    "settings",
    'The target\'s public key is not an RSA or EC key in PEM ("BEGIN PUBLIC KEY"): convert it with openssl pkey -in key.pem -pubout',
  );
}
