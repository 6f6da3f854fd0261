import { WebhookError } from "./errors.ts";

/** Headers of a request: those of the Fetch standard, those of Node's `http`, or name and value in pairs. Names in any case. */
export type HeadersLike =
  Iterable<readonly [string, string]> | Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a signature header says. */
export interface SignatureHeader {
  /** Seconds since 1970, as they were written: they are signed as text. */
  readonly time: string;
  /** Each is 32 bytes. */
  readonly signatures: readonly Uint8Array<ArrayBuffer>[];
}

/** What the server sends, and what its API reference says that it sends. */
const names = ["zitadel-signature", "x-zitadel-signature"];
const expected = "ZITADEL sends `ZITADEL-Signature: t=<seconds>,v1=<64 hexadecimal digits>`";

/** ZITADEL sends one signature. More may come, but not so many that checking them becomes work. */
const mostSignatures = 8;
const longestHeader = 1_024;

/** Finds the signature header and reads it. Throws `header_missing`, `header_doubled` or `header_malformed`. */
export function readSignatureHeader(headers: HeadersLike): SignatureHeader {
  const [header, second] = valuesOf(headers);
  if (header === undefined)
    throw new WebhookError(
      "header_missing",
      "The request has no signature header, so it does not come from ZITADEL, or something in between has removed it: let ZITADEL-Signature through.",
    );
  if (second !== undefined) throw doubled();
  if (header.length > longestHeader) throw malformed("is too long");
  let time: string | undefined;
  const signatures: Uint8Array<ArrayBuffer>[] = [];
  for (const part of header.split(",")) {
    const [, name = "", value = ""] = /^[ \t]*(\w{1,20})=([^\s=]+)[ \t]*$/.exec(part) ?? [];
    if (name === "") throw malformed("has a part that is not <name>=<value>");
    if (name === "t") {
      if (time !== undefined) throw doubled();
      if (!/^(?:0|[1-9]\d{0,11})$/.test(value)) throw malformed("has a time that is no whole number of seconds");
      time = value;
    } else if (name === "v1") {
      if (!/^[0-9a-fA-F]{64}$/.test(value)) throw malformed("has a signature that is not 64 hexadecimal digits");
      signatures.push(bytesOfHex(value));
    }
    // Other names are for versions of the scheme that are still to come.
  }
  if (time === undefined) throw malformed("has no time");
  if (signatures.length === 0) throw malformed("has no v1 signature");
  if (signatures.length > mostSignatures) throw malformed(`has more than ${mostSignatures} signatures`);
  return { time, signatures };
}

function valuesOf(headers: HeadersLike): string[] {
  const pairs = Symbol.iterator in headers ? [...headers] : Object.entries(headers);
  return pairs.flatMap(([name, value]) => (names.includes(name.toLowerCase()) ? (value ?? []) : []));
}

function bytesOfHex(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

function doubled(): WebhookError {
  return new WebhookError(
    "header_doubled",
    `The request has more than one signature header or time, and which one counts cannot be known. ${expected}, once.`,
  );
}

function malformed(what: string): WebhookError {
  return new WebhookError("header_malformed", `The signature header ${what}. ${expected}.`);
}
