/** ZITADEL's own answers are some eight deep. What walks through a value must not run out of stack. */
const deepest = 64;

/** What comes of an act, or `undefined` where it fails: the caller knows what that means. */
export function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

/** What is in the JSON, or `undefined` where it is none, or nested deeper than anything that ZITADEL says. */
export function parseJson(text: string): unknown {
  const value = attempt(() => JSON.parse(text) as unknown);
  return isDeep(value) ? undefined : value;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** These properties, those of them that are set. */
export function pick<From extends object, Key extends keyof From>(from: From, ...keys: Key[]) {
  const set = keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]]);
  return Object.fromEntries(set) as { [K in Key]?: Exclude<From[K], undefined> };
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Looks level by level, without recursion. */
function isDeep(value: unknown): boolean {
  let level = [value].filter(isContainer);
  for (let depth = 0; depth < deepest && level.length > 0; depth++)
    level = level.flatMap((one) => Object.values(one).filter(isContainer));
  return level.length > 0;
}
