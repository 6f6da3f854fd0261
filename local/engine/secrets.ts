// Encrypts secrets in the state as Pulumi's passphrase provider does: AES-256-GCM with a key derived from the passphrase.
import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";

/** Encrypts and decrypts the secrets of one stack. */
export interface Crypter {
  /** What the state stores about the passphrase: `v1:<salt>:<verifier>`. Safe to store. */
  readonly salt: string;
  readonly encrypt: (plaintext: string) => string;
  readonly decrypt: (ciphertext: string) => string;
}

const keys = new Map<string, Promise<Buffer>>();

/** A million rounds take a while, so derive the key once for each passphrase and salt in a process, off the main thread. */
function deriveKey(passphrase: string, salt: string): Promise<Buffer> {
  const known = `${salt}:${passphrase}`;
  const key = keys.get(known) ?? promisify(pbkdf2)(passphrase, Buffer.from(salt, "base64"), 1_000_000, 32, "sha256");
  keys.set(known, key);
  return key;
}

/** Returns the crypter of a stack: a new one without `state`, otherwise the one whose salt is in `state`. */
export async function openCrypter(passphrase: string, state?: string): Promise<Crypter> {
  const [version, salt = "", ...verifier] = (state ?? `v1:${randomBytes(8).toString("base64")}`).split(":");
  const key = await deriveKey(passphrase, salt);
  if (state === undefined) return makeCrypter(key, `v1:${salt}:${encrypt(key, "pulumi")}`);
  if (version !== "v1" || verifier.length !== 3)
    throw new Error("the state's secrets are not in the format v1:<salt>:<verifier> of a passphrase");
  try {
    decrypt(key, verifier.join(":"));
  } catch (cause) {
    throw new Error("incorrect passphrase", { cause });
  }
  return makeCrypter(key, state);
}

function makeCrypter(key: Buffer, salt: string): Crypter {
  // A secret that does not change keeps its ciphertext, so saving a large stack needs no encryption.
  const ciphertexts = new Map<string, string>();
  return {
    salt,
    encrypt(plaintext) {
      const ciphertext = ciphertexts.get(plaintext) ?? encrypt(key, plaintext);
      ciphertexts.set(plaintext, ciphertext);
      return ciphertext;
    },
    decrypt(ciphertext) {
      const plaintext = decrypt(key, ciphertext);
      ciphertexts.set(plaintext, ciphertext);
      return plaintext;
    },
  };
}

function encrypt(key: Buffer, plaintext: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const sealed = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `v1:${nonce.toString("base64")}:${sealed.toString("base64")}`;
}

/** Throws unless the ciphertext was made with this key. */
function decrypt(key: Buffer, ciphertext: string): string {
  const [nonce = Buffer.of(), sealed = Buffer.of()] = ciphertext
    .split(":")
    .slice(1)
    .map((part) => Buffer.from(part, "base64"));
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: 16 });
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]).toString("utf8");
}
