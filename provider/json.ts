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
  return isDeep(text) ? undefined : attempt(() => JSON.parse(text) as unknown);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** These properties, those of them that are set. */
export function pick<From extends object, Key extends keyof From>(from: From, ...keys: Key[]) {
  const set = keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]]);
  return Object.fromEntries(set) as { [K in Key]?: Exclude<From[K], undefined> };
}

const [quote, backslash, openList, closeList, openRecord, closeRecord] = ['"', "\\", "[", "]", "{", "}"].map((one) =>
  one.charCodeAt(0),
);

function isDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === backslash) at++;
      else if (code === quote) quoted = false;
    } else if (code === quote) quoted = true;
    else if (code === openList || code === openRecord) {
      if (++depth > deepest) return true;
    } else if (code === closeList || code === closeRecord) depth--;
  }
  return false;
}
