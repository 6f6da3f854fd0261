import { NotUnderstood, type OptionValues } from "../command";
import type { Recorded } from "./delivery";
import { type Header, readHeader } from "./request";

/** A private key: `KID=FILE`. */
export interface KeyFile {
  readonly kid: string;
  readonly file: string;
}

/** The parsed command line. */
export interface Given {
  readonly delivery: string;
  readonly headers: readonly Header[];
  /** Which delivery of an export, from 1. */
  readonly entry: number | undefined;
  readonly keyFiles: readonly string[];
  readonly at: Date | undefined;
  readonly ignoreAge: boolean;
  readonly jwks: string | undefined;
  readonly decryptionKeys: readonly KeyFile[];
  readonly showPayload: boolean;
}

/** @throws {NotUnderstood} for a wrong command line. The message never repeats an argument that may be a key. */
export function understood(values: OptionValues, [delivery = "", ...rest]: readonly string[]): Given {
  const list = (name: string) => (values[name] ?? []) as readonly string[];
  const text = (name: string) => values[name] as string | undefined;
  if (delivery === "") throw new NotUnderstood("verify needs a delivery: a file, or - for standard input.");
  // An extra argument may be a key: do not repeat it.
  if (rest.length > 0)
    throw new NotUnderstood("verify takes one delivery. Give keys with --key-file FILE, not as arguments.");
  const headers = list("header").map(readHeader);
  if (!headers.every((header) => header !== undefined)) throw new NotUnderstood("--header needs 'NAME: VALUE'.");
  const [at, jwks, keyFiles, ofTokens] = [
    text("at"),
    text("jwks"),
    list("key-file"),
    list("decryption-key").map((one) => keyFileOf("--decryption-key", one)),
  ];
  const ignoreAge = values["ignore-age"] === true;
  if (ignoreAge && at !== undefined) throw new NotUnderstood("Use either --at or --ignore-age, not both.");
  if (ofTokens.length > 0 && jwks === undefined) throw new NotUnderstood(needsKeySet);
  const files = [delivery, jwks, ...keyFiles, ...ofTokens.map(({ file }) => file)];
  if (files.filter((file) => file === "-").length > 1)
    throw new NotUnderstood("Only one of the files can be standard input.");
  if (files.includes("")) throw new NotUnderstood("The name of a file is empty.");
  return {
    delivery,
    headers,
    entry: entryOf(text("entry")),
    keyFiles,
    at: at === undefined ? undefined : timeOf(at),
    ignoreAge,
    jwks,
    decryptionKeys: ofTokens,
    showPayload: values["show-payload"] === true,
  };
}

const needsKeySet = "--decryption-key needs --jwks: a JWE contains a JWT that the instance has signed.";

function entryOf(text: string | undefined): number | undefined {
  if (text !== undefined && !/^[1-9]\d{0,5}$/.test(text)) throw new NotUnderstood("--entry takes a number, from 1.");
  return text === undefined ? undefined : Number(text);
}

/** @throws {NotUnderstood} if it is not `KID=FILE`. */
export function keyFileOf(option: string, text: string): KeyFile {
  const [, kid, file] = /^([^=\s]+)=(.+)$/s.exec(text) ?? [];
  if (kid === undefined || file === undefined) throw new NotUnderstood(`${option} needs KID=FILE.`);
  return { kid, file };
}

/** @throws {NotUnderstood} if `--at` is not a time. */
export function timeOf(text: string): Date {
  const seconds = /^\d{1,12}$/.test(text);
  const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i.test(text);
  const time = new Date(seconds ? Number(text) * 1_000 : rfc3339 ? text : NaN);
  if (Number.isNaN(time.getTime()))
    throw new NotUnderstood("--at needs a time: 2026-11-22T01:00:47Z, or whole seconds since 1970.");
  return time;
}

/** The time at which to check a delivery, and its source; `undefined` if the age does not matter. */
export function timeFor({ at, ignoreAge }: Given, { receivedAt }: Recorded): { at: Date | undefined; asOf: string } {
  if (ignoreAge) return { at: undefined, asOf: "" };
  if (at !== undefined) return { at, asOf: "--at" };
  return receivedAt === undefined ? { at: new Date(), asOf: "now" } : { at: receivedAt.date, asOf: receivedAt.from };
}
