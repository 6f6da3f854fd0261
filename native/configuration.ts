// The provider's own settings, which are the inputs of its provider resource.
import { isDeepStrictEqual } from "node:util";
import { perhaps } from "../provider/api/closest";
import { pick } from "../provider/api/json";
import { unknownSetting } from "../provider/core/misspelt";
import { type Properties, unknown } from "../provider/core/properties";
import { isDefaultProvider } from "../provider/core/tokens";
import { credentialKeys, instancesProblem, settingNames, tryVariable } from "../provider/settings/names";
import type { ConfigReader } from "../provider/settings/sources";
import { partsOf } from "./kinds";
import { isMarked, plain } from "./structs";

/** What Pulumi adds to the settings. */
const isPulumis = (key: string) => key.startsWith("__") || ["version", "pluginDownloadURL"].includes(key);

/** The settings that contain credentials: secrets, however they were set. */
export const secretSettings: readonly string[] = credentialKeys;

/** The name of the provider resource with that URN; `undefined` for the default provider, whose settings are the stack's. */
export function resourceIn(urn: string): string | undefined {
  const { name } = partsOf(urn);
  return name === "" || isDefaultProvider(urn) ? undefined : name;
}

/** The settings, with text in place of secret objects: the engine keeps the mark of a provider's secret only where it is text. */
export function withSecretsAsText(settings: Properties): Properties {
  const isObject = (key: string) => typeof settings[key] === "object" && settings[key] !== null;
  const asText = secretSettings.filter(
    (key) => isObject(key) && !isMarked(settings[key]) && !hasUnknown(settings[key]),
  );
  return { ...settings, ...Object.fromEntries(asText.map((key) => [key, JSON.stringify(plain(settings[key]))])) };
}

/** What is wrong with the names of the settings, and with the form of `instances`. Each resource finds what is wrong with the values. */
export function problemsOf(
  urn: string,
  settings: Properties,
): { readonly property: string; readonly reason: string }[] {
  const { project } = partsOf(urn);
  const isDefault = resourceIn(urn) === undefined;
  const strange = Object.keys(settings).filter(
    (key) => !isPulumis(key) && !(settingNames as readonly string[]).includes(key),
  );
  const unknowns = strange.map((key) =>
    isDefault
      ? unknownSetting(`zitadel-actions:${key}`, project)
      : `${key} is not a setting of the provider.${perhaps(key, settingNames)} The settings are ${settingNames.join(", ")}.`,
  );
  const { instances } = settings;
  const problem =
    instances === undefined || hasUnknown(instances)
      ? undefined
      : instancesProblem(textOf(instances), "zitadel-actions:instances");
  if (!isDefault && process.env[tryVariable] !== undefined)
    unknowns.push(
      "`try` sends all requests to its own mock servers, so it cannot run a program that declares a provider resource. For several instances, use zitadel-actions:instances and the input instance.",
    );
  // Pulumi would print the value with the name of a property, and that may be a secret.
  return [...unknowns, ...(problem === undefined ? [] : [problem])].map((reason) => ({ property: "", reason }));
}

/** The settings whose values differ. */
export function changedSettings(olds: Properties, news: Properties): string[] {
  const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter((key) => !isPulumis(key));
  return keys.filter((key) => !isDeepStrictEqual(olds[key], news[key]));
}

/** Reads settings as from a stack's configuration. */
export function readerOf(settings: Properties): ConfigReader {
  const own: Properties = pick(settings, ...settingNames);
  return (key) => {
    const [, name = ""] = /^zitadel-actions:(.*)$/.exec(key) ?? [];
    const value = own[name];
    return value === undefined ? undefined : textOf(value);
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Whether a value, or a part of it, is not known yet. */
export function hasUnknown(value: unknown): boolean {
  return JSON.stringify(value).includes(unknown);
}
