// The settings of an instance, by their names. What they contain is read in sources.ts.
import type * as Closest from "../api/closest";
import { isRecord, parseJson } from "../api/json";

/** The settings, each with its name in the stack configuration and its variable in the environment. */
export const settingKeys = {
  domain: "ZITADEL_DOMAIN",
  port: "ZITADEL_PORT",
  insecure: "ZITADEL_INSECURE",
  externalDomain: "ZITADEL_EXTERNAL_DOMAIN",
  accessToken: "ZITADEL_ACCESS_TOKEN",
  jwtProfileFile: "ZITADEL_JWT_PROFILE_FILE",
  jwtProfileJson: "ZITADEL_JWT_PROFILE_JSON",
  clientId: "ZITADEL_CLIENT_ID",
  clientSecret: "ZITADEL_CLIENT_SECRET",
  caCertificateFile: "ZITADEL_CA_CERTIFICATE_FILE",
  maxConcurrentWrites: "ZITADEL_MAX_CONCURRENT_WRITES",
  transportHeaders: undefined,
} as const;

export type SettingKey = keyof typeof settingKeys;

/** The names of the settings in the stack configuration. */
export const settingNames = [...(Object.keys(settingKeys) as SettingKey[]), "instances"] as const;

/** The settings that can contain a credential. */
export const credentialKeys = [
  "accessToken",
  "jwtProfileJson",
  "clientSecret",
  "transportHeaders",
  "instances",
] as const;

/** The keys in the stack configuration under which a setting is read. */
export function stackKeysOf(name: SettingKey | "instances"): readonly [string, string] {
  return [`zitadel-actions:${name}`, `zitadel:${name}`];
}

/** All keys in the stack configuration that are read. */
export const stackKeys = settingNames.flatMap(stackKeysOf);

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
  for (const [name, settings] of Object.entries(instances)) {
    if (!isRecord(settings)) return `${key}.${name} must be an object such as {"domain": "…", "accessToken": "…"}`;
    const unknown = Object.keys(settings).find((one) => !Object.hasOwn(settingKeys, one));
    if (unknown !== undefined)
      return `${key}.${name}.${unknown} is not a setting.${suggestions(unknown, Object.keys(settingKeys))} The settings are ${Object.keys(settingKeys).join(", ")}`;
  }
  return undefined;
}

function suggestions(word: string, words: readonly string[]): string {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a program that makes no mistake must not load it
  const { perhaps } = require("../api/closest") as typeof Closest;
  return perhaps(word, words);
}
