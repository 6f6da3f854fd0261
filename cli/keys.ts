import * as z from "zod";
import { instanceHeader } from "../provider/api/instance";
import { parseExternalDomain } from "../provider/settings/values";
import { hasCode } from "../provider/api/errors";
import { instanceKeys, type InstanceKeys, type InstanceKeysOptions, type JsonWebKeySet } from "../webhook";
import { NotUnderstood } from "./command";
import { type Input, readInput, unreadable } from "./files";
import type { Terminal } from "./terminal";

// The keys that `verify` and `send` read.

/** The variable that usually contains a receiver's key. */
const keyVariable = "ZITADEL_SIGNING_KEY";

/** A key in PEM: `KID=FILE`. */
export interface KeyFile {
  readonly kid: string;
  readonly file: string;
}

/** @throws {NotUnderstood} if it is not `KID=FILE`. */
export function keyFileOf(option: string, text: string): KeyFile {
  const [, kid, file] = /^([^=\s]+)=(.+)$/s.exec(text) ?? [];
  if (kid === undefined || file === undefined) throw new NotUnderstood(`${option} needs KID=FILE.`);
  return { kid, file };
}

/** A signing key, and its source for messages, which never show the key. */
export interface SigningKey {
  readonly text: string;
  readonly from: string;
}

/** Reads a file that contains keys, and adds a note if others can read it too. */
export async function readSecret(name: string, terminal: Terminal, notes: string[]): Promise<Input> {
  const input = await readInput(name, terminal, { isSecret: true });
  if (input.isOpen) notes.push(`${name} contains a key, and others on this machine can read it: run chmod 600.`);
  return input;
}

/** The keys in all files, one per line, or else the key in the environment, unchanged. */
export async function signingKeys(
  command: string,
  files: readonly string[],
  terminal: Terminal,
  notes: string[],
): Promise<readonly SigningKey[]> {
  const variable = terminal.env[keyVariable] ?? "";
  if (files.length === 0) {
    if (variable === "") throw new NotUnderstood(`${command} needs a key: set ${keyVariable}, or give a --key-file.`);
    return [{ text: variable, from: keyVariable }];
  }
  const keys: SigningKey[] = [];
  for (const file of files) {
    const { name, bytes } = await readSecret(file, terminal, notes);
    if (/^(?:\xFF\xFE|\xFE\xFF)/.test(bytes.toString("latin1", 0, 2)))
      throw unreadable(name, "it is in UTF-16", "Save it as UTF-8: old versions of PowerShell write UTF-16 with `>`.");
    const lines = bytes.toString().split(/\r?\n/);
    const found = lines.flatMap((text, index) => (text === "" ? [] : { text, from: `line ${index + 1} of ${name}` }));
    if (found.length === 0) throw unreadable(name, "it contains no key");
    keys.push(...(found.length === 1 ? found.map((key) => ({ ...key, from: name })) : found));
  }
  return keys;
}

/** Private keys by their `kid`, from the given files. */
export async function decryptionKeys(
  given: readonly KeyFile[],
  terminal: Terminal,
  notes: string[],
): Promise<Readonly<Record<string, string>> | undefined> {
  const keys: [string, string][] = [];
  for (const { kid, file } of given) {
    keys.push([kid, (await readSecret(file, terminal, notes)).bytes.toString()]);
  }
  return keys.length === 0 ? undefined : Object.fromEntries(keys);
}

/** The external domain of an instance that `--jwks` reaches at another address. */
const externalVariable = "ZITADEL_EXTERNAL_DOMAIN";

function fetchFor(externalDomain = ""): NonNullable<InstanceKeysOptions["fetch"]> {
  if (externalDomain === "") return fetch;
  const added = instanceHeader(parseExternalDomain(externalDomain, externalVariable));
  return (url, init) => fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), ...added } });
}

const keySet = z.object({ keys: z.array(z.record(z.string(), z.unknown())) });

/** The public keys of an instance: from a file, or fetched from the instance when they are needed. */
export async function publicKeys(
  given: string | undefined,
  terminal: Terminal,
): Promise<InstanceKeys | JsonWebKeySet | undefined> {
  if (given === undefined) return undefined;
  if (/^https?:/i.test(given)) {
    try {
      return instanceKeys(given, { fetch: fetchFor(terminal.env[externalVariable]) });
    } catch (error) {
      if (!hasCode(error, "settings")) throw error;
      throw new NotUnderstood(`--jwks: ${error.message}`);
    }
  }
  const { name, bytes } = await readInput(given, terminal);
  try {
    return keySet.parse(JSON.parse(bytes.toString()));
  } catch {
    throw unreadable(name, "it is not a key set", "Save the answer of the instance's /oauth/v2/keys to it.");
  }
}
