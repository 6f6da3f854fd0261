/** ZITADEL's own answers have about eight levels. Deeper values could overflow the stack of code that walks through them. */
const deepest = 64;

/** The result of a function, or `undefined` if it throws. */
export function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

/** The parsed JSON, or `undefined` if it is invalid or nested too deeply. */
export function parseJson(text: string): unknown {
  const value = attempt(() => JSON.parse(text) as unknown);
  return isDeep(value) ? undefined : value;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Those of these properties that are set. */
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
