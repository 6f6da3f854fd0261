import { nameOf, WebhookError } from "./errors.ts";

/** How much of a body is read, and how long that may take. */
export interface BodyLimits {
  readonly maxBodyBytes: number;
  readonly bodyTimeout: number;
}

/** A body as it was received: its bytes, or the text that they are in UTF-8. */
export type RawBody = Uint8Array | ArrayBuffer | string;

/** Takes chunks until they are more than the limit. They are copied together: a million chunks of one byte cost no more. */
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

/** Whether it is a body as it was received, and not what a parser made of one. */
export function isRaw(body: unknown): body is RawBody {
  return typeof body === "string" || ArrayBuffer.isView(body) || isArrayBuffer(body);
}

/** The bytes of a body that has been received already. Throws `body_parsed`, `body_missing` or `body_too_large`. */
export function bytesOf(body: unknown, limit: number): Uint8Array {
  // A character is a byte at least: a text that is too long is not copied first.
  if (typeof body === "string" && body.length > limit) throw tooLarge(limit);
  const bytes = asBytes(body);
  if (bytes.length === 0)
    throw new WebhookError("body_missing", "The body is empty, and ZITADEL never sends an empty one.");
  if (bytes.length > limit) throw tooLarge(limit);
  return bytes;
}

/** Throws `body_parsed` for what is not raw. */
export function asBytes(body: unknown): Uint8Array {
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  if (typeof body === "string") return new TextEncoder().encode(body);
  if (isArrayBuffer(body)) return new Uint8Array(body);
  throw parsed("The body is not the bytes that were sent but what a parser made of them");
}

/** Also one of another realm, as a sandbox has them. */
function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return Object.prototype.toString.call(value) === "[object ArrayBuffer]";
}

/** Reads the body of a request of the Fetch standard. Throws one of the `body_…` codes. */
export async function readBody(request: Request, { maxBodyBytes, bodyTimeout }: BodyLimits): Promise<Uint8Array> {
  if (request.bodyUsed || request.body?.locked === true) throw parsed("Something else has read the body");
  const collector = new Collector(maxBodyBytes);
  if (request.body !== null) {
    const reader = request.body.getReader();
    await withinTime(bodyTimeout, async () => drain(reader, collector)).catch((error: unknown) => {
      // Whether it can still be cancelled makes no difference to why it is refused.
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

/** Throws `body_timeout` if the work is not done in time. */
export async function withinTime<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new WebhookError("body_timeout", `The body did not arrive within ${milliseconds} ms (\`bodyTimeout\`).`),
        ),
      milliseconds,
    );
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

export function unreadable(error: unknown): WebhookError {
  return new WebhookError("body_unreadable", `The body broke off while it was read: ${nameOf(error)}.`);
}

export function parsed(what: string): WebhookError {
  return new WebhookError(
    "body_parsed",
    `${what}, so the bytes that ZITADEL signed are lost: verify before any body parser, or keep the raw body.`,
  );
}

function tooLarge(limit: number): WebhookError {
  return new WebhookError("body_too_large", `The body has more than ${limit} bytes (\`maxBodyBytes\`).`);
}
