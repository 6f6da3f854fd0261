import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { ZitadelError } from "./errors";
import { attempt, isRecord, parseJson, pick } from "./json";

/** Stack configuration, by full key (`zitadel:domain`). Objects arrive as JSON text, secrets in plain text. */
export type ConfigReader = (key: string) => string | undefined;

/** A service user's key, as downloaded from ZITADEL. */
export interface ServiceAccountKey {
  readonly keyId: string;
  readonly userId: string;
  /** The private key as PEM. */
  readonly key: string;
}

/** How to log in to an instance. `source` says where the credential was found, for messages. */
export type Credential = { readonly source: "environment" | "stack" } & (
  | { readonly kind: "accessToken"; readonly accessToken: string }
  | { readonly kind: "jwtProfile"; readonly account: ServiceAccountKey }
  | { readonly kind: "clientCredentials"; readonly clientId: string; readonly clientSecret: string }
);

/** Everything that is needed to talk to one instance. */
export interface Instance {
  /** Its name in `zitadel:instances`; `undefined` for the default one. */
  readonly name: string | undefined;
  /** `https://host[:port]`, without a default port. A JWT profile's assertion must name it as the issuer. */
  readonly origin: string;
  readonly credential: Credential;
  readonly headers: Readonly<Record<string, string>>;
  /** PEM of a private certificate authority, trusted in addition to the public ones. */
  readonly certificateAuthority: string | undefined;
  readonly proxy: ProxySettings | undefined;
  readonly maxConcurrentWrites: number;
}

/**
 * Identifies the server of an instance, independent of its name in the settings: its origin and, behind a gateway that serves
 * several instances, the host by which ZITADEL distinguishes them.
 */
