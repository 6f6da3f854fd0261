import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { perhaps } from "./closest";
import { ZitadelError } from "./errors";
import { attempt, isRecord, parseJson, pick } from "./json";
import { looksLikePath } from "./redact";
import {
  conflictsIn,
  instancesProblem,
  pathArgument,
  type SettingKey as Key,
  settingKeys,
  stackKey,
} from "./setting-names";

/** Stack configuration, by full key (`zitadel-actions:domain`). Objects arrive as JSON text, secrets in plain text. */
export type ConfigReader = (key: string) => string | undefined;

/** A service user's key, as downloaded from ZITADEL. */
export interface ServiceAccountKey {
  readonly keyId: string;
  readonly userId: string;
  /** The private key as PEM. */
  readonly key: string;
}

/**
 * How to log in to an instance. `source` says where the credential was found, and `command` the arguments of `pulumi config set`
 * that set a new one, for messages.
 */
export type Credential = { readonly source: "environment" | "stack"; readonly command?: string } & (
  | { readonly kind: "accessToken"; readonly accessToken: string }
  | { readonly kind: "jwtProfile"; readonly account: ServiceAccountKey }
  | { readonly kind: "clientCredentials"; readonly clientId: string; readonly clientSecret: string }
);

/** Everything that is needed to talk to one instance. */
export interface Instance {
  /** Its name in `zitadel-actions:instances`; `undefined` for the default one. */
  readonly name: string | undefined;
  /** Where requests go: `https://host[:port]`, without a default port. */
  readonly origin: string;
  /** The instance's issuer, in the same form: a JWT profile's assertion must name it. The origin, unless `externalDomain` is set. */
  readonly issuer: string;
  readonly credential: Credential;
  readonly headers: Readonly<Record<string, string>>;
  /** PEM of a private certificate authority, trusted in addition to the public ones. */
  readonly certificateAuthority: string | undefined;
  readonly proxy: ProxySettings | undefined;
  readonly maxConcurrentWrites: number;
}

/** The header that names the instance in a request that arrives at another address than its external domain. */
const instanceHost = "x-zitadel-instance-host";

/** The header for an instance with this issuer. */
export function instanceHeader(issuer: string): Readonly<Record<string, string>> {
  return { [instanceHost]: new URL(issuer).host };
}

/**
 * Identifies the server of an instance, independent of its name in the settings: its issuer or, where only a header names the
 * instance, its origin with that host.
 */
export function serverOf({ origin, issuer, headers }: Instance): string {
  if (issuer !== origin) return issuer;
  const host = Object.entries(headers).find(([name]) => name.toLowerCase() === instanceHost)?.[1];
  return host === undefined ? origin : `${origin} (${host.toLowerCase()})`;
}

/** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as Node's own agents expect them. */
export type ProxySettings = Readonly<Record<string, string>>;

/** All instances in the settings. A mistake in one of them throws only when that one is requested. */
export interface Settings {
  /** Settings that work but should be fixed. */
  readonly warnings: readonly string[];
  /** @throws {ZitadelError} with code `settings`, which says what is missing or wrong, and which command sets it. */
  instance(name: string | undefined): Instance;
}

/** Receives warnings about settings that should be fixed. */
export type Warn = (message: string) => void;

/** A source of settings, and how a message names one of its keys. */
interface Source {
  readonly kind: Credential["source"];
  read(key: Key): string | undefined;
  name(key: Key): string;
  /** The key as an argument of `pulumi config set`. */
  command(key: Key): string;
}

/** The settings that, with the domain, say where an instance is. */
const addressKeys: ReadonlySet<Key> = new Set<Key>(["port", "insecure", "externalDomain"]);

/** With four or more writes in flight, ZITADEL's read model loses events, so the default stays well below. */
const defaultConcurrentWrites = 2;

/** What reads the settings, for messages: a program, or a command with or without a stack. */
export interface Caller {
  /** How to select the named instance `name`. */
  readonly select: (name: string) => string;
  /** Whether it reads no stack configuration, but only the environment. */
  readonly isStackless?: true;
}

/** A program. */
const program: Caller = { select: (name) => `instance: ${JSON.stringify(name)}` };

/** The ways to log in, by their variables. */
export const credentialVariables =
  "ZITADEL_ACCESS_TOKEN (a personal access token), ZITADEL_JWT_PROFILE_FILE or ZITADEL_JWT_PROFILE_JSON (the key of a service user), or ZITADEL_CLIENT_ID and ZITADEL_CLIENT_SECRET";

