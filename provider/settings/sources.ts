import { perhaps } from "../api/closest";
import { hostIn, type Instance, instanceHeader, instanceHost, type ProxySettings } from "../api/instance";
import { attempt } from "../api/json";
import { type Caller, differ, readCredential } from "./credentials";
import { readCertificates, type Warn } from "./key-files";
import { conflictsIn, instancesProblem, pathArgument, settings, stackKey } from "./names";
import { isLoopback, readProxy } from "./proxy";
import { type Forms, nonEmpty, parseExternalDomain, parseObject, type Source, textForms, wrong } from "./values";

/** Stack configuration, by full key (`zitadel-actions:domain`). Objects arrive as JSON text, secrets in plain text. */
export type ConfigReader = (key: string) => string | undefined;

/** All instances in the settings. A mistake in one of them throws only when that one is requested. */
export interface Settings {
  /** Settings that work but should be fixed. */
  readonly warnings: readonly string[];
  /** @throws {ZitadelError} with code `settings`, which says what is missing or wrong, and which command sets it. */
  instance(name: string | undefined): Instance;
}

/** How to read each setting, except those of the log-in. */
const forms = { ...textForms, caCertificateFile: readCertificates } satisfies Forms;
type Key = keyof typeof forms;

/** With four or more writes in flight, ZITADEL's read model loses events, so the default stays well below. */
const defaultConcurrentWrites = 2;

/** A program. */
export const program: Caller = { select: (name) => `instance: ${JSON.stringify(name)}` };

export function readSettings(
  config: ConfigReader,
  env: Readonly<Record<string, string | undefined>>,
  caller: Caller = program,
): Settings {
  const { folder } = caller;
  const nothing: Source = {
    kind: "environment",
    read: () => undefined,
    name: (key) => key,
    command: (key) => key,
    folder,
  };
  const stack: Source = {
    kind: "stack",
    read: (key) => nonEmpty(config(stackKey(config, key))),
    name: (key) => stackKey(config, key),
    command: (key) => stackKey(config, key),
    folder,
  };
  const environment: Source = {
    ...nothing,
    read: (key) => (caller.isResource ? undefined : nonEmpty(env[settings[key].variable ?? ""])),
    name: (key) => settings[key].variable ?? key,
  };
  const instancesKey = stackKey(config, "instances");
  const more = () => readInstances(config, instancesKey, folder);
  const named = [...(attempt(more) ?? [])];
  const proxies = () => readProxy(env);
  const warnings = new Set<string>();
  const warn = (message: string) => void warnings.add(message);

  const instances = new Map<string | undefined, Instance | Error>();
  const read = (name: string | undefined, first: Source, second: Source) => {
    try {
      const missing = { names: named.map(([one]) => one), instancesKey, caller };
      instances.set(name, readInstance(name, first, second, proxies, warn, missing));
    } catch (error) {
      instances.set(name, error instanceof Error ? error : wrong("unreadable"));
    }
  };
  read(undefined, stack, environment);
  for (const [name, source] of named) read(name, source, nothing);
  const conflicts = conflictsIn(config);

  return {
    warnings: [...warnings],
    instance(name) {
      if (conflicts.length > 0) throw wrong(conflicts.join("; "));
      const instance = instances.get(name);
      if (instance instanceof Error) throw instance;
      if (instance !== undefined) return instance;
      const names = [...more().keys()];
      const known = names.map((key) => JSON.stringify(key)).join(", ") || "none";
      if (name === "")
        throw wrong(
          `the name of the instance is empty: pass one of the names in ${instancesKey} (configured: ${known}), or none for the default instance`,
        );
      const meant = perhaps(name ?? "", names, JSON.stringify);
      throw wrong(
        `${instancesKey} has no instance ${JSON.stringify(name)} (configured: ${known})${meant === "" ? ": add it" : `.${meant} Otherwise, add it`} with \`pulumi config set --path ${pathArgument(instancesKey, name ?? "", "domain")} <host>\``,
      );
    },
  };
}

/** What messages about missing settings need. */
interface Missing {
  /** The named instances, and the key that has them. */
  readonly names: readonly string[];
  readonly instancesKey: string;
  readonly caller: Caller;
}

/** The message about an instance without a domain. */
function noDomain(name: string | undefined, stack: Source, { names, instancesKey, caller }: Missing): string {
  if (caller.isStackless) return "ZITADEL_DOMAIN is not set: set it to the host of your instance, or pass --stack NAME";
  const set = `run \`pulumi config set ${stack.command("domain")} <host of your instance>\``;
  if (name !== undefined) return `${stack.name("domain")} is not set: ${set}`;
  const [first] = names;
  if (first === undefined)
    return `${stack.name("domain")} is not set: ${set}${caller.isResource ? "" : ", or set ZITADEL_DOMAIN"}`;
  return `${stack.name("domain")} is not set, but ${instancesKey} has ${names.map((one) => JSON.stringify(one)).join(", ")}: pass one of these names (\`${caller.select(first)}\`), or ${set}`;
}

