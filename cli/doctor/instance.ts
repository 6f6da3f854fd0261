import { perhaps } from "../../provider/api/closest";
import { credentialVariables } from "../../provider/settings/credentials";
import { type Instance, serverOf } from "../../provider/api/instance";
import { readSettings } from "../../provider/settings/sources";
import { hasCode, oneLine, type ZitadelError } from "../../provider/api/errors";
import { attempt, isRecord, parseJson } from "../../provider/api/json";
import { stackKey } from "../../provider/settings/names";
import { instanceOf } from "../environment";
import { byOption, instanceIn, naming, wrong } from "../stack";
import type { Terminal } from "../terminal";
import { settingIn, type StackExport } from "./state";
import { textOf } from "./values";

/**
 * The instance to examine: with `--stack`, that of the stack's configuration. Otherwise the one in the environment and, without
 * ZITADEL_DOMAIN, that of the configuration in the exports.
 *
 * @param name the value of `--instance`.
 */
export function instanceToExamine(
  exports: readonly StackExport[],
  name: string | undefined,
  terminal: Terminal,
): Instance {
  const current = exports.filter(({ isCurrent }) => isCurrent);
  if (current.length === 0 && (terminal.env["ZITADEL_DOMAIN"] ?? "") !== "") {
    if (name !== undefined) requireKnown(exports, name);
    return explained(exports, terminal, () => instanceOf(terminal));
  }
  const needed = name === undefined ? "domain" : "instances";
  const readable =
    current.length > 0 ? current : exports.filter(({ config }) => textOf(settingIn(config, needed)) !== undefined);
  const instances = readable.map((stack) => {
    const config = (key: string) => textOf(stack.config(key));
    const read = () => instanceIn(config, stack.file, name, terminal);
    return name === undefined ? explained([stack], terminal, read, config) : read();
  });
  const [first] = instances;
  if (first === undefined) {
    if (name !== undefined) throw unreadable(exports, name);
    const [named] = exports.flatMap((stack) => (isOnNamedOnly(stack) ? [stack] : []));
    if (named !== undefined) throw onlyNamed(named);
    return explained(exports, terminal, () => instanceOf(terminal));
  }
  const other = instances.find((one) => serverOf(one) !== serverOf(first));
  if (other !== undefined)
    throw wrong(
      `The stacks name different servers for ${naming(name)}: ${serverOf(first)} and ${serverOf(other)}. Give the stacks of one of them.`,
    );
  return first;
}

/**
 * Throws if the exports have no such instance, but one with a similar name: then no entry would be compared. A name without a
 * similar one may be new: the settings are usually encrypted.
 */
function requireKnown(exports: readonly StackExport[], name: string): void {
  const names = [...new Set(exports.flatMap(namesIn))];
  const meant = names.includes(name) ? "" : perhaps(name, names, (one) => oneLine(JSON.stringify(one)));
  if (meant !== "") throw wrong(`Finding ${naming(name)} in the exports failed.${meant}`);
}

/** The settings that an export of a stack usually has encrypted. */
const sealable = ["domain", "accessToken", "jwtProfileJson", "clientSecret"] as const;

/** Reads an instance. If only what is encrypted in an export is missing, the error says so. */
function explained(
  exports: readonly StackExport[],
  { env }: Terminal,
  read: () => Instance,
  config: (key: string) => string | undefined = () => undefined,
): Instance {
  try {
    return read();
  } catch (error) {
    if (!hasCode(error, "settings")) throw error;
    const [sealed] = exports.flatMap(({ file, config: value }) =>
      sealable
        .map((key) => ({ file, key: stackKey(value, key), setting: key }))
        .filter(({ key, setting }) => value(key) === "encrypted" && !(setting === "domain" && env["ZITADEL_DOMAIN"])),
    );
    if (sealed === undefined || !wouldDo(sealed.setting, config, env)) throw error;
    const file = oneLine(sealed.file);
    throw wrong(
      `Reading the default instance failed: ${sealed.key} is encrypted in ${file}. Give the stack's name with --stack instead, in the project's folder, or set ${sealed.setting === "domain" ? "ZITADEL_DOMAIN and a credential" : "a credential in the environment"}: ${credentialVariables}. An export with --show-secrets works too, but everyone who can read it can use the credential.`,
    );
  }
}

/** Whether the settings would be complete if the export showed that setting. */
function wouldDo(
  setting: (typeof sealable)[number],
  config: (key: string) => string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  const shown = { ...env, ZITADEL_ACCESS_TOKEN: "shown", ...(setting === "domain" && { ZITADEL_DOMAIN: "shown" }) };
  const credentials = /:(accessToken|jwtProfile(File|Json)|client(Id|Secret))$/;
  const rest = (key: string) => (credentials.test(key) ? undefined : config(key));
  return attempt(() => readSettings(rest, shown).instance(undefined)) !== undefined;
}

function unreadable(exports: readonly StackExport[], name: string): ZitadelError {
  const isEncrypted = exports.some(({ config }) => settingIn(config, "instances") === "encrypted");
  const why = isEncrypted
    ? "zitadel-actions:instances is encrypted in the export"
    : "the export has no zitadel-actions:instances";
  return wrong(
    `Finding ${naming(name)} failed: ${why}. Give the stack's name with --stack, or set ZITADEL_DOMAIN and a credential for it${isEncrypted ? ", or give an export that only you can read and that shows secrets: (umask 077 && pulumi stack export --show-secrets --file FILE)" : ""}.`,
  );
}

/** Whether an export has no default instance: neither its address nor anything on it. */
function isOnNamedOnly(stack: StackExport): boolean {
  const all = [...stack.entries, ...stack.pending];
  const hasDefault = all.some(({ instance }) => instance === undefined);
  return settingIn(stack.config, "domain") === undefined && !hasDefault && namesIn(stack).length > 0;
}

/** The names of a stack's named instances, as far as the export shows them. */
function namesIn({ config, entries, pending }: StackExport): string[] {
  const instances = parseJson(textOf(settingIn(config, "instances")) ?? "");
  const used = [...entries, ...pending].flatMap(({ instance }) => textOf(instance) ?? []);
  return [...new Set([...(isRecord(instances) ? Object.keys(instances) : []), ...used])];
}

function onlyNamed(stack: StackExport): ZitadelError {
  const names = namesIn(stack);
  const all = names.map((name) => oneLine(JSON.stringify(name))).join(", ");
  return wrong(
    `Reading the default instance from ${oneLine(stack.file)} failed: zitadel-actions:domain is not set, but zitadel-actions:instances has ${all}: pass one of these names (\`${byOption(names[0] ?? "")}\`).`,
  );
}
