import { conditionOf } from "../provider/execution/condition";

/** What is wrong with an entry of a list of conditions; an id of an execution, or the beginning of ids and `*`. */
export function problemOfEntry(entry: string): string | undefined {
  const text = JSON.stringify(entry);
  if (/^event(\/|\*|$)/.test(entry))
    return `demands a signed or encrypted payload for ${text}, and ZITADEL never delivers events to targets of a JWT or JWE payload: nothing would arrive. Take it out`;
  const isPrefix = /^(request|response|function)(\/[\w./]*)?\*$/.test(entry);
  if (isPrefix || entry === "function" || conditionOf(entry) !== undefined) return undefined;
  return `has ${text}, which is no condition: write an execution's id such as "function/preaccesstoken", or the beginning of some and a star, such as "request/zitadel.user.*"`;
}

/**
 * Which of the executions of an instance run for something that an entry names: all that lie below it, and of those above it the
 * most exact one, since ZITADEL runs that alone. `request` lies above every call, a service above its methods.
 */
export function concerned(entry: string, ids: readonly string[]): string[] {
  const isPrefix = entry.endsWith("*");
  const start = isPrefix ? entry.slice(0, -1) : entry;
  const below = ids.filter((id) => isWithin(id, start) || (isPrefix && id.startsWith(start)));
  if (below.includes(start)) return below;
  const above = ids.filter((id) => isWithin(start, id));
  return [...below, ...above.sort((one, other) => other.length - one.length).slice(0, 1)];
}

/** Whether `id` is `whole` or lies below it. */
function isWithin(id: string, whole: string): boolean {
  return id === whole || id.startsWith(`${whole}/`);
}
