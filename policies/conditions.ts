import { conditionOf } from "../provider/execution/condition";

/** The problem of an entry in a list of conditions. An entry is an execution's id, or the beginning of ids and `*`. */
export function problemOfEntry(entry: string): string | undefined {
  const text = JSON.stringify(entry);
  if (/^event(\/|\*|$)/.test(entry))
    return `requires a signed or encrypted payload for ${text}, but ZITADEL never delivers events to targets with a JWT or JWE payload: nothing would arrive. Remove it`;
  const isPrefix = /^(request|response|function)(\/[\w./]*)?\*$/.test(entry);
  if (isPrefix || entry === "function" || conditionOf(entry) !== undefined) return undefined;
  return `has ${text}, which is not a condition: write an execution's id such as "function/preaccesstoken", or the beginning of ids and a star, such as "request/zitadel.user.*"`;
}

/**
 * Which executions of an instance run for something that an entry matches: all below it and, of those above it, only the most
 * specific one, because ZITADEL runs no other. `request` is above every call, a service is above its methods.
 */
export function concerned(entry: string, ids: readonly string[]): string[] {
  const isPrefix = entry.endsWith("*");
  const start = isPrefix ? entry.slice(0, -1) : entry;
  const below = ids.filter((id) => isWithin(id, start) || (isPrefix && id.startsWith(start)));
  if (below.includes(start)) return below;
  const above = ids.filter((id) => isWithin(start, id));
  return [...below, ...above.sort((one, other) => other.length - one.length).slice(0, 1)];
}

/** Whether `id` is `whole` or below it. */
function isWithin(id: string, whole: string): boolean {
  return id === whole || id.startsWith(`${whole}/`);
}