function readInstance(
  name: string | undefined,
  stack: Source,
  environment: Source,
  proxies: () => ProxySettings | undefined,
  warn: Warn,
  missing: Missing,
): Instance {
  const problems: string[] = [];
  const collect = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      problems.push(error instanceof Error ? error.message : "unreadable");
      return undefined;
    }
  };
  // The parts of an address count only together: a port or a scheme of another one would send the credential to a wrong place.
  const elsewhere = differ(stack.read("domain"), environment.read("domain"));
  const first = <Name extends Key>(key: Name) => {
    const source = stack.read(key) !== undefined ? stack : environment;
    const text = source.read(key);
    if (text === undefined) return undefined;
    if (settings[key].of === "address" && (isStray(key, source) || (elsewhere && source === environment)))
      return undefined;
    return collect(() => forms[key](text, source.name(key), stack) as ReturnType<(typeof forms)[Name]>);
  };
  const isStray = (key: Key, source: Source): boolean => {
    const other = source === stack ? environment : stack;
    if (other.read("domain") === undefined || source.read("domain") !== undefined) return false;
    const set = (wanted: Key) => `\`pulumi config set ${stack.command(wanted)} …\``;
    const said = `${source.name(key)} is set, but the domain comes from ${other.name("domain")}`;
    if (source === stack)
      problems.push(`${said}: run ${set("domain")}, or set ${environment.name(key)} and remove ${stack.name(key)}`);
    else
      warn(
        `${source.name(key)} has no effect: the domain comes from ${other.name("domain")}, and the parts of an address count only together. If it is this instance's, run ${set(key)}; otherwise unset it`,
      );
    return true;
  };

  const hasDomain = stack.read("domain") !== undefined || environment.read("domain") !== undefined;
  if (!hasDomain) problems.push(noDomain(name, stack, missing));
  const domain = first("domain");
  const port = first("port");
  const insecure = first("insecure") ?? false;
  const maxConcurrentWrites = first("maxConcurrentWrites") ?? defaultConcurrentWrites;
  const external = first("externalDomain");
  const given = first("transportHeaders") ?? {};
  const scheme = insecure ? "http" : "https";
  // URL omits a scheme's default port, as the issuer of an instance does.
  const origin = domain && new URL(`${scheme}://${domain}${port === undefined ? "" : `:${port}`}`).origin;
  const issuer = collect(() => issuerIn(given, stack.name("transportHeaders"), scheme, external)) ?? origin;
  const certificateAuthority = first("caCertificateFile");
  // Without a domain, but with named instances, the default instance is most likely not meant.
  const isMeant = hasDomain || name !== undefined || missing.names.length === 0;
  const credential = isMeant
    ? collect(() => readCredential(name, stack, environment, issuer, warn, missing.caller))
    : undefined;
  const proxy = domain === undefined || isLoopback(domain) ? undefined : collect(proxies);
  if (problems.length > 0 || origin === undefined || issuer === undefined || credential === undefined)
    throw wrong(problems.join("; "));
  const headers = external === undefined ? given : { ...given, ...instanceHeader(issuer) };
  return { name, origin, issuer, credential, headers, certificateAuthority, proxy, maxConcurrentWrites };
}

/** The issuer by which the settings name the instance, if they do: `external`, the external domain, or what a header names. */
function issuerIn(headers: Instance["headers"], name: string, scheme: string, external?: string): string | undefined {
  const host = hostIn(headers);
  if (external !== undefined && host !== undefined)
    throw wrong(`${name} must not set ${instanceHost} beside the external domain, which sends it: remove one of them`);
  return external ?? (host && parseExternalDomain(`${scheme}://${host}`, name));
}

/** `instances`: from each name to the same keys as the default instance has. */
function readInstances(config: ConfigReader, all: string, folder: Source["folder"]): Map<string, Source> {
  const sources = new Map<string, Source>();
  const text = nonEmpty(config(all));
  if (text === undefined) return sources;
  const problem = instancesProblem(text, all);
  if (problem !== undefined) throw wrong(problem);
  const instances = Object.entries(parseObject(text, all)) as [string, Readonly<Record<string, unknown>>][];
  for (const [name, entry] of instances) {
    const textOf = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
    sources.set(name, {
      kind: "stack",
      // A key without a value in YAML is null.
      read: (key) => (Object.hasOwn(entry, key) ? nonEmpty(textOf(entry[key] ?? "")) : undefined),
      name: (key) => `${all}.${name}.${key}`,
      command: (key) => `--path ${pathArgument(all, name, key)}`,
      folder,
    });
  }
  return sources;
}
