import type { Failure } from "./lifecycle";

/**
 * Pulumi prints the property's value with the reason, even if it is a secret, and `<nil>` for a path into a property. For an
 * empty property, it prints only the reason.
 */
export function shown({ property, reason, sensitive }: Failure): Pick<Failure, "property" | "reason"> {
  const alone = sensitive === true || /[.[]/.test(property);
  const isSentence = /^[A-Z]/.test(reason);
  return alone ? { property: "", reason: isSentence ? reason : `${property} ${reason}` } : { property, reason };
}

/**
 * The name of a resource, in messages and in the ledger.
 *
 * @param parents the types of the components that it is in, joined with `$` as in its URN: names are unique only within one such path.
 */
export function resourceName(type: string, name: string, parents: string | undefined): string {
  return `${type} ${JSON.stringify(name)}${parents === undefined ? "" : ` in ${parents}`}`;
}
