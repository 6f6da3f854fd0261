// Credentials that were set without `--secret`. Only a program whose stack configuration can have one loads this file.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { attempt, isRecord, parseJson } from "../api/json";
import { credentialKeys, pathArgument, stackKeysOf } from "../settings/names";

type CredentialKey = (typeof credentialKeys)[number];

/** The stack configuration as a program knows it. */
interface StackConfig {
  readonly text: (key: string) => string | undefined;
  /** Whether a setting is secret. An object is if any part of it is. */
  readonly isSecret: (key: string) => boolean;
  /** The stack's file, which alone says which parts of an object are secret. */
  readonly file: string | undefined;
}

/** A credential, and where it is in its setting. Without a path, the setting is the credential. */
interface Found {
  readonly path: readonly string[];
  readonly text: string;
}

/** Headers that say where a request goes or who sends it, and never contain a credential. */
const harmlessHeader =
  /^(x-zitadel-(instance|public)-host|x-forwarded-(by|for|host|method|path|port|prefix|proto|protocol|scheme|server|ssl|uri)|forwarded|user-agent|accept(-(charset|encoding|language))?)$/i;

/** A warning about each credential that is stored in plain text, with the command that replaces it. */
export function warningsOfPlain(config: StackConfig): string[] {
  return credentialKeys.flatMap((name) => stackKeysOf(name).flatMap((key) => warningsOf(name, key, config)));
}

function warningsOf(name: CredentialKey, key: string, { text, isSecret, file }: StackConfig): string[] {
  const value = text(key);
  if (value === undefined) return [];
  const found = credentialsIn(name, parseJson(value) ?? value);
  const plain = isSecret(key) ? found.filter((one) => isIn(file, one)) : found;
  const isWhole = plain.some(({ path }) => path.length === 0) || isString(file, key);
  if (!isWhole)
    return plain.map(({ path }) => warning([key, ...path].join("."), `--path ${pathArgument(key, ...path)}`));
  if (plain.length === 0) return [];
  const [own] = stackKeysOf(name);
  if (key === own) return [warning(key, key)];
  // The bridged providers reject the keys of their namespace that they do not know.
  const isShared = name === "jwtProfileJson" ? " (or set that with --secret too, if the bridged provider uses it)" : "";
  return [warning(key, own, `, then run \`pulumi config rm ${key}\`${isShared}`)];
}

function warning(what: string, argument: string, move = ""): string {
  return `${what} contains a credential in plain text, which Pulumi also stores in the state: set a new one with \`pulumi config set --secret ${argument}\`${move}, and revoke the old one.`;
}

/** The credentials in the value of a setting. One that cannot be parsed may contain one; an empty text is a setting that is not set. */
function credentialsIn(name: CredentialKey, value: unknown): Found[] {
  if (value === "") return [];
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const whole = [{ path: [], text }];
  const object = name === "transportHeaders" || name === "instances" ? parseJson(text) : undefined;
  if (!isRecord(object)) return whole;
  const parts = Object.entries(object).flatMap(([part, its]) => {
    const inside =
      name === "instances" ? credentialsOf(its) : harmlessHeader.test(part) ? [] : credentialsIn("accessToken", its);
    return inside.map(({ path, text }) => ({ path: [part, ...path], text }));
  });
  // A path does not lead into JSON that is set as a string.
  return typeof value === "string" && parts.length > 0 ? whole : parts;
}

/** The credentials in the settings of a named instance. */
function credentialsOf(settings: unknown): Found[] {
  if (!isRecord(settings)) return [];
  return credentialKeys
    .filter((name) => name !== "instances" && (settings[name] ?? "") !== "")
    .flatMap((name) => credentialsIn(name, settings[name]).map(({ path, text }) => ({ path: [name, ...path], text })));
}

/** Whether a file has the credential, by the longest part of it that no notation changes. */
function isIn(file: string | undefined, { text }: Found): boolean {
  const keyFile = parseJson(text);
  const { key = text } = isRecord(keyFile) ? keyFile : {};
  const [longest] = (String(key).match(/[\w+/=.~-]{8,}/g) ?? []).sort((one, other) => other.length - one.length);
  return longest !== undefined && file?.includes(longest) === true;
}

/** Whether a file has the setting as a string, and not as an object. */
function isString(file: string | undefined, key: string): boolean {
  return new RegExp(`^\\s*["']?${key}["']?:[ \\t]+[^\\s{#]`, "m").test(file ?? "");
}

/** The stack's file: beside the nearest `Pulumi.yaml`, or in the folder that this names. */
export function stackFile(stack: string, folder = process.cwd()): string | undefined {
  const read = (...names: string[]) => attempt(() => readFileSync(join(folder, ...names), "utf8"));
  const project = read("Pulumi.yaml") ?? read("Pulumi.yml");
  if (project === undefined) return dirname(folder) === folder ? undefined : stackFile(stack, dirname(folder));
  const [, place = "."] = /^stackConfigDir:\s*["']?([^"'#\n]+?)["']?\s*$/m.exec(project) ?? [];
  return read(place, `Pulumi.${stack}.yaml`);
}
