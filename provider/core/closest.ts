import { distance } from "fastest-levenshtein";

/** The words most like a misspelt one, best first: at most three. */
export function closest(word: string, words: readonly string[]): string[] {
  const most = Math.max(2, Math.min(8, word.length / 5));
  const wanted = word.toLowerCase();
  return words
    .map((candidate) => ({ candidate, steps: distance(wanted, candidate.toLowerCase()) }))
    .filter(({ steps }) => steps <= most)
    .sort((one, other) => one.steps - other.steps)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}
