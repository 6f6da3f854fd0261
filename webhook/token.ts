import { isWebhookError, WebhookError } from "./errors.ts";
import { type InstanceKeys, isOurs, type TokenHeader, type WebCryptoKey } from "./instance-keys.ts";
import { jose } from "./jose.ts";
import { remembered } from "./remembered.ts";
import { isObject } from "./values.ts";
import { lookUp, usualLimit } from "./waiting.ts";

/** A private key as a JSON Web Key. */
export interface PrivateJsonWebKey {
  /** The type of the key: `RSA` or `EC`. */
  readonly kty: string;
  /** The key's parameters, depending on its type. */
  readonly [member: string]: unknown;
}

/** A private key: PEM in PKCS#8 (`BEGIN PRIVATE KEY`), a JWK, or a Web Crypto key. RSA, or EC on P-256, P-384 or P-521. */
export type DecryptionKey = string | WebCryptoKey | PrivateJsonWebKey;

/** The private keys by the token's `kid` (the `keyId` of the target's public key), or a function that returns them. */
export type DecryptionKeys =
  | Readonly<Record<string, DecryptionKey>>
  | ((kid: string) => DecryptionKey | undefined | Promise<DecryptionKey | undefined>);

/** The asymmetric algorithms of ZITADEL's web keys; RS256 unless the instance is configured otherwise. */
const signing = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA"];
/** The algorithms with which ZITADEL encrypts for RSA keys and for EC keys. */
const encryption = ["RSA-OAEP-256", "ECDH-ES+A256KW"];
const contentEncryption = ["A256GCM"];

const imported = remembered(64, async (text) => {
  const [alg = "", pem = ""] = text.split("\0");
  const { importPKCS8 } = await jose();
  return importPKCS8(pem, alg);
});

/** What a JWT contains. */
export interface OpenedJwt {
  readonly payload: string;
  /** The algorithm that it is signed with. */
  readonly alg: string;
}

/** The payload of a JWT, after checking the instance's signature. */
export async function openJwt(token: string, keys: InstanceKeys, limit = usualLimit): Promise<OpenedJwt> {
  const { compactVerify } = await jose();
  const lookup = { name: "keyFor", code: "keys_unavailable", limit: isOurs(keys) ? Infinity : limit } as const;
  const keyOf = async (header: Header) => {
    const wanted = readHeader(header);
    const key: unknown = await lookUp(lookup, () => keys.keyFor(wanted));
    if (!isObject(key)) throw new WebhookError("settings", "`keyFor` must return a key, or throw.");
    return key as WebCryptoKey;
  };
  try {
    const { payload, protectedHeader } = await compactVerify(token, keyOf, { algorithms: signing });
    // The instance signs other tokens with the same keys, for example access tokens (`at+jwt`).
    if (!/^JWT$/i.test(protectedHeader.typ ?? ""))
      throw new WebhookError(
        "payload_invalid",
        "The token is not of the type `JWT` (`typ`), as ZITADEL's deliveries are.",
      );
    return { payload: utf8(payload), alg: protectedHeader.alg };
  } catch (error) {
    throw refusal(error);
  }
}

/** The JWT in a JWE. */
export async function openJwe(token: string, keys: DecryptionKeys, limit = usualLimit): Promise<string> {
  const { compactDecrypt } = await jose();
  const keyOf = (header: Header) => {
    if (header.zip !== undefined)
      throw new WebhookError("token_compressed", "The token is compressed, but ZITADEL never compresses tokens.");
    return decryptionKeyOf(readHeader(header), keys, limit);
  };
  const algorithms = { keyManagementAlgorithms: encryption, contentEncryptionAlgorithms: contentEncryption };
  try {
    return utf8((await compactDecrypt(token, keyOf, algorithms)).plaintext);
  } catch (error) {
    throw refusal(error);
  }
}

/** A token's header, before anything is verified except that the algorithm is allowed. */
interface Header {
  readonly alg?: unknown;
  readonly kid?: unknown;
  readonly zip?: unknown;
}

function readHeader({ alg, kid }: Header): TokenHeader {
  if (typeof alg !== "string" || typeof kid !== "string") throw malformed("has no key id (`kid`)");
  return { alg, kid };
}

