// Secrets in the state, as Pulumi's passphrase provider keeps them: AES-256-GCM with a key drawn from the passphrase.
import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";

/** Encrypts and decrypts the secrets of one stack. */
export interface Crypter {
  /** What the state says about the passphrase: `v1:<salt>:<verifier>`. Safe to store. */
  readonly salt: string;
  readonly encrypt: (plaintext: string) => string;
  readonly decrypt: (ciphertext: string) => string;
}

const verifierText = "pulumi";
const keys = new Map<string, Promise<Buffer>>();

/** A million rounds take their time: once for each passphrase and salt in a process, off the main thread. */
function deriveKey(passphrase: string, salt: Buffer): Promise<Buffer> {
  const known = `${salt.toString("base64")}:${passphrase}`;
  const key = keys.get(known) ?? promisify(pbkdf2)(passphrase, salt, 1_000_000, 32, "sha256");
  keys.set(known, key);
  return key;
}

/** The crypter of a stack: a new one without `state`, otherwise the one whose salt `state` holds. */
export async function openCrypter(passphrase: string, state?: string): Promise<Crypter> {
  if (state === undefined) {
    const salt = randomBytes(8);
    const key = await deriveKey(passphrase, salt);
    return makeCrypter(key, `v1:${salt.toString("base64")}:${encrypt(key, verifierText)}`);
  }
  const [version, salt, ...verifier] = state.split(":");
  if (version !== "v1" || salt === undefined || verifier.length !== 3)
    throw new Error("the state's secrets are not in the format v1:<salt>:<verifier> of a passphrase");
  const key = await deriveKey(passphrase, Buffer.from(salt, "base64"));
  let verified: string;
  try {
    verified = decrypt(key, verifier.join(":"));
  } catch (cause) {
    throw new Error("incorrect passphrase", { cause });
  }
  if (verified !== verifierText) throw new Error("incorrect passphrase");
  return makeCrypter(key, state);
}

function makeCrypter(key: Buffer, salt: string): Crypter {
  // A secret that does not change keeps its ciphertext, so that saving a large stack costs no cryptography.
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

function decrypt(key: Buffer, ciphertext: string): string {
  const [version, nonce, sealed] = ciphertext.split(":");
  if (version !== "v1" || nonce === undefined || sealed === undefined)
    throw new Error("a ciphertext is not in the format v1");
  const bytes = Buffer.from(sealed, "base64");
  const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString("utf8");
}
