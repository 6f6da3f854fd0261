import type { Instance } from "../../provider/config";
import type { ZitadelError } from "../../provider/errors";
import { isRecord, parseJson } from "../../provider/json";
import { stackKey } from "../../provider/setting-names";
import { instanceOf } from "../environment";
import { instanceIn, naming, wrong } from "../stack";
import type { Terminal } from "../terminal";
import type { Placed, Stack, StackExport } from "./stack";
import { textOf } from "./values";

// Which instance `doctor` examines, and which entries of a stack belong to it.

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
  if (current.length === 0 && (terminal.env["ZITADEL_DOMAIN"] ?? "") !== "") return instanceOf(terminal);
  const needed = name === undefined ? "domain" : "instances";
  const readable =
    current.length > 0
      ? current
      : exports.filter(({ config }) => textOf(config(stackKey(config, needed))) !== undefined);
  const instances = readable.map(({ file, config }) => {
    return instanceIn((key) => textOf(config(key)), file, name, terminal);
  });
  const [first] = instances;
  if (first === undefined) {
    if (name === undefined) return instanceOf(terminal);
    throw unreadable(exports, name);
  }
  const other = instances.find(({ origin }) => origin !== first.origin);
  if (other !== undefined)
    throw wrong(
      `The stacks name different servers for ${naming(name)}: ${first.origin} and ${other.origin}. Give the stacks of one of them.`,
    );
  return first;
}

function unreadable(exports: readonly StackExport[], name: string): ZitadelError {
  const isEncrypted = exports.some(({ config }) => instancesIn(config) === "encrypted");
  const why = isEncrypted
    ? "zitadel-actions:instances is encrypted in the export"
    : "the export has no zitadel-actions:instances";
  return wrong(
    `Finding ${naming(name)} failed: ${why}. Give the stack's name with --stack, or set ZITADEL_DOMAIN and a credential for it${isEncrypted ? ", or give an export that only you can read and that shows secrets: (umask 077 && pulumi stack export --show-secrets --file FILE)" : ""}.`,
  );
}

/** Separates an export's entries that belong to the examined instance from the others. */
export function placed(stack: StackExport, name: string | undefined, { origin }: Pick<Instance, "origin">): Stack {
  const { file, plain, entries, pending } = stack;
  const origins = originsIn(stack);
  const isHere = ({ instance }: Pick<Placed<unknown>, "instance">) => {
    const itsName = textOf(instance);
    if (itsName === undefined && instance !== undefined) return false; // its name cannot be read
    // Two names may lead to one server: then use the entries of both.
    return itsName === name || origins.get(itsName) === origin;
  };
  const here = <What>(all: readonly Placed<What>[]) => all.filter(isHere).map(({ what }) => what);
  return {
    file,
    plain,
    entries: here(entries),
    pending: here(pending),
    elsewhere: [...entries, ...pending].filter((one) => !isHere(one)).map(({ what }) => what),
    domains: name === undefined ? stack.domains : hostnamesOf([origins.get(name)]),
    otherName: [...origins].find(([one, its]) => one !== undefined && one !== name && its === origin)?.[0],
  };
}

/** The origins of a stack's instances by name, as far as the export shows them; `undefined` is the default instance. */
function originsIn({ config }: StackExport): ReadonlyMap<string | undefined, string> {
  const origins = new Map<string | undefined, string>();
  const add = (name: string | undefined, setting: (key: "domain" | "port" | "insecure") => unknown) => {
    // Numbers and flags may be JSON values or strings.
    const [domain, port, insecure] = (["domain", "port", "insecure"] as const).map((key) => {
      const value = setting(key);
      return typeof value === "string" ? value : JSON.stringify(value);
    });
    if (domain === undefined) return;
    const url = `${insecure === "true" ? "http" : "https"}://${domain}${port === undefined || port === "" ? "" : `:${port}`}`;
    if (URL.canParse(url)) origins.set(name, new URL(url).origin);
  };
  add(undefined, (key) => textOf(config(stackKey(config, key))));
  const instances = parseJson(textOf(instancesIn(config)) ?? "");
  if (isRecord(instances)) {
    for (const [name, entry] of Object.entries(instances)) if (isRecord(entry)) add(name, (key) => entry[key]);
  }
  return origins;
}

function instancesIn(config: StackExport["config"]) {
  return config(stackKey(config, "instances"));
}

function hostnamesOf(origins: readonly (string | undefined)[]): string[] {
  return origins.flatMap((one) => (one === undefined ? [] : new URL(one).hostname));
}