async function decryptionKeyOf({ alg, kid }: TokenHeader, keys: DecryptionKeys, limit: number) {
  const key = await given(kid, keys, limit);
  if (key === undefined)
    throw new WebhookError(
      "token_key_unknown",
      "The token is encrypted for a key that is not in `decryptionKeys`: add the private key under the `keyId` of its ZitadelTargetPublicKey.",
    );
  const otherAlg = encryption.find((one) => one !== alg) ?? "";
  if (typeof key === "string")
    return imported(`${alg}\0${key.trim()}`).catch(async () => {
      await imported(`${otherAlg}\0${key.trim()}`).catch(() => {
        throw new WebhookError(
          "settings",
          `A key in \`decryptionKeys\` is not a private key for ${alg} in PKCS#8 ("BEGIN PRIVATE KEY"): convert it with openssl pkcs8 -topk8 -nocrypt -in key.pem`,
        );
      });
      throw otherKey(alg, otherAlg);
    });
  checkPrivateKey(key);
  if (isRsa(key) !== isRsaFor(alg)) throw otherKey(alg, otherAlg);
  return key;
}

function isRsaFor(alg: string): boolean {
  return alg.startsWith("RSA");
}

/** For a JWK, a key of Web Crypto, or one of Node's `crypto`. */
function isRsa(key: object): boolean {
  const { kty, algorithm, asymmetricKeyType } = key as {
    kty?: unknown;
    algorithm?: { name?: unknown };
    asymmetricKeyType?: unknown;
  };
  return /^RSA/i.test(String(kty ?? algorithm?.name ?? asymmetricKeyType));
}

/** The error for a private RSA key where the token is encrypted for an EC key, or the other way round. */
function otherKey(alg: string, keysAlg: string): WebhookError {
  const kindOf = (one: string) => (isRsaFor(one) ? "an RSA key" : "an EC key");
  return new WebhookError(
    "token_undecryptable",
    `The token is encrypted for ${kindOf(alg)}, but the private key for it is ${kindOf(keysAlg)}: it belongs to another public key.`,
  );
}

async function given(kid: string, keys: DecryptionKeys, limit: number): Promise<DecryptionKey | undefined> {
  if (typeof keys !== "function") return Object.hasOwn(keys, kid) ? keys[kid] : undefined;
  return lookUp({ name: "decryptionKeys", code: "keys_unavailable", limit }, () => keys(kid));
}

/** Checks a private key's form. Throws `settings`, without a part of the key. */
export function checkPrivateKey(key: unknown): void {
  if (typeof key === "string" ? isPkcs8.test(key.trim()) : isObject(key) && (isJwk(key) || isKeyObject(key))) return;
  throw new WebhookError(
    "settings",
    ArrayBuffer.isView(key)
      ? 'A key in `decryptionKeys` is a Buffer: read it as text, readFileSync("key.pem", "utf8").'
      : 'A key in `decryptionKeys` is missing, or is not a whole private key in PKCS#8 ("BEGIN PRIVATE KEY", with its line breaks), a private JWK or a private Web Crypto key. Convert another PEM with openssl pkcs8 -topk8 -nocrypt -in key.pem',
  );
}

const isPkcs8 = /^-----BEGIN PRIVATE KEY-----[A-Za-z0-9+/=\s]+-----END PRIVATE KEY-----$/;

function isJwk(key: object): boolean {
  return "kty" in key && typeof key.kty === "string" && "d" in key && typeof key.d === "string";
}

/** For a key of Web Crypto or of Node's `crypto`. */
function isKeyObject(key: object): boolean {
  return "type" in key && key.type === "private";
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Decodes a body, or a token's content. Throws `body_not_utf8`. */
export function utf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new WebhookError("body_not_utf8", "The payload is not UTF-8, but ZITADEL sends JSON in UTF-8.");
  }
}

function malformed(what: string): WebhookError {
  return new WebhookError("token_malformed", `The token ${what}.`);
}

/** The error for a failure of jose, by its codes; our own errors, thrown while it asked for a key, stay as they are. */
function refusal(error: unknown): WebhookError {
  if (isWebhookError(error)) return error;
  switch (error instanceof Error && "code" in error ? error.code : undefined) {
    case "ERR_JOSE_ALG_NOT_ALLOWED":
      return new WebhookError(
        "token_algorithm",
        "The token is signed or encrypted with an algorithm that ZITADEL does not use.",
      );
    case "ERR_JWS_SIGNATURE_VERIFICATION_FAILED":
      return new WebhookError("token_signature", "The instance's signature does not match the token.");
    case "ERR_JWE_DECRYPTION_FAILED":
      return new WebhookError("token_undecryptable", "The private key cannot decrypt the token.");
    default:
      return malformed("is not in the format of ZITADEL's tokens");
  }
}
