import { settingKeys } from "../provider/config";
import type { ConfigValue } from "./engine";
import type { Zitadel } from "./zitadel";

/** The stack configuration that leads to a stand-in. */
export function leadingTo({ domain, port, accessToken }: Zitadel): Record<string, ConfigValue | string> {
  return {
    "zitadel:domain": domain,
    "zitadel:port": String(port),
    "zitadel:insecure": "true",
    "zitadel:accessToken": { value: accessToken, secret: true },
  };
}

/** Takes away what this shell is set up for: it is another server. */
export const nothingOfThisShell: Readonly<Record<string, undefined>> = Object.fromEntries(
  Object.values(settingKeys).flatMap((name) => (name === undefined ? [] : [[name, undefined]])),
);
