import { type Instance, readSettings } from "../../provider/config";
import { hasCode, oneLine, ZitadelError } from "../../provider/errors";
import { isRecord, parseJson } from "../../provider/json";
import { stackKey } from "../../provider/setting-names";
import { instanceOf } from "../environment";
import { remark, type Terminal } from "../terminal";
import type { Placed, Stack, StackExport } from "./stack";
import { textOf } from "./values";

// Which instance `doctor` examines, and which entries of a stack belong to it.

/**
 * The instance to examine: the one in the environment. With `--instance` and without ZITADEL_DOMAIN, it is that entry of the
 * stack's own `zitadel-actions:instances`.
 *
 * @param name the value of `--instance`.
 */
export function instanceToExamine(
  exports: readonly StackExport[],
  name: string | undefined,
  terminal: Terminal,
): Instance {
  if (name === undefined || (terminal.env["ZITADEL_DOMAIN"] ?? "") !== "") return instanceOf(terminal);
  const readable = exports.filter(({ config }) => textOf(instancesIn(config)) !== undefined);
  const instances = readable.map((one) => fromStack(one, name, terminal));
  const [first] = instances;
  if (first === undefined) throw unreadable(exports, name);
  const other = instances.find(({ origin }) => origin !== first.origin);
  if (other !== undefined)
    throw wrong(
      `The exports name different servers for instance ${quoted(name)}: ${first.origin} and ${other.origin}. Give the exports of one of them.`,
    );
  return first;
}

function fromStack({ file, config }: StackExport, name: string, terminal: Terminal): Instance {
  try {
    // As in the provider, the environment does not affect a named instance, except for proxies.
    const settings = readSettings((key) => textOf(config(key)), terminal.env);
    const instance = settings.instance(name);
    for (const warning of settings.warnings) remark(terminal, "warning", warning);
    return instance;
  } catch (error) {
    if (!hasCode(error, "settings")) throw error;
    throw wrong(`Reading instance ${quoted(name)} from ${oneLine(file)} failed: ${error.message}.`);
  }
}

function unreadable(exports: readonly StackExport[], name: string): ZitadelError {
  const isEncrypted = exports.some(({ config }) => instancesIn(config) === "encrypted");
  const why = isEncrypted
    ? "zitadel-actions:instances is encrypted in the export"
    : "the export has no zitadel-actions:instances";
  return wrong(
    `Finding instance ${quoted(name)} failed: ${why}. Set ZITADEL_DOMAIN and a credential for it${isEncrypted ? ", or give an export that only you can read and that shows secrets: (umask 077 && pulumi stack export --show-secrets --file FILE)" : ""}.`,
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

function quoted(name: string): string {
  return oneLine(JSON.stringify(name));
}

function wrong(message: string): ZitadelError {
  return new ZitadelError("settings", message, { operation: "read settings" });
}
