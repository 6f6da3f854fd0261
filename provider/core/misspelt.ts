import { closest } from "../api/closest";
import { settingNames, stackKeysOf } from "../settings/names";

// Keys in the stack configuration that look like settings, and are none. Only a program that has one loads this file.

/** The error about a key in this package's own namespace that is not a setting. */
export function unknownSetting(key: string): string {
  const [first] = closest(key.slice("zitadel-actions:".length), settingNames);
  const hint =
    first === undefined ? `The settings are ${settingNames.join(", ")}.` : `Did you mean zitadel-actions:${first}?`;
  return `${key} in the stack configuration is not a setting. ${hint} To remove it, run \`pulumi config rm ${key}\`.`;
}

/** The settings of the providers bridged from Terraform that this package does not have. */
const bridged = ["token", "jwtFile", "systemApi", "insecureSkipVerifyTls", "version", "pluginDownloadURL"];

/**
 * The warning about a key in another namespace that is most likely a misspelt setting; `undefined` if it is not.
 *
 * @param project the project's name, which is the namespace of its own configuration.
 */
export function ignoredSetting(key: string, project: string): string | undefined {
  const [, namespace = "", name = ""] = /^([^:]*):(.*)$/.exec(key) ?? [];
  const isShared = namespace === "zitadel";
  const isSimilar = namespace !== project && closest(namespace, ["zitadel-actions"]).length > 0;
  // Terraform itself writes settings with underscores.
  const camelCase = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const isBridged = isShared && [...bridged, ...settingNames].includes(camelCase);
  const [meant] = closest(name, settingNames);
  if (!(isShared || isSimilar) || isBridged || meant === undefined) return undefined;
  const [own] = stackKeysOf(meant as (typeof settingNames)[number]);
  return `${key} in the stack configuration has no effect. Did you mean ${own}? Set that, then run \`pulumi config rm ${key}\`.`;
}
