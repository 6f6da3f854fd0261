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

/**
 * Removes this process's variables that would lead a deployment to a real server: those of this package, and those with which
 * Pulumi's CLI takes configuration from elsewhere, such as `PULUMI_OPTION_CONFIG_FILE`.
 */
export function nothingOfThisShell(): Record<string, undefined> {
  const pulumis = Object.keys(process.env).filter((name) => /^PULUMI_(OPTION_)?CONFIG/i.test(name));
  return Object.fromEntries([...variables, ...pulumis].map((name) => [name, undefined]));
}
