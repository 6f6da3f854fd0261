import { nameOf, WebhookError } from "./errors.ts";
import { isObject } from "./values.ts";
import { withinTime } from "./waiting.ts";

/** Limits for reading a body. */
export interface BodyLimits {
  readonly maxBodyBytes: number;
  readonly bodyTimeout: number;
}

/** A body as it was received: its bytes, or their text in UTF-8. */
export type RawBody = Uint8Array | ArrayBuffer | string;

/** Collects chunks up to the limit. It copies them into one buffer: a million chunks of one byte cost no more than a few. */
export class Collector {
  private buffer = new Uint8Array(0);
  private length = 0;

  constructor(private readonly limit: number) {}

  /** Throws `body_too_large`. */
  add(chunk: Uint8Array): void {
    const length = this.length + chunk.length;
    if (length > this.limit) throw tooLarge(this.limit);
    if (length > this.buffer.length) {
      const larger = new Uint8Array(Math.min(Math.max(2 * length, 4_096), this.limit));
      larger.set(this.bytes());
      this.buffer = larger;
    }
    this.buffer.set(chunk, this.length);
    this.length = length;
  }

  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }
}

/** Whether a value is a body as it was received, not a parsed one. */
export function isRaw(body: unknown): body is RawBody {
  return typeof body === "string" || ArrayBuffer.isView(body) || isArrayBuffer(body);
}

/** The bytes of a received body. Throws `body_parsed`, `body_missing` or `body_too_large`. */
export function bytesOf(body: unknown, limit: number): Uint8Array {
  // A character is at least one byte, so do not even encode a text that is too long.
  if (typeof body === "string" && body.length > limit) throw tooLarge(limit);
  const bytes = asBytes(body);
  if (bytes.length === 0)
    throw new WebhookError("body_missing", "The body is empty, but ZITADEL never sends an empty body.");
  if (bytes.length > limit) throw tooLarge(limit);
  return bytes;
}

/** Throws `body_parsed` if the body is not raw. */
export function asBytes(body: unknown): Uint8Array {
  if (typeof body === "string") return new TextEncoder().encode(body);
  try {
    if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
    if (isArrayBuffer(body)) return new Uint8Array(body);
  } catch {
    throw parsed("The body was transferred to other code (its buffer is detached)");
  }
  throw parsed("The body was parsed before");
}

/** Also for one from another realm, such as a sandbox. */
function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return Object.prototype.toString.call(value) === "[object ArrayBuffer]";
}

/** The bytes of a text in base64, also without its padding; `undefined` for any other text, such as one with base64url's `-` or `_`. */
export function fromBase64(text: string): Uint8Array | undefined {
  let decoded: string;
  try {
    decoded = atob(text);
  } catch {
    return undefined;
  }
  const bytes = new Uint8Array(decoded.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = decoded.charCodeAt(i);
  return bytes;
}

/**
 * Reads the body of a request of the Fetch standard. Throws one of the `body_…` codes.
 *
 * @param fix What to do if the body was read before.
 */
export async function readBody(
  request: Request,
  { maxBodyBytes, bodyTimeout }: BodyLimits,
  fix = "Verify the request first, or let the other code read a copy (`request.clone()`).",
): Promise<Uint8Array> {
  if (request.bodyUsed || request.body?.locked === true) throw parsed("Other code has read the body before", fix);
  const collector = new Collector(maxBodyBytes);
  if (isObject(request.body)) {
    if (typeof request.body.getReader !== "function") throw parsed("The body was parsed before", fix);
    const reader = request.body.getReader();
    await withinTime(
      bodyTimeout,
      () => tooSlow(bodyTimeout),
      () => drain(reader, collector),
    ).catch((error: unknown) => {
      // If cancelling fails too, the first error still matters more.
      reader.cancel().catch(() => undefined);
      throw error;
    });
  }
  return bytesOf(collector.bytes(), maxBodyBytes);
}

/** Throws `body_unreadable`, `body_parsed` or `body_too_large`. */
export async function drain(reader: ReadableStreamDefaultReader<unknown>, collector: Collector): Promise<void> {
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      throw unreadable(error);
    });
    if (done) return;
    collector.add(asBytes(value));
  }
}

/** The error for a body that takes too long. */
export function tooSlow(milliseconds: number): WebhookError {
  return new WebhookError("body_timeout", `The body did not arrive within ${milliseconds} ms (\`bodyTimeout\`).`);
}

export function unreadable(error: unknown): WebhookError {
  const why = error === undefined ? "the connection was closed" : nameOf(error);
  return new WebhookError("body_unreadable", `Reading the body failed: ${why}.`);
}

/** The error for a body that was read or parsed before. */
export function parsed(
  what: string,
  fix = "Verify the delivery before any body parser runs, or pass the body as it was received.",
): WebhookError {
  return new WebhookError("body_parsed", `${what}, so the bytes that ZITADEL signed are lost. ${fix}`);
}

/** For a body above the limit, or one whose Content-Length is. */
export function tooLarge(limit: number): WebhookError {
  return new WebhookError("body_too_large", `The body has more than ${limit} bytes (\`maxBodyBytes\`).`);
}