export function serverOf({ origin, headers }: Instance): string {
  const host = Object.entries(headers).find(([name]) => name.toLowerCase() === "x-zitadel-instance-host")?.[1];
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

/** The settings, each with its key in the stack configuration and its variable in the environment. */
export const settingKeys = {
  domain: "ZITADEL_DOMAIN",
  port: "ZITADEL_PORT",
  insecure: "ZITADEL_INSECURE",
  accessToken: "ZITADEL_ACCESS_TOKEN",
  jwtProfileFile: "ZITADEL_JWT_PROFILE_FILE",
  jwtProfileJson: "ZITADEL_JWT_PROFILE_JSON",
  clientId: "ZITADEL_CLIENT_ID",
  clientSecret: "ZITADEL_CLIENT_SECRET",
  caCertificateFile: "ZITADEL_CA_CERTIFICATE_FILE",
  maxConcurrentWrites: "ZITADEL_MAX_CONCURRENT_WRITES",
  transportHeaders: undefined,
} as const;

type Key = keyof typeof settingKeys;

/** Receives warnings about settings that should be fixed. */
export type Warn = (message: string) => void;

/** A source of settings, and how a message names one of its keys. */
interface Source {
  readonly kind: Credential["source"];
  read(key: Key): string | undefined;
  name(key: Key): string;
}

/** With four or more writes in flight, ZITADEL's read model loses events, so the default stays well below. */
const defaultConcurrentWrites = 2;

export function readSettings(config: ConfigReader, env: Readonly<Record<string, string | undefined>>): Settings {
  const nothing: Source = { kind: "environment", read: () => undefined, name: (key) => key };
  const stack: Source = {
    kind: "stack",
    read: (key) => nonEmpty(config(`zitadel:${key}`)),
    name: (key) => `zitadel:${key}`,
  };
  const environment: Source = {
    kind: "environment",
    read: (key) => nonEmpty(env[settingKeys[key] ?? ""]),
    name: (key) => settingKeys[key] ?? key,
  };
  const text = config("zitadel:instances");
  const more = () => readInstances(text);
  const proxies = () => readProxy(env);
  const warnings = new Set<string>();
  const warn = (message: string) => void warnings.add(message);

  const instances = new Map<string | undefined, Instance | Error>();
  const read = (name: string | undefined, first: Source, second: Source) => {
    try {
      instances.set(name, readInstance(name, first, second, proxies, warn));
    } catch (error) {
      instances.set(name, error instanceof Error ? error : wrong("unreadable"));
    }
  };
  read(undefined, stack, environment);
  for (const [name, source] of attempt(more) ?? []) read(name, source, nothing);

  return {
    warnings: [...warnings],
    instance(name) {
      const instance = instances.get(name);
      if (instance instanceof Error) throw instance;
      if (instance !== undefined) return instance;
      const known = [...more().keys()].map((key) => JSON.stringify(key));
      throw wrong(
        `zitadel:instances has no instance ${JSON.stringify(name)} (configured: ${known.join(", ") || "none"}): add it with \`pulumi config set ${command(name, "domain")} <host>\``,
      );
    },
  };
}

function readInstance(
  name: string | undefined,
  stack: Source,
  environment: Source,
  proxies: () => ProxySettings | undefined,
  warn: Warn,
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
  // If the domains differ, ignore the environment's port and plain HTTP: they would send this credential to a wrong place.
  const elsewhere = differ(stack.read("domain"), environment.read("domain"));
  const first = <T>(key: Key, parse: (text: string, key: string, instance: string | undefined) => T): T | undefined => {
    const source = stack.read(key) !== undefined ? stack : environment;
    if (elsewhere && source === environment && (key === "port" || key === "insecure")) return undefined;
    const text = source.read(key);
    if (text === undefined) return undefined;
    return collect(() => parse(text, source.name(key), name));
  };

  if (stack.read("domain") === undefined && environment.read("domain") === undefined) {
    problems.push(
      `${stack.name("domain")} is not set: run \`pulumi config set ${command(name, "domain")} <host of your instance>\`${name === undefined ? ", or set ZITADEL_DOMAIN" : ""}`,
    );
  }
  const domain = first("domain", parseDomain);
  const port = first("port", (text, key) => wholeNumber(text, 65_535, `${key} must be a port, from 1 to 65535`));
  const insecure = first("insecure", parseFlag) ?? false;
  const count = (text: string, key: string) => wholeNumber(text, 9_999, `${key} must be a whole number from 1`);
  const maxConcurrentWrites = first("maxConcurrentWrites", count) ?? defaultConcurrentWrites;
  const headers = first("transportHeaders", parseHeaders) ?? {};
  const certificateAuthority = first("caCertificateFile", readCertificates);
  const credential = collect(() => readCredential(name, stack, environment, warn));
  const proxy = domain === undefined || isLoopback(domain) ? undefined : collect(proxies);
  if (problems.length > 0 || domain === undefined || credential === undefined) {
    throw wrong(problems.join("; "));
  }
  // URL omits a scheme's default port, as the issuer of an instance does.
  const { origin } = new URL(`${insecure ? "http" : "https"}://${domain}${port === undefined ? "" : `:${port}`}`);
  return { name, origin, credential, headers, certificateAuthority, proxy, maxConcurrentWrites };
}

/**
 * Credentials in the environment take precedence: `pulumi refresh` and `pulumi destroy` see the stack configuration of the last
 * `up`, and an expired token in it must not override the one that the pipeline passes today.
 */
function readCredential(name: string | undefined, stack: Source, environment: Source, warn: Warn): Credential {
  const given = readCredentialOf(environment, warn);
  const credential = given ?? readCredentialOf(stack, warn);
  if (credential === undefined) {
    throw wrong(
      `no credential is set: run \`pulumi config set --secret ${command(name, "accessToken")} <token>\`${name === undefined ? ", or set ZITADEL_ACCESS_TOKEN, ZITADEL_JWT_PROFILE_FILE, or ZITADEL_CLIENT_ID and ZITADEL_CLIENT_SECRET" : ""}`,
    );
  }
  const here = stack.read("domain");
  const there = environment.read("domain");
  if (given !== undefined && differ(here, there)) {
    // A value that is not a host may contain a password, so it is not shown.
    const [ours, theirs] = [here, there].map((text = "") => attempt(() => parseDomain(text, "domain")) ?? "not a host");
    throw wrong(
      `ZITADEL_DOMAIN (${theirs}) is not this stack's zitadel:domain (${ours}), so the credential in the environment would go to the wrong host: unset ZITADEL_DOMAIN, or pass this stack's credential`,
    );
  }
  return credential;
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
  const { kind } = source;
  const value = source.read(way) ?? "";
  const name = source.name(way);
  switch (way) {
    case "accessToken":
      return { kind: "accessToken", source: kind, accessToken: printable(value, name) };
    case "jwtProfileFile":
      return { kind: "jwtProfile", source: kind, account: parseAccount(readSecretFile(value, name, warn), name) };
    case "jwtProfileJson":
      return { kind: "jwtProfile", source: kind, account: parseAccount(value, name) };
    case "clientId": {
      const missing = (["clientId", "clientSecret"] as const).find((key) => !set.includes(key));
      if (missing !== undefined)
        throw wrong(`${names.join("")} is set, but ${source.name(missing)} is not: both are needed`);
      const clientId = printable(value, name);
      const clientSecret = printable(source.read("clientSecret") ?? "", source.name("clientSecret"));
      return { kind: "clientCredentials", source: kind, clientId, clientSecret };
    }
  }
}

/** `zitadel:instances`: from each name to the same keys as the default instance has. */
function readInstances(text: string | undefined): Map<string, Source> {
  const sources = new Map<string, Source>();
  if (text === undefined || text === "") return sources;
  for (const [name, entry] of Object.entries(parseObject(text, "zitadel:instances"))) {
    if (!isRecord(entry)) {
      throw wrong(`zitadel:instances.${name} must be an object such as {"domain": "…", "accessToken": "…"}`);
    }
    const unknown = Object.keys(entry).find((key) => !Object.hasOwn(settingKeys, key));
    if (unknown !== undefined)
      throw wrong(
        `zitadel:instances.${name}.${unknown} is not a setting. The settings are ${Object.keys(settingKeys).join(", ")}`,
      );
    const textOf = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
    sources.set(name, {
      kind: "stack",
      read: (key) => (Object.hasOwn(entry, key) ? nonEmpty(textOf(entry[key])) : undefined),
      name: (key) => `zitadel:instances.${name}.${key}`,
    });
  }
  return sources;
}

function parseDomain(text: string, name: string, instance?: string): string {
  const example = `for example \`pulumi config set ${command(instance, "domain")} my-instance.zitadel.cloud\``;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) throw wrong(`${name} must be a host without a scheme, ${example}`);
  if (/[/?#]/.test(text)) throw wrong(`${name} must be a host without a path, ${example}`);
  if (text.includes("@")) throw wrong(`${name} must be a host without credentials, ${example}`);
  if (/:\d*$/.test(text) && !text.endsWith("]")) {
    throw wrong(
      `${name} must be a host without a port: set the port with \`pulumi config set ${command(instance, "port")} <port>\``,
    );
  }
  const host = attempt(() => new URL(`https://${text}`).hostname);
  const isTooLong = host?.split(".").some((label) => label.length > 63) ?? true;
  if (host !== text.toLowerCase() || isTooLong) throw wrong(`${name} must be a host name, ${example}`);
  return host;
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
const ownHeaders = /^(authorization|host|content-type|content-length|transfer-encoding|connection)$/i;

function parseHeaders(text: string, name: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [key, value] of Object.entries(parseObject(text, name))) {
    if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(key)) throw wrong(`${name} has a key that is not a header name`);
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
    // Somebody may have set the content itself or another secret by mistake: never repeat that.
    const isPath = /^[^\n\r{]{1,250}$/.test(path) && /[/\\.]/.test(path) && !/[A-Za-z0-9+]{32}/.test(path);
    if (!isPath) throw wrong(`${name} must be the path of a file (${code}), not its content`);
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
function quoted(text: string): string {
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

/** A key as an argument of `pulumi config set`. */
export function command(name: string | undefined, key: Key): string {
  if (name === undefined) return `zitadel:${key}`;
  const step = /^[A-Za-z_][\w-]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
  return `--path 'zitadel:instances${step}.${key}'`;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

function wrong(problem: string): ZitadelError {
  return new ZitadelError("settings", problem, { operation: "read settings" });
}