export function readSettings(
  config: ConfigReader,
  env: Readonly<Record<string, string | undefined>>,
  caller: Caller = program,
): Settings {
  const nothing: Source = { kind: "environment", read: () => undefined, name: (key) => key, command: (key) => key };
  const stack: Source = {
    kind: "stack",
    read: (key) => nonEmpty(config(stackKey(config, key))),
    name: (key) => stackKey(config, key),
    command: (key) => stackKey(config, key),
  };
  const environment: Source = {
    ...nothing,
    read: (key) => nonEmpty(env[settingKeys[key] ?? ""]),
    name: (key) => settingKeys[key] ?? key,
  };
  const instancesKey = stackKey(config, "instances");
  const more = () => readInstances(config, instancesKey);
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
  if (first === undefined) return `${stack.name("domain")} is not set: ${set}, or set ZITADEL_DOMAIN`;
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
  // If the domains differ, ignore the rest of the environment's address: it would send this credential to a wrong place.
  const elsewhere = differ(stack.read("domain"), environment.read("domain"));
  const first = <T>(key: Key, parse: (text: string, key: string) => T): T | undefined => {
    const source = stack.read(key) !== undefined ? stack : environment;
    if (elsewhere && source === environment && addressKeys.has(key)) return undefined;
    const text = source.read(key);
    if (text === undefined) return undefined;
    return collect(() => parse(text, source.name(key)));
  };

  const hasDomain = stack.read("domain") !== undefined || environment.read("domain") !== undefined;
  if (!hasDomain) problems.push(noDomain(name, stack, missing));
  const domain = first("domain", (text, key) => parseDomain(text, key, (wanted) => stack.command(wanted)));
  const port = first("port", (text, key) => wholeNumber(text, 65_535, `${key} must be a port, from 1 to 65535`));
  const insecure = first("insecure", parseFlag) ?? false;
  const count = (text: string, key: string) => wholeNumber(text, 9_999, `${key} must be a whole number from 1`);
  const maxConcurrentWrites = first("maxConcurrentWrites", count) ?? defaultConcurrentWrites;
  const from = stack.read("externalDomain") !== undefined ? stack : environment;
  // The domain of the other source may be that of another instance.
  const isStray = hasDomain && from.read("externalDomain") !== undefined && from.read("domain") === undefined;
  const setDomain = `run \`pulumi config set ${stack.command("domain")} <host of your instance>\``;
  const setExternal = `run \`pulumi config set ${stack.command("externalDomain")} <external domain>\``;
  if (isStray && from === stack)
    problems.push(
      `${stack.name("externalDomain")} is set, but the domain comes from ${environment.name("domain")}: ${setDomain}, or set ${environment.name("externalDomain")} and remove ${stack.name("externalDomain")}`,
    );
  if (isStray && from === environment)
    warn(
      `${environment.name("externalDomain")} has no effect: the domain comes from ${stack.name("domain")}, and an external domain counts only beside the domain that it belongs to. If it is this instance's, ${setExternal}; otherwise unset it`,
    );
  const external = isStray ? undefined : first("externalDomain", parseExternalDomain);
  const given = first("transportHeaders", (text, key) => parseHeaders(text, key, stack)) ?? {};
  const certificateAuthority = first("caCertificateFile", readCertificates);
  // Without a domain, but with named instances, the default instance is most likely not meant.
  const isMeant = hasDomain || name !== undefined || missing.names.length === 0;
  const credential = isMeant
    ? collect(() => readCredential(name, stack, environment, warn, missing.caller))
    : undefined;
  const proxy = domain === undefined || isLoopback(domain) ? undefined : collect(proxies);
  if (problems.length > 0 || domain === undefined || credential === undefined) {
    throw wrong(problems.join("; "));
  }
  // URL omits a scheme's default port, as the issuer of an instance does.
  const { origin } = new URL(`${insecure ? "http" : "https"}://${domain}${port === undefined ? "" : `:${port}`}`);
  const issuer = external ?? origin;
  const headers = external === undefined ? given : { ...given, ...instanceHeader(issuer) };
  return { name, origin, issuer, credential, headers, certificateAuthority, proxy, maxConcurrentWrites };
}

/**
 * Credentials in the environment take precedence: `pulumi refresh` and `pulumi destroy` see the stack configuration of the last
 * `up`, and an expired token in it must not override the one that the pipeline passes today.
 */
