import { variables } from "../provider/settings/names";
import type { ConfigValue } from "./engine";
import type { Zitadel } from "./zitadel";

/** Returns the stack configuration for a mock server, and for those of named instances. */
export function leadingTo(
  { domain, port, accessToken }: Zitadel,
  named: ReadonlyMap<string, Zitadel> = new Map(),
): Record<string, ConfigValue | string> {
  const instances = Array.from(named, ([name, { domain, port, accessToken }]) => {
    return [name, { domain, port, insecure: true, accessToken }];
  });
  const value = JSON.stringify(Object.fromEntries(instances));
  return {
    "zitadel-actions:domain": domain,
    "zitadel-actions:port": String(port),
    "zitadel-actions:insecure": "true",
    "zitadel-actions:accessToken": { value: accessToken, secret: true },
    ...(named.size > 0 && { "zitadel-actions:instances": { value, secret: true } }),
  };
}

/**
 * Takes away this process's variables that would lead a deployment to a real server: those with which Pulumi's CLI takes configuration
 * from elsewhere, such as `PULUMI_OPTION_CONFIG_FILE`, and those of this package. These are empty, so that a program that loads a
 * `.env` file does not set them.
 */
export function nothingOfThisShell(): Record<string, string | undefined> {
  const pulumis = Object.keys(process.env).filter((name) => /^PULUMI_(OPTION_)?CONFIG/i.test(name));
  const own = Object.fromEntries(variables.map((name) => [name, ""]));
  return { ...own, ...Object.fromEntries(pulumis.map((name) => [name, undefined])) };
}
