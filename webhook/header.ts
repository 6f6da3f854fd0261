import { WebhookError } from "./errors.ts";

/** A request's headers: of the Fetch standard, of Node's `http`, or as pairs of name and value. Names are case-insensitive. */
export type HeadersLike =
  Iterable<readonly [string, string]> | Readonly<Record<string, string | readonly string[] | undefined>>;

/** A parsed signature header. */
export interface SignatureHeader {
  /** Seconds since 1970, as the header has them: ZITADEL signs this text. */
  readonly time: string;
  /** Each is 32 bytes. */
  readonly signatures: readonly Uint8Array<ArrayBuffer>[];
}

/** The header that the server sends, and the one in its API reference. */
const names = ["zitadel-signature", "x-zitadel-signature"];
const expected = "ZITADEL sends `ZITADEL-Signature: t=<seconds>,v1=<64 hexadecimal digits>`";

/** ZITADEL sends one signature. More are accepted, but not so many that checking them is expensive. */
const mostSignatures = 8;
const longestHeader = 1_024;

/** What ZITADEL sends today. */
const usual = /^t=(0|[1-9]\d{0,11}),v1=([0-9a-fA-F]{64})$/;

/** Finds and parses the signature header. Throws `header_missing`, `header_doubled` or `header_malformed`. */
export function readSignatureHeader(headers: HeadersLike): SignatureHeader {
  const [header, second] = valuesOf(headers, names);
  if (header === undefined)
    throw new WebhookError(
      "header_missing",
      "The request has no signature header. Either a proxy or gateway has removed it (let ZITADEL-Signature through), or the request does not come from ZITADEL.",
    );
  if (second !== undefined) throw doubled();
  const [, usualTime, usualSignature] = usual.exec(header) ?? [];
  if (usualTime !== undefined && usualSignature !== undefined)
    return { time: usualTime, signatures: [bytesOfHex(usualSignature)] };
  if (header.length > longestHeader) throw malformed("is too long");
  let time: string | undefined;
  const signatures: Uint8Array<ArrayBuffer>[] = [];
  for (const part of header.split(",")) {
    const [, name = "", value = ""] = /^[ \t]*(\w{1,20})=([^\s=]+)[ \t]*$/.exec(part) ?? [];
    if (name === "") throw malformed("has a part that is not <name>=<value>");
    if (name === "t") {
      if (time !== undefined) throw doubled();
      if (!/^(?:0|[1-9]\d{0,11})$/.test(value)) throw malformed("has a time that is not a whole number of seconds");
      time = value;
    } else if (name === "v1") {
      if (!/^[0-9a-fA-F]{64}$/.test(value)) throw malformed("has a signature that is not 64 hexadecimal digits");
      signatures.push(bytesOfHex(value));
    }
    // Ignore other names: future versions of the scheme may use them.
  }
  if (time === undefined) throw malformed("has no time");
  if (signatures.length === 0) throw malformed("has no v1 signature");
  if (signatures.length > mostSignatures) throw malformed(`has more than ${mostSignatures} signatures`);
  return { time, signatures };
}

/** The headers by their names in lower case; values that were sent more than once are joined. Throws `settings`. */
export function recordOf(headers: HeadersLike): Record<string, string> {
  const all = new Map<string, string>();
  for (const [name, value] of pairsOf(headers)) {
    const before = all.get(name);
    all.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(all);
}

/** The length that the headers announce, in bytes; `undefined` if they do not. */
export function contentLength(headers: HeadersLike): number | undefined {
  const [value] = valuesOf(headers, ["content-length"]);
  return value === undefined || !/^\d{1,15}$/.test(value) ? undefined : Number(value);
}

/** The values of the headers with these names, which are in lower case. Throws `settings`. */
function valuesOf(headers: HeadersLike, wanted: readonly string[]): string[] {
  return pairsOf(headers, (name) => wanted.includes(name)).map(([, value]) => value);
}

/** The headers, with names in lower case. Throws `settings` for anything but headers, since only a mistake can pass it. */
function pairsOf(headers: unknown, isWanted?: (name: string) => boolean): [name: string, value: string][] {
  if (typeof headers !== "object" || headers === null) throw noHeaders();
  const pairs: [name: string, value: string][] = [];
  for (const pair of Symbol.iterator in headers ? (headers as Iterable<unknown>) : Object.entries(headers)) {
    if (!Array.isArray(pair) || typeof pair[0] !== "string") throw noHeaders();
    const name = pair[0].toLowerCase();
    if (isWanted?.(name) === false) continue;
    const given: unknown = pair[1] ?? [];
    for (const value of Array.isArray(given) ? (given as unknown[]) : [given]) pairs.push([name, String(value)]);
  }
  return pairs;
}

function noHeaders(): WebhookError {
  return new WebhookError(
    "settings",
    "The headers are missing, or are not headers: pass the request's headers as an object, as pairs or as `Headers`.",
  );
}

function bytesOfHex(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = digit(text.charCodeAt(2 * i)) * 16 + digit(text.charCodeAt(2 * i + 1));
  return bytes;
}

/** The value of a hexadecimal digit: of "0" to "9", or a letter in either case. */
function digit(code: number): number {
  return code < 58 ? code - 48 : (code | 32) - 87;
}

function doubled(): WebhookError {
  return new WebhookError(
    "header_doubled",
    `The request has more than one signature header or time, so it is not clear which one counts. ${expected}, once.`,
  );
}

function malformed(what: string): WebhookError {
  return new WebhookError("header_malformed", `The signature header ${what}. ${expected}.`);
}
