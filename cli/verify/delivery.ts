import { z } from "zod";
import { attempt } from "../../provider/api/json";
import { type Input, unreadable } from "../files";
import { exported } from "./exports";
import { type Header, readRequest, type Received } from "./request";

/** A recorded delivery. */
export interface Recorded extends Received {
  /** The recording's format, for messages. */
  readonly form: "JSON" | "a HAR file" | "a webhook.site export" | "an HTTP request" | "a body";
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
  headers: headersSchema.nullish(),
  // Of load balancers and gateways of AWS. If both are there, `headers` has only the last one of equal names.
  multiValueHeaders: headersSchema.nullish(),
  body: z.unknown(),
  isBase64Encoded: z.boolean().default(false),
  receivedAtUnix: z.number().min(0).max(999_999_999_999).optional(),
});

/**
 * Reads a recording. If the headers are given separately, it is only the body, byte for byte.
 *
 * @param entry Which delivery of an export, from 1.
 */
export function readDelivery({ name, bytes }: Input, headers: readonly Header[], entry?: number): Recorded {
  if (headers.length > 0) return only(name, entry, { form: "a body", headers, body: bytes, receivedAt: undefined });
  const text = bytes.toString().replace(/^\uFEFF/, "");
  if (!/^\s*[[{]/.test(text))
    return only(name, entry, { form: "an HTTP request", ...readRequest(name, bytes), receivedAt: undefined });
  const json = parsed(name, text);
  const found = exported(json);
  if (found === undefined) return only(name, entry, fromJson(name, json));
  return { form: found.form, ...chosen(name, entry, found.requests) };
}

/** Rejects `--entry` for a recording of one delivery. */
function only(name: string, entry: number | undefined, recorded: Recorded): Recorded {
  chosen(name, entry, [recorded]);
  return recorded;
}

/** The only delivery of a recording, or the chosen one. Other requests in it do not count. */
function chosen(name: string, entry: number | undefined, requests: readonly Received[]): Received {
  const signed = requests.filter(({ headers }) =>
    headers.some(([header]) => /^(?:x-)?zitadel-signature$/i.test(header)),
  );
  // If no request has the header, a proxy may have renamed it.
  const deliveries = signed.length > 0 ? signed : requests;
  const one = deliveries[(entry ?? 1) - 1];
  if (one !== undefined && (entry !== undefined || deliveries.length === 1)) return one;
  if (deliveries.length === 0) throw unreadable(name, "it contains no request");
  const words = signed.length > 0 ? ["delivery", "deliveries"] : ["request", "requests"];
  const count = `${deliveries.length} ${words[deliveries.length === 1 ? 0 : 1]}`;
  throw unreadable(name, `it contains ${count}`, `Choose one with --entry, from 1 to ${deliveries.length}.`);
}

function fromJson(name: string, json: unknown): Recorded {
  const result = recordingSchema.safeParse(json);
  const headers = result.data?.multiValueHeaders ?? result.data?.headers;
  if (!result.success || !headers || !("body" in result.data))
    throw unreadable(
      name,
      "it is JSON without `headers` and `body`",
      "If it is only the body, give the headers too: --header 'ZITADEL-Signature: …'.",
    );
  const { body, isBase64Encoded, receivedAtUnix } = result.data;
  if (attempt(() => JSON.stringify(body ?? "")) === undefined) throw unreadable(name, "its body is nested too deep");
  return {
    form: "JSON",
    headers,
    body: isBase64Encoded && typeof body === "string" ? Buffer.from(body, "base64") : (body ?? ""),
    receivedAt:
      receivedAtUnix === undefined ? undefined : { date: new Date(receivedAtUnix * 1_000), from: "receivedAtUnix" },
  };
}

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw unreadable(name, "it begins like JSON, but is not valid JSON");
  }
}
