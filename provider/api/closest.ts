import { distance } from "fastest-levenshtein";

/** The words most like a misspelt one, best first: at most three. */
export function closest(word: string, words: readonly string[]): string[] {
  const most = word.length < 4 ? 1 : Math.max(2, Math.min(8, word.length / 5));
  const wanted = word.toLowerCase();
  return words
    .map((candidate) => ({ candidate, steps: distance(wanted, candidate.toLowerCase()) }))
    .filter(({ steps }) => steps <= most)
    .sort((one, other) => one.steps - other.steps)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** Suggestions for a misspelt word, as the end of a message. A word of one or two letters gets none. */
export function perhaps(word: string, words: readonly string[], spell = (one: string) => one): string {
  if (word.length < 3) return "";
  const begun = words.filter((one) => one.startsWith(word));
  const meant = [...new Set([...begun, ...closest(word, words)])].slice(0, 3).map(spell);
  return meant.length === 0 ? "" : ` Did you mean ${meant.join(" or ")}?`;
}
