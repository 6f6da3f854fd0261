import { unreadable } from "../files";

export type Header = readonly [name: string, value: string];

/** A request as it was received. */
export interface Received {
  readonly headers: readonly Header[];
  /** The bytes, or the parsed body. */
  readonly body: unknown;
  /** When it arrived and which member of the recording says so, if one does. */
  readonly receivedAt: { readonly date: Date; readonly from: string } | undefined;
}

const token = String.raw`:?[!#$%&'*+.^_\`|~\w-]+`;

/** Parses `NAME: VALUE`, in a request and on the command line; `undefined` for anything else. */
export function readHeader(line: string): Header | undefined {
  const [, name, value = ""] = new RegExp(`^(${token}):[ \\t]*(.*?)[ \\t]*$`).exec(line) ?? [];
  return name === undefined ? undefined : [name, value];
}

/** Reads an HTTP request: with or without its first line, a head with CRLF or LF, and the body unchanged. */
export function readRequest(name: string, bytes: Buffer): { headers: Header[]; body: Buffer } {
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