function readCredential(
  name: string | undefined,
  stack: Source,
  environment: Source,
  warn: Warn,
  caller: Caller,
): Credential {
  const given = readCredentialOf(environment, warn);
  const credential = given ?? readCredentialOf(stack, warn);
  if (credential === undefined) throw wrong(noCredential(name, stack, caller));
  const here = stack.read("domain");
  const there = environment.read("domain");
  if (given !== undefined && differ(here, there)) {
    // A value that is not a host may contain a password, so it is not shown.
    const [ours, theirs] = [here, there].map((text = "") => attempt(() => parseDomain(text)) ?? "not a host");
    throw wrong(
      `ZITADEL_DOMAIN (${theirs}) is not this stack's ${stack.name("domain")} (${ours}), so the credential in the environment would go to the wrong host: unset ZITADEL_DOMAIN, or pass this stack's credential`,
    );
  }
  return credential;
}

/** The message about an instance without a credential. */
function noCredential(name: string | undefined, stack: Source, caller: Caller): string {
  const set = `run \`pulumi config set --secret ${stack.command("accessToken")} <token>\` or \`pulumi config set ${stack.command("jwtProfileFile")} <path of a key file>\``;
  const ways =
    name !== undefined
      ? `${set} (a named instance takes no credential from the environment)`
      : `set ${credentialVariables}${caller.isStackless ? "" : `, or ${set}`}`;
  return `no credential is set: ${ways}`;
}

/** Whether both domains are set, and are not the same. */
function differ(here: string | undefined, there: string | undefined): boolean {
  return here !== undefined && there !== undefined && here.toLowerCase() !== there.toLowerCase();
}

function readCredentialOf(source: Source, warn: Warn): Credential | undefined {
  const keys = ["accessToken", "jwtProfileFile", "jwtProfileJson", "clientId", "clientSecret"] as const;
  const set = keys.filter((key) => source.read(key) !== undefined);
  const names = set.map((key) => source.name(key));
  const [way, ...others] = new Set(set.map((key) => (key === "clientSecret" ? "clientId" : key)));
  if (way === undefined) return undefined;
  if (others.length > 0) throw wrong(`more than one way to log in is set (${names.join(", ")}): keep one of them`);
  const value = source.read(way) ?? "";
  const name = source.name(way);
  const secret = way === "clientId" ? "clientSecret" : way;
  const command = `${way === "jwtProfileFile" ? "" : "--secret "}${source.command(secret)}`;
  const from = { source: source.kind, ...(source.kind === "stack" && { command }) };
  switch (way) {
    case "accessToken":
      return { kind: "accessToken", ...from, accessToken: printable(value, name) };
    case "jwtProfileFile":
      return { kind: "jwtProfile", ...from, account: parseAccount(readSecretFile(value, name, warn), name) };
    case "jwtProfileJson":
      return { kind: "jwtProfile", ...from, account: parseAccount(value, name) };
    case "clientId": {
      const missing = (["clientId", "clientSecret"] as const).find((key) => !set.includes(key));
      if (missing !== undefined)
        throw wrong(`${names.join("")} is set, but ${source.name(missing)} is not: both are needed`);
      const clientId = printable(value, name);
      const clientSecret = printable(source.read("clientSecret") ?? "", source.name("clientSecret"));
      return { kind: "clientCredentials", ...from, clientId, clientSecret };
    }
  }
}

/** `instances`: from each name to the same keys as the default instance has. */
function readInstances(config: ConfigReader, all: string): Map<string, Source> {
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
      read: (key) => (Object.hasOwn(entry, key) ? nonEmpty(textOf(entry[key])) : undefined),
      name: (key) => `${all}.${name}.${key}`,
      command: (key) => `--path ${pathArgument(all, name, key)}`,
    });
  }
  return sources;
}

function parseDomain(text: string, name = "domain", command: Source["command"] = (key) => key): string {
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
    if (key.toLowerCase() === instanceHost && source.read("externalDomain") !== undefined)
      throw wrong(
        `${name} must not set ${key} beside ${source.name("externalDomain")}, which sends it: remove one of them`,
      );
    if (ownHeaders.test(key)) throw wrong(`${name} must not set ${key}: the provider sets it itself`);
    if (typeof value !== "string") throw wrong(`${name}.${key} must be a string`);
    headers[key] = printable(value, `${name}.${key}`);
  }
  return headers;
}

