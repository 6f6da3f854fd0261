/** Names for the program: readable, made from the names on the server, and unique. */

/** Longer names would not fit into the lines of the program. */
const longestVariable = 36;
const longestResource = 60;

/** Names that no variable of the program may have: keywords, globals of a module, and imports. */
const reserved = (
  "abstract any arguments as async await boolean break case catch class const constructor continue debugger declare default " +
  "delete do else enum eval export extends false finally for from function get globalThis if implements import in Infinity " +
  "instanceof interface is keyof let module NaN namespace never new null number object of package private protected public " +
  "require return set static string super switch symbol this throw true try type typeof undefined unknown using var void " +
  "while with yield exports console global process Buffer Object Promise Symbol __dirname __filename " +
  "ZitadelTarget ZitadelExecution ZitadelTargetPublicKey"
).split(" ");

/** Makes a name from a text, or from the fallback if the text has no usable characters. */
export type Namer = (text: string, fallback: string) => string;

/** Variables: `My hook!` becomes `myHook`, a second one `myHook2`. The first one keeps its name when there are more later. */
export function variableNames(): Namer {
  const unique = distinct("", reserved);
  return (text, fallback) => unique(variable(text, fallback));
}

/** Names of resources: `My hook!` becomes `my-hook`, a second one `my-hook-2`. */
export function resourceNames(): Namer {
  const unique = distinct("-");
  return (text, fallback) => unique(resource(text, fallback));
}

function variable(text: string, fallback: string): string {
  const words = wordsOf(text);
  if (words.length === 0 || /^\d/.test(words[0] ?? "")) words.unshift(fallback);
  const [first = "", ...rest] = words.map((word) => word.toLowerCase());
  return (first + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("")).slice(0, longestVariable);
}

/** A name that needs no change is kept as it is. */
function resource(text: string, fallback: string): string {
  if (new RegExp(`^[\\w.-]{1,${longestResource}}$`).test(text)) return text;
  const words = wordsOf(text).map((word) => word.toLowerCase());
  return (words.length === 0 ? fallback : words.join("-")).slice(0, longestResource).replace(/-$/, "");
}

/** The words of a text in ASCII: `HTTPHook für Bücher` becomes `HTTP`, `Hook`, `fur` and `Bucher`. */
function wordsOf(text: string): string[] {
  return text
    .normalize("NFKD")
    .replace(/[\p{M}'’]/gu, "")
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .split(/[^A-Za-z\d]+/)
    .filter((word) => word !== "");
}

/** Makes every name unique, with a number if it is taken. */
function distinct(glue: string, taken: Iterable<string> = []): (wanted: string) => string {
  const given = new Set(taken);
  const counts = new Map<string, number>();
  return (wanted) => {
    let count = counts.get(wanted) ?? 1;
    let name = wanted;
    while (given.has(name)) name = `${wanted}${glue}${++count}`;
    counts.set(wanted, count);
    given.add(name);
    return name;
  };
}
