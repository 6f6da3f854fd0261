/** Names for what is declared: readable, made of the server's own, and each given once. */

/** Longer ones say no more, and would break the lines of the program. */
const longestVariable = 36;
const longestResource = 60;

/** What no variable of the program may be called: words of the language, what surrounds a module, and what is imported. */
const reserved = (
  "abstract any arguments as async await boolean break case catch class const constructor continue debugger declare default " +
  "delete do else enum eval export extends false finally for from function get globalThis if implements import in Infinity " +
  "instanceof interface is keyof let module NaN namespace never new null number object of package private protected public " +
  "require return set static string super switch symbol this throw true try type typeof undefined unknown using var void " +
  "while with yield exports console global process Buffer Object Promise Symbol __dirname __filename " +
  "ZitadelTarget ZitadelExecution ZitadelTargetPublicKey"
).split(" ");

/** Gives a name made of a text, or of a word where there is nothing in it to make one of. */
export type Namer = (text: string, fallback: string) => string;

/** Variables: `My hook!` is `myHook`, and the second one is `myHook2`. What is named first keeps its name when more comes. */
export function variableNames(): Namer {
  const unique = distinct("", reserved);
  return (text, fallback) => unique(variable(text, fallback));
}

/** Names of resources: `My hook!` is `my-hook`, and the second one is `my-hook-2`. */
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

/** The words of a text in ASCII: `HTTPHook für Bücher` has `HTTP`, `Hook`, `fur` and `Bucher`. */
function wordsOf(text: string): string[] {
  return text
    .normalize("NFKD")
    .replace(/[\p{M}'’]/gu, "")
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .split(/[^A-Za-z\d]+/)
    .filter((word) => word !== "");
}

/** Gives every name once, with a number where it is taken. */
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
