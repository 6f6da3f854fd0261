import { remembered } from "./remembered.ts";

/** What ZITADEL signs: the time as the header has it, a full stop, and the body as it was sent. */
export interface Signed {
  readonly time: string;
  readonly body: Uint8Array;
}

interface Hash {
  update(data: string | Uint8Array): this;
  digest(): Uint8Array;
  digest(encoding: "hex"): string;
}
interface NodeCrypto {
  readonly createSecretKey: (key: string, encoding: "utf8") => object;
  readonly createHmac: (algorithm: "sha256", key: object) => Hash;
  readonly createHash: (algorithm: "sha256") => Hash;
  readonly timingSafeEqual: (one: Uint8Array, other: Uint8Array) => boolean;
}
// This file knows no other types of Node.
declare const process: { getBuiltinModule?(name: "node:crypto"): NodeCrypto | undefined } | undefined;

const encoder = new TextEncoder();

/** How a runtime checks an HMAC-SHA256 and makes a SHA-256. */
interface Crypto {
  /** Whether one of the signatures is the HMAC with this key. The comparison takes constant time. */
  readonly matches: (
    key: string,
    signed: Signed,
    signatures: readonly Uint8Array<ArrayBuffer>[],
  ) => boolean | Promise<boolean>;
  /** The SHA-256, in hexadecimal digits. */
  readonly sha256: (signed: Signed) => string | Promise<string>;
}

/** Runs in this thread and copies nothing: for bodies of usual sizes, Web Crypto's way to another thread and back costs more. */
function ofNode({ createSecretKey, createHmac, createHash, timingSafeEqual }: NodeCrypto): Crypto {
  const imported = remembered(64, (key) => createSecretKey(key, "utf8"));
  const over = (hash: Hash, { time, body }: Signed) => hash.update(`${time}.`).update(body);
  return {
    matches: (key, signed, signatures) => {
      const expected = over(createHmac("sha256", imported(key)), signed).digest();
      return signatures.some((signature) => timingSafeEqual(expected, signature));
    },
    sha256: (signed) => over(createHash("sha256"), signed).digest("hex"),
  };
}

function ofTheWeb(): Crypto {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = remembered(64, (key) =>
    crypto.subtle.importKey("raw", encoder.encode(key), algorithm, false, ["verify"]),
  );
  return {
    matches: async (key, signed, signatures) => {
      const hmac = await imported(key);
      const bytes = bytesOf(signed);
      for (const signature of signatures) if (await crypto.subtle.verify("HMAC", hmac, signature, bytes)) return true;
      return false;
    },
    sha256: async (signed) => {
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytesOf(signed)));
      return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    },
  };
}

function bytesOf({ time, body }: Signed): Uint8Array<ArrayBuffer> {
  const start = encoder.encode(`${time}.`);
  const bytes = new Uint8Array(start.length + body.length);
  bytes.set(start);
  bytes.set(body, start.length);
  return bytes;
}

const node = typeof process === "undefined" ? undefined : process.getBuiltinModule?.("node:crypto");

export const { matches, sha256 } = node === undefined ? ofTheWeb() : ofNode(node);
