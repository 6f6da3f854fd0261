// The settings of an instance, by their names. What they contain is read in sources.ts.
import type * as Closest from "../api/closest";
import { isRecord, parseJson } from "../api/json";

/** A setting: its variable in the environment, what it is a part of, and whether it can contain a credential. */
type Setting = Readonly<{ variable?: string; of?: "address" | "login"; isSecret?: true }>;

// The doc comments are the descriptions in native/schema.json.
const declared = {
  /** The host of the instance, such as `my-instance.example.com`. */
  domain: { variable: "ZITADEL_DOMAIN" },
  /** The port of the instance. Default: 443, or 80 if `insecure` is set. */
  port: { variable: "ZITADEL_PORT", of: "address" },
  /** Whether to use http instead of https. Default: `false`. */
  insecure: { variable: "ZITADEL_INSECURE", of: "address" },
  /** The external domain of the instance, if `domain` is another address. */
  externalDomain: { variable: "ZITADEL_EXTERNAL_DOMAIN", of: "address" },
  /** The personal access token of a service user. */
  accessToken: { variable: "ZITADEL_ACCESS_TOKEN", of: "login", isSecret: true },
  /** The file with the key of a service user, as you download it from ZITADEL. */
  jwtProfileFile: { variable: "ZITADEL_JWT_PROFILE_FILE", of: "login" },
  /** The key of a service user as JSON, as you download it from ZITADEL. */
  jwtProfileJson: { variable: "ZITADEL_JWT_PROFILE_JSON", of: "login", isSecret: true },
  /** The user name of a service user that logs in with a client secret. */
  clientId: { variable: "ZITADEL_CLIENT_ID", of: "login" },
  /** The client secret of that service user. */
  clientSecret: { variable: "ZITADEL_CLIENT_SECRET", of: "login", isSecret: true },
  /** The file with the certificate of a private certificate authority, in PEM. */
  caCertificateFile: { variable: "ZITADEL_CA_CERTIFICATE_FILE" },
  /** How many writes run at once. Default: 2. With 4 or more, ZITADEL before September 2026 can miss an event for good. */
  maxConcurrentWrites: { variable: "ZITADEL_MAX_CONCURRENT_WRITES" },
  /** More headers for each request, for a proxy in front of ZITADEL. */
  transportHeaders: { isSecret: true },
} as const satisfies Record<string, Setting>;

export type SettingKey = keyof typeof declared;
export type LoginKey = { [K in SettingKey]: (typeof declared)[K] extends { of: "login" } ? K : never }[SettingKey];

/** The settings of an instance, by their names in the stack configuration. */
export const settings: Readonly<Record<SettingKey, Setting>> = declared;
const keys = Object.keys(settings) as SettingKey[];

/** The names of all settings in the stack configuration. */
export const settingNames = [...keys, "instances"] as const;

/** The settings that log in, and those that can contain a credential. */
export const loginKeys = keys.filter((key): key is LoginKey => settings[key].of === "login");
export const credentialKeys = [...keys.filter((key) => settings[key].isSecret), "instances"] as const;

/** The variables that are read. */
export const variables = Object.values(settings).flatMap(({ variable }) => variable ?? []);

/** The keys in the stack configuration under which a setting is read. */
export function stackKeysOf(name: SettingKey | "instances"): readonly [string, string] {
  return [`zitadel-actions:${name}`, `zitadel:${name}`];
}

/** All keys in the stack configuration that are read. */
export const stackKeys = settingNames.flatMap(stackKeysOf);

/** Set by the command `try`: all requests go to its mock servers, so a program must not name another server. */
export const tryVariable = "PULUMI_ZITADEL_ACTIONS_TRY";

/**
 * The key of a setting in the stack configuration. `zitadel-actions` is this package's namespace. A setting in `zitadel`, the
 * namespace of the providers bridged from Terraform, is read too, because stacks share the domain and the key file with them;
 * those providers reject keys that they do not know.
 */
export function stackKey(config: (key: string) => unknown, name: SettingKey | "instances"): string {
  const [own, shared] = stackKeysOf(name);
  const isSet = (key: string) => (config(key) ?? "") !== "";
  return !isSet(own) && isSet(shared) ? shared : own;
}

/** A part of an object in the stack configuration, as an argument of `pulumi config set --path`. */
export function pathArgument(key: string, ...path: readonly string[]): string {
  const steps = path.map((step) => (/^[A-Za-z_][\w-]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`));
  return `'${[key, ...steps].join("").replaceAll("'", "'\\''")}'`;
}

/** What is wrong with settings that have different values in both namespaces. */
export function conflictsIn(config: (key: string) => string | undefined): string[] {
  return settingNames.flatMap((name) => {
    const keys = stackKeysOf(name);
    const [own = "", shared = ""] = keys.map((key) => config(key));
    if (own === "" || shared === "" || own === shared) return [];
    return `${keys.join(" and ")} differ: remove one of them, or set both to the same value`;
  });
}

/** What is wrong with the form of `instances`. It never repeats a value: that may be a secret. */
export function instancesProblem(text: string, key: string): string | undefined {
  const instances = parseJson(text);
  if (!isRecord(instances)) return `${key} must be a JSON object`;
  for (const [name, given] of Object.entries(instances)) {
    if (!isRecord(given)) return `${key}.${name} must be an object such as {"domain": "…", "accessToken": "…"}`;
    const unknown = Object.keys(given).find((one) => !Object.hasOwn(settings, one));
    if (unknown !== undefined)
      return `${key}.${name}.${unknown} is not a setting.${suggestions(unknown, keys)} The settings are ${keys.join(", ")}`;
  }
  return undefined;
}

function suggestions(word: string, words: readonly string[]): string {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a program that makes no mistake must not load it
  const { perhaps } = require("../api/closest") as typeof Closest;
  return perhaps(word, words);
}