function parseAccount(text: string, name: string): ServiceAccountKey {
  const file = parseKeyFile(text, name);
  const how = "download a new key of the service user in ZITADEL's console (Keys > New, type JSON)";
  if (file["type"] !== undefined && file["type"] !== "serviceaccount") {
    throw wrong(`${name} is not a "serviceaccount" key: ${how}`);
  }
  const missing = ["keyId", "key", "userId"].filter((key) => typeof file[key] !== "string" || file[key] === "");
  if (missing.length > 0) throw wrong(`${name} is not a complete key file, it lacks ${missing.join(", ")}: ${how}`);
  const account = { keyId: String(file["keyId"]), key: String(file["key"]), userId: String(file["userId"]) };
  const key = attempt(() => createPrivateKey(account.key));
  if (key === undefined) throw wrong(`${name} has no readable private key in its field "key": ${how}`);
  if (key.asymmetricKeyType !== "rsa" || (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048) {
    throw wrong(`${name} must contain an RSA key of at least 2048 bits: ${how}`);
  }
  return account;
}

/** Reads a key file as CI variables contain it: it may be in base64, or begin with a byte order mark. */
function parseKeyFile(text: string, name: string): Readonly<Record<string, unknown>> {
  const trim = (one: string) => one.replace(/^\uFEFF/, "").trim();
  const given = trim(text);
  const isBase64 = /^[A-Za-z0-9+/_-]+={0,2}$/.test(given.replace(/\s+/g, ""));
  const file = isBase64 ? trim(Buffer.from(given, "base64").toString()) : given;
  const value = parseJson(file);
  if (isRecord(value)) return value;
  const looksLike =
    typeof value === "string" || /^['"]/.test(file)
      ? "it is in quotes: remove them"
      : isRecord(parseJson(file.replace(/\r?\n/g, "\\n")))
        ? "it has line breaks inside a string: keep them as \\n, or encode the file in base64"
        : "set the whole key file, from { to }, or its base64";
  throw wrong(`${name} must be a key file in JSON; ${looksLike}`);
}

function readCertificates(path: string, name: string): string {
  const text = readText(path, name);
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const read = attempt(() => certificates.map((certificate) => new X509Certificate(certificate)));
  if (certificates.length === 0 || read === undefined) {
    throw wrong(`${name} names ${path}, which contains no PEM certificate`);
  }
  return text;
}

function readText(path: string, name: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
    if (!looksLikePath(path)) throw wrong(`${name} must be the path of a file (${code}), not its content`);
    throw wrong(`${name} names ${path}, which cannot be read (${code}); relative paths start at the program's folder`);
  }
}

/** Reads a file that only its owner should be able to read. */
function readSecretFile(path: string, name: string, warn: Warn): string {
  const text = readText(path, name);
  const mode = statSync(path).mode & 0o777;
  // Windows stores permissions differently.
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    warn(
      `${name} names ${path}, a private key that other users can read (its mode is ${mode.toString(8)}): run \`chmod 600 ${quoted(path)}\``,
    );
  }
  return text;
}

/** Quotes a text for a shell command, if necessary. */
export function quoted(text: string): string {
  return /^[\w./@+-]+$/.test(text) && !text.startsWith("-") ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Parses without ever repeating the text: it may contain secrets, and JSON's own messages quote it. */
function parseObject(text: string, name: string): Readonly<Record<string, unknown>> {
  const value = parseJson(text);
  if (!isRecord(value)) throw wrong(`${name} must be a JSON object`);
  return value;
}

/** Header values must be printable ASCII: the line break of a token that was read from a file must not split a header. */
function printable(value: string, name: string): string {
  if (/^[\x20-\x7e]+$/.test(value)) return value;
  throw wrong(`${name} contains a line break or another character that is not allowed in a header`);
}

/** Node silently ignores a proxy whose address it does not understand. The address may contain a password: never repeat it. */
function readProxy(env: Readonly<Record<string, string | undefined>>): ProxySettings | undefined {
  const read = (name: string) => nonEmpty(env[name.toLowerCase()]) ?? nonEmpty(env[name]);
  const [HTTP_PROXY, HTTPS_PROXY, NO_PROXY] = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"].map(read);
  const proxies = pick({ HTTP_PROXY, HTTPS_PROXY }, "HTTP_PROXY", "HTTPS_PROXY");
  for (const [name, address] of Object.entries(proxies)) {
    const credential = attempt(() => {
      const { username, password } = new URL(address);
      return decodeURIComponent(username + password);
    });
    if (credential === undefined || /[^\x21-\x7e]/.test(address) || !/^https?:\/\//.test(address))
      throw wrong(`${name} must be the URL of an HTTP proxy, such as http://proxy.example.com:3128`);
  }
  return Object.keys(proxies).length === 0 ? undefined : { ...proxies, ...pick({ NO_PROXY }, "NO_PROXY") };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(\.\d+){3}$/.test(host);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

function wrong(problem: string): ZitadelError {
  return new ZitadelError("settings", problem, { operation: "read settings" });
}
