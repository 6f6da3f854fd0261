import { closest } from "../api/closest";
import { settingNames, stackKeysOf } from "../settings/names";

// Keys in the stack configuration that look like settings, and are none. Only a program that has one loads this file.

/**
 * The error about a key in this package's own namespace that is not a setting.
 *
 * @param project the project's name, which is the namespace of its own configuration.
 */
export function unknownSetting(key: string, project: string): string {
  const name = key.slice("zitadel-actions:".length);
  const [first] = closest(name, settingNames);
  const hint =
    first === undefined ? `The settings are ${settingNames.join(", ")}.` : `Did you mean zitadel-actions:${first}?`;
  const own =
    project === "zitadel-actions"
      ? ` If it is the program's own: the project's name is zitadel-actions, so its keys are in the namespace of this package. Give the key another namespace (\`pulumi config set app:${name} …\`, and \`new pulumi.Config("app")\` in the program), or rename the project.`
      : "";
  return `${key} in the stack configuration is not a setting. ${hint}${own} To remove it, run \`pulumi config rm ${key}\`.`;
}

/** The settings of the providers bridged from Terraform that this package does not have. */
const bridged = ["token", "jwtFile", "systemApi", "insecureSkipVerifyTls", "version", "pluginDownloadURL"];

/**
 * The warning about a key in another namespace that is most likely a misspelt setting; `undefined` if it is not, or if it is in the
 * project's own.
 */
export function ignoredSetting(key: string, project: string): string | undefined {
  const [, namespace = "", name = ""] = /^([^:]*):(.*)$/.exec(key) ?? [];
  if (namespace === project) return undefined;
  const isShared = namespace === "zitadel";
  const isSimilar = closest(namespace, ["zitadel-actions"]).length > 0;
  // Terraform itself writes settings with underscores.
  const camelCase = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const isBridged = isShared && [...bridged, ...settingNames].includes(camelCase);
  const [meant] = closest(name, settingNames);
  if (!(isShared || isSimilar) || isBridged || meant === undefined) return undefined;
  const [own] = stackKeysOf(meant as (typeof settingNames)[number]);
  return `${key} in the stack configuration has no effect. Did you mean ${own}? Set that, then run \`pulumi config rm ${key}\`.`;
}
