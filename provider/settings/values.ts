// How a source gives the text of a setting, and what a text must look like.
import { ZitadelError } from "../api/errors";
import type { Credential } from "../api/instance";
import { attempt, isRecord, parseJson } from "../api/json";
import type { LoginKey, SettingKey as Key } from "./names";

/** A source of settings, and how a message names one of its keys. */
export interface Source {
  readonly kind: Credential["source"];
  read(key: Key): string | undefined;
  name(key: Key): string;
  /** The key as an argument of `pulumi config set`. */
  command(key: Key): string;
  /** The folder in which relative paths start, if it is not that of the process. */
  readonly folder?: (() => string | undefined) | undefined;
}

/** How to read settings, except those of the log-in. */
export type Forms = Readonly<Record<Exclude<Key, LoginKey>, (text: string, name: string, source: Source) => unknown>>;

export const textForms = {
  domain: (text, name, source) => parseDomain(text, name, (key) => source.command(key)),
  port: (text, name) => wholeNumber(text, 65_535, `${name} must be a port, from 1 to 65535`),
  insecure: parseFlag,
  externalDomain: parseExternalDomain,
  maxConcurrentWrites: (text, name) => wholeNumber(text, 9_999, `${name} must be a whole number from 1`),
  transportHeaders: parseHeaders,
} satisfies Partial<Forms>;

export function parseDomain(text: string, name = "domain", command: Source["command"] = (key) => key): string {
  const example = `for example \`pulumi config set ${command("domain")} my-instance.zitadel.cloud\``;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) throw wrong(`${name} must be a host without a scheme, ${example}`);
  if (/[/?#]/.test(text)) throw wrong(`${name} must be a host without a path, ${example}`);
  if (text.includes("@")) throw wrong(`${name} must be a host without credentials, ${example}`);
  if (/:\d*$/.test(text) && !text.endsWith("]")) {
    throw wrong(
      `${name} must be a host without a port: set the port with \`pulumi config set ${command("port")} <port>\``,
    );
  }
  const host = attempt(() => new URL(`https://${text}`).hostname);
  const isTooLong = host?.split(".").some((label) => label.length > 63) ?? true;
  if (host !== text.toLowerCase() || isTooLong) throw wrong(`${name} must be a host name, ${example}`);
  return host;
}

/** Returns the origin of an external domain, which may have a port, and a scheme if it is not https. */
export function parseExternalDomain(text: string, name: string): string {
  const parts = /^(?:(https?):\/\/)?(\[[^\]]*\]|[^:]*)(?::(\d+))?$/i.exec(text) ?? [];
  const [, scheme = "https", domain = "", port = ""] = parts;
  const origin = attempt(() => {
    const end = port === "" ? "" : `:${wholeNumber(port, 65_535, name)}`;
    return new URL(`${scheme}://${parseDomain(domain)}${end}`).origin;
  });
  if (origin !== undefined) return origin;
  throw wrong(
    `${name} must be the host of ZITADEL's ExternalDomain, with its port if it is not 443, such as auth.example.com or auth.example.com:8443 (without TLS: http://auth.example.com)`,
  );
}

function parseFlag(text: string, name: string): boolean {
  if (text !== "true" && text !== "false") throw wrong(`${name} must be true or false`);
  return text === "true";
}

function wholeNumber(text: string, most: number, problem: string): number {
  if (/^\d+$/.test(text) && text.length <= String(most).length && Number(text) >= 1 && Number(text) <= most)
    return Number(text);
  throw wrong(problem);
}

/** Headers that the provider sets itself; a setting must not change them. */
const ownHeaders = /^(authorization|content-type|content-length|transfer-encoding|connection)$/i;

function parseHeaders(text: string, name: string, source: Source): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [key, value] of Object.entries(parseObject(text, name))) {
    if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(key)) throw wrong(`${name} has a key that is not a header name`);
    if (key.toLowerCase() === "host")
      throw wrong(
        `${name} must not set ${key}: for an instance that is reached at another address than its external domain, run \`pulumi config set ${source.command("externalDomain")} <external domain>\``,
      );
    if (ownHeaders.test(key)) throw wrong(`${name} must not set ${key}: the provider sets it itself`);
    if (typeof value !== "string") throw wrong(`${name}.${key} must be a string`);
    headers[key] = printable(value, `${name}.${key}`);
  }
  return headers;
}

/** Parses without ever repeating the text: it may contain secrets, and JSON's own messages quote it. */
export function parseObject(text: string, name: string): Readonly<Record<string, unknown>> {
  const value = parseJson(text);
  if (!isRecord(value)) throw wrong(`${name} must be a JSON object`);
  return value;
}

/** Header values must be printable ASCII: the line break of a token that was read from a file must not split a header. */
export function printable(value: string, name: string): string {
  if (/^[\x20-\x7e]+$/.test(value)) return value;
  throw wrong(`${name} contains a line break or another character that is not allowed in a header`);
}

export function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

export function wrong(problem: string): ZitadelError {
  return new ZitadelError("settings", problem, { operation: "read settings" });
}
