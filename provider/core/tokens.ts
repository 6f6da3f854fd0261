/** The token of a type or function of this package in Pulumi's schema. */
export function token(name: string): string {
  return `zitadel-actions:index:${name}`;
}

/** Whether a URN is that of a provider that the engine made, because the program declares none for some resource. */
export function isDefaultProvider(urn: string): boolean {
  const [, , types = "", name = ""] = urn.split("::");
  return /(^|\$)pulumi:providers:/.test(types) && /^default(_|$)/.test(name);
}
