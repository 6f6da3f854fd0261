import { perhaps } from "../../provider/api/closest";
import { credentialVariables } from "../../provider/settings/credentials";
import type { Instance } from "../../provider/api/instance";
import { readSettings } from "../../provider/settings/sources";
import { hasCode, oneLine, type ZitadelError } from "../../provider/api/errors";
import { attempt, isRecord, parseJson } from "../../provider/api/json";
import { stackKey } from "../../provider/settings/names";
import { instanceOf } from "../environment";
import { byOption, instanceIn, naming, wrong } from "../stack";
import type { Terminal } from "../terminal";
import { settingIn, type StackExport } from "./state";
import { textOf } from "./values";

/** The instance to examine. */
export interface Examined {
  readonly instance: Instance;
  /** Notes on where it comes from. */
  readonly notes: readonly string[];
}

/**
 * The instance to examine: with `--stack`, that of the stack's configuration. Otherwise the one in the environment and, without
 * ZITADEL_DOMAIN, that of the configuration in the exports. Where that has the named instance, the environment does not matter.
 *
 * @param name the value of `--instance`.
 */
export function instanceToExamine(
  exports: readonly StackExport[],
  name: string | undefined,
  terminal: Terminal,
): Examined {
  const current = exports.filter(({ isCurrent }) => isCurrent);
  const isInEnvironment = (terminal.env["ZITADEL_DOMAIN"] ?? "") !== "";
  const fromEnvironment = () => explained(exports, terminal, () => instanceOf(terminal));
  if (name !== undefined) {
    const readable = current.length > 0 ? current : showing(exports, "instances");
    const having = readable.filter((stack) => configuredIn(stack).includes(name));
    if (having.length > 0) return { instance: readFrom(having, name, terminal), notes: [] };
    // Reading one that does not have it fails, and says so.
    const isHidden = current.length === 0 && readable.length < exports.length;
    if (!isHidden) return { instance: readFrom(readable, name, terminal), notes: [] };
    if (!isInEnvironment || !namesIn(exports).includes(name)) throw unreadable(exports, name);
    const note = `This is the instance of ZITADEL_DOMAIN: the export does not show the settings of ${naming(name)}.`;
    return { instance: instanceOf(terminal), notes: [note] };
  }
  if (current.length === 0 && isInEnvironment) return { instance: fromEnvironment(), notes: [] };
  const readable = current.length > 0 ? current : showing(exports, "domain");
  if (readable.length > 0) return { instance: readFrom(readable, name, terminal), notes: [] };
  const [named] = exports.filter(isOnNamedOnly);
  if (named !== undefined) throw onlyNamed(named);
  return { instance: fromEnvironment(), notes: [] };
}

/** The exports that show a setting. */
function showing(exports: readonly StackExport[], setting: "domain" | "instances"): readonly StackExport[] {
  return exports.filter(({ config }) => textOf(settingIn(config, setting)) !== undefined);
}

/** The instance that all of these stacks' configurations name. */
function readFrom(stacks: readonly StackExport[], name: string | undefined, terminal: Terminal): Instance {
  const instances = stacks.map((stack) => {
    const config = (key: string) => textOf(stack.config(key));
    const read = () => instanceIn(config, stack.file, name, terminal);
    return name === undefined ? explained([stack], terminal, read, config) : read();
  });
  const [first, ...others] = instances as [Instance, ...Instance[]];
  const other = others.find((one) => one.issuer !== first.issuer);
  if (other !== undefined)
    throw wrong(
      `The stacks name different servers for ${naming(name)}: ${first.issuer} and ${other.issuer}. Give the stacks of one of them.`,
    );
  return first;
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
  const names = namesIn(exports);
  const isUsed = names.includes(name);
  const why = isEncrypted
    ? "zitadel-actions:instances is encrypted in the export"
    : "the export has no zitadel-actions:instances";
  const known = names.length === 0 ? "" : ` (only ${listed(names)})`;
  const use = isUsed ? "." : `, and nothing in its state is on this instance${known}.${perhaps(name, names, spelt)}`;
  const environment = isUsed ? ", or set ZITADEL_DOMAIN and a credential for it" : "";
  const plain = isEncrypted
    ? ", or give an export that only you can read and that shows secrets: (umask 077 && pulumi stack export --show-secrets --file FILE)"
    : "";
  return wrong(
    `Finding ${naming(name)} failed: ${why}${use} Give the stack's name with --stack${environment}${plain}.`,
  );
}

/** Whether an export has no default instance: neither its address nor anything on it. */
function isOnNamedOnly(stack: StackExport): boolean {
  const all = [...stack.entries, ...stack.pending];
  const hasDefault = all.some(({ instance }) => instance === undefined);
  return settingIn(stack.config, "domain") === undefined && !hasDefault && namesIn([stack]).length > 0;
}

/** The names of the stacks' named instances, as far as the exports show them. */
function namesIn(exports: readonly StackExport[]): string[] {
  const used = ({ entries, pending }: StackExport) =>
    [...entries, ...pending].flatMap(({ instance }) => textOf(instance) ?? []);
  return [...new Set(exports.flatMap((stack) => [...configuredIn(stack), ...used(stack)]))];
}

/** The names in a stack's `zitadel-actions:instances`, as far as the export shows it. */
function configuredIn({ config }: StackExport): string[] {
  const instances = parseJson(textOf(settingIn(config, "instances")) ?? "");
  return isRecord(instances) ? Object.keys(instances) : [];
}

function onlyNamed(stack: StackExport): ZitadelError {
  const names = namesIn([stack]);
  return wrong(
    `Reading the default instance from ${oneLine(stack.file)} failed: zitadel-actions:domain is not set, but zitadel-actions:instances has ${listed(names)}: pass one of these names (\`${byOption(names[0] ?? "")}\`).`,
  );
}

function listed(names: readonly string[]): string {
  return names.map(spelt).join(", ");
}

function spelt(name: string): string {
  return oneLine(JSON.stringify(name));
}
