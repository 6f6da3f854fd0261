import * as z from "zod";
import { attempt } from "../../provider/api/json";
import { fromBase64 } from "../../webhook/body";
import { type Input, unreadable } from "../files";

// Reads a recorded delivery: from JSON, an HTTP request, or what other tools export.

export type Header = readonly [name: string, value: string];

/** A request as it was received. */
interface Received {
  readonly headers: readonly Header[];
  /** The bytes, or the parsed body. */
  readonly body: unknown;
  /** The member of the recording that says that the body is in base64, if one does. */
  readonly base64?: string | undefined;
  /** When it arrived and which member of the recording says so, if one does. */
  readonly receivedAt?: { readonly date: Date; readonly from: string } | undefined;
}

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
export function readDelivery(input: Input, headers: readonly Header[], entry?: number): Recorded {
  const { form, requests } = requestsIn(input, headers);
  const one = chosen(input.name, entry, requests);
  return { form, ...one, body: decoded(input.name, one) };
}

interface Requests {
  readonly form: Recorded["form"];
  readonly requests: readonly Received[];
}

function requestsIn({ name, bytes }: Input, headers: readonly Header[]): Requests {
  if (headers.length > 0) return { form: "a body", requests: [{ headers, body: bytes }] };
  const text = bytes.toString().replace(/^\uFEFF/, "");
  if (!/^\s*[[{]/.test(text)) return { form: "an HTTP request", requests: [readRequest(name, bytes)] };
  const json = parsed(name, text);
  return exported(json) ?? { form: "JSON", requests: [fromJson(name, json)] };
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

/** What a member of a recording must be, and what to do if it is something else. */
const members: Readonly<Record<string, readonly [what: string, todo: string]>> = {
  headers: ["an object or a list of pairs, with strings as values", "Record the headers as they arrive."],
  multiValueHeaders: ["an object with lists of strings", "Record the headers as they arrive."],
  isBase64Encoded: ["true or false", "Write it without quotes."],
  receivedAtUnix: [
    "a number of seconds since 1970",
    "Divide milliseconds by 1000, or leave it out and give the time with --at.",
  ],
};

function fromJson(name: string, json: unknown): Received {
  const result = recordingSchema.safeParse(json);
  const wrong = String(result.error?.issues[0]?.path[0]);
  const [what, todo] = (Object.hasOwn(members, wrong) && members[wrong]) || [];
  if (what !== undefined) throw unreadable(name, `its \`${wrong}\` must be ${what}`, todo);
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
    headers,
    body: body ?? "",
    base64: isBase64Encoded ? "isBase64Encoded" : undefined,
    receivedAt:
      receivedAtUnix === undefined ? undefined : { date: new Date(receivedAtUnix * 1_000), from: "receivedAtUnix" },
  };
}

/** The body without base64. Other requests in an export may have anything in theirs. */
function decoded(name: string, { body, base64 }: Received): unknown {
  if (base64 === undefined || typeof body !== "string") return body;
  const bytes = fromBase64(body);
  if (bytes !== undefined) return Buffer.from(bytes);
  throw unreadable(
    name,
    `its body is not base64, although its \`${base64}\` says so`,
    "Record the body as it arrives. If a Lambda function gets it like this, `lambdaWebhook` rejects it too (body_unreadable).",
  );
}

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw unreadable(name, "it begins like JSON, but is not valid JSON");
  }
}

const token = String.raw`:?[!#$%&'*+.^_\`|~\w-]+`;

/** Parses `NAME: VALUE`, in a request and on the command line; `undefined` for anything else. */
export function readHeader(line: string): Header | undefined {
  const [, name, value = ""] = new RegExp(`^(${token}):(.*)$`).exec(line) ?? [];
  return name === undefined ? undefined : [name, value.replace(/^[ \t]+|(?<![ \t])[ \t]+$/g, "")];
}

