import { variables } from "../provider/settings/names";
import type { ConfigValue } from "./engine";
import type { Zitadel } from "./zitadel";

/** Returns the stack configuration for a mock server. */
export function leadingTo({ domain, port, accessToken }: Zitadel): Record<string, ConfigValue | string> {
  return {
    "zitadel-actions:domain": domain,
    "zitadel-actions:port": String(port),
    "zitadel-actions:insecure": "true",
    "zitadel-actions:accessToken": { value: accessToken, secret: true },
  };
}

/** Removes this shell's ZITADEL_ variables, which are for another server. */
export const nothingOfThisShell: Readonly<Record<string, undefined>> = Object.fromEntries(
  variables.map((name) => [name, undefined]),
);
