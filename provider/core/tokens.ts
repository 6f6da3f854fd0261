/** The token of a type or function of this package in Pulumi's schema. */
export function token(name: string): string {
  return `zitadel-actions:index:${name}`;
}

/** Whether a provider in the state is one that the engine made, because the program declares none for some resource. */
export function isDefaultProvider(urn: string): boolean {
  const [, , , name = ""] = urn.split("::");
  return /^default(_|$)/.test(name);
}