/** Reads an HTTP request: with or without its first line, a head with CRLF or LF, and the body unchanged. */
function readRequest(name: string, bytes: Buffer): Received {
  if (bytes.length === 0) throw unreadable(name, "it is empty");
  const headers: Header[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf("\n", at);
    const line = bytes.toString("latin1", at, end < 0 ? bytes.length : end).replace(/\r$/, "");
    const isFirst = at === 0;
    at = end < 0 ? bytes.length : end + 1;
    if (line === "" && headers.length > 0) return { headers, body: unchunked(name, headers, bytes.subarray(at)) };
    if (isFirst && /^[A-Z]+ \S+ HTTP\/\d/.test(line)) continue;
    const header = readHeader(line);
    if (header === undefined)
      throw unreadable(name, isFirst ? neither : "a line of its head is not a header", howToGive);
    headers.push(header);
  }
  throw unreadable(name, "it has no blank line after its headers, and so no body", howToGive);
}

const neither = "it is neither JSON with `headers` and `body` nor an HTTP request";
const howToGive = "If it is only the body, add --header 'ZITADEL-Signature: …'.";

/** Rejects a chunked body: it contains the lengths of the chunks. */
function unchunked(name: string, headers: readonly Header[], body: Buffer): Buffer {
  if (!headers.some(([header, value]) => /^transfer-encoding$/i.test(header) && /chunked/i.test(value))) return body;
  if (!/^[\da-f]+(?:;.*)?\r?\n/i.test(body.toString("latin1", 0, 100))) return body;
  throw unreadable(
    name,
    "its body is still in chunks (Transfer-Encoding: chunked)",
    "Record the decoded body, or give only the body, with --header.",
  );
}

const har = z.object({
  log: z.object({
    entries: z.array(
      z.object({
        startedDateTime: z.string().optional(),
        request: z.object({
          headers: z.array(z.object({ name: z.string(), value: z.string() })),
          postData: z.object({ text: z.string().default(""), encoding: z.string().optional() }).optional(),
        }),
      }),
    ),
  }),
});

const webhookSiteRequest = z.object({
  uuid: z.string(),
  headers: z.record(z.string(), z.array(z.string())).nullish(),
  content: z.string().nullish(),
  created_at: z.string().optional(),
});
const webhookSite = z.union([
  z.object({ data: z.array(webhookSiteRequest) }).transform(({ data }) => data),
  z.array(webhookSiteRequest),
  webhookSiteRequest.transform((request) => [request]),
]);

/** The requests in an export of another tool; `undefined` for anything else. */
function exported(json: unknown): Requests | undefined {
  const asHar = har.safeParse(json);
  if (asHar.success) return { form: "a HAR file", requests: asHar.data.log.entries.map(fromHar) };
  const asSite = webhookSite.safeParse(json);
  return asSite.success ? { form: "a webhook.site export", requests: asSite.data.map(fromSite) } : undefined;
}

function fromHar({ startedDateTime, request }: z.infer<typeof har>["log"]["entries"][number]): Received {
  const { text = "", encoding } = request.postData ?? {};
  return {
    headers: request.headers.map(({ name, value }) => [name, value]),
    // HAR 1.2 has only text; newer writers say which bodies are in base64.
    body: text,
    base64: encoding === "base64" ? "encoding" : undefined,
    receivedAt: receivedAt("startedDateTime", startedDateTime),
  };
}

function fromSite({ headers, content, created_at }: z.infer<typeof webhookSiteRequest>): Received {
  return {
    headers: Object.entries(headers ?? {}).flatMap(([name, values]) => values.map((value) => [name, value] as const)),
    body: content ?? "",
    // In UTC, without saying so: 2026-11-22 01:00:47.
    receivedAt: receivedAt("created_at", created_at?.replace(/^(\S+) (\S+)$/, "$1T$2Z")),
  };
}

function receivedAt(from: string, text: string | undefined): Received["receivedAt"] {
  const date = new Date(text ?? NaN);
  return Number.isNaN(date.getTime()) ? undefined : { date, from };
}
