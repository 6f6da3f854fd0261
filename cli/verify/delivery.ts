import { z } from "zod";
import { type Input, unreadable } from "../files";
import { type Header, readRequest } from "./request";

/** A recorded delivery. */
export interface Recorded {
  /** The recording's format, for messages. */
  readonly form: "JSON" | "an HTTP request" | "a body";
  readonly headers: readonly Header[];
  /** The bytes, or the parsed body. */
  readonly body: unknown;
  /** When it arrived, if the recording says so. */
  readonly receivedAt: Date | undefined;
}

const value = z.union([z.string(), z.number().transform(String)]);
const headersSchema = z.union([
  z.array(z.tuple([z.string(), value])),
  z
    .record(z.string(), z.union([value, z.array(value), z.null()]))
    .transform((record) =>
      Object.entries(record).flatMap(([name, given]) => [given ?? []].flat().map((one): Header => [name, one])),
    ),
]);

/** The used parts of a recording. Ignore everything else, above all its keys: a recording with its own key proves nothing. */
const recordingSchema = z.object({
  headers: headersSchema,
  body: z.unknown(),
  isBase64Encoded: z.boolean().default(false),
  receivedAtUnix: z.number().min(0).max(999_999_999_999).optional(),
});

/** Reads a recording. If the headers are given separately, it is only the body, byte for byte. */
export function readDelivery({ name, bytes }: Input, headers: readonly Header[]): Recorded {
  if (headers.length > 0) return { form: "a body", headers, body: bytes, receivedAt: undefined };
  const text = bytes.toString().replace(/^\uFEFF/, "");
  if (/^\s*[[{]/.test(text)) return fromJson(name, text);
  return { form: "an HTTP request", ...readRequest(name, bytes), receivedAt: undefined };
}

function fromJson(name: string, text: string): Recorded {
  const result = recordingSchema.safeParse(parsed(name, text));
  if (!result.success || !("body" in result.data))
    throw unreadable(
      name,
      "it is JSON without `headers` and `body`",
      "If it is only the body, give the headers too: --header 'ZITADEL-Signature: …'.",
    );
  const { headers, body, isBase64Encoded, receivedAtUnix } = result.data;
  return {
    form: "JSON",
    headers,
    body: isBase64Encoded && typeof body === "string" ? Buffer.from(body, "base64") : (body ?? ""),
    receivedAt: receivedAtUnix === undefined ? undefined : new Date(receivedAtUnix * 1_000),
  };
}

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw unreadable(name, "it begins like JSON, but is not valid JSON");
  }
}
