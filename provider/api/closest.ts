/** The words most like a misspelt one, best first: at most three. */
export function closest(word: string, words: readonly string[]): string[] {
  const most = word.length < 4 ? 1 : Math.max(2, Math.min(8, word.length / 5));
  const wanted = word.toLowerCase();
  return words
    .map((candidate) => ({ candidate, found: candidate.toLowerCase() }))
    .filter(({ found }) => Math.abs(found.length - wanted.length) <= most) // each letter more or less is a step
    .map(({ candidate, found }) => ({ candidate, steps: distance(wanted, found) }))
    .filter(({ steps }) => steps <= most)
    .sort((one, other) => one.steps - other.steps)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** How many letters to add, remove or replace (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

/** Suggestions for a misspelt word, as the end of a message. A word of one or two letters gets none. */
export function perhaps(word: string, words: readonly string[], spell = (one: string) => one): string {
  if (word.length < 3) return "";
  const begun = words.filter((one) => one.startsWith(word));
  const meant = [...new Set([...begun, ...closest(word, words)])].slice(0, 3).map(spell);
  return meant.length === 0 ? "" : ` Did you mean ${meant.join(" or ")}?`;
}
