/** The words most like a misspelt one, best first: at most three. */
export function closest(word: string, words: readonly string[]): string[] {
  const wanted = word.toLowerCase();
  return words
    .map((candidate) => ({ candidate, steps: distance(wanted, candidate.toLowerCase()) }))
    .filter(({ steps }) => steps <= Math.max(2, Math.min(8, word.length / 5)))
    .sort((one, other) => one.steps - other.steps)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** How many letters have to be put in, left out or changed to make one of the other (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of Array.from(one).entries()) {
    const next = [index + 1];
    for (let column = 1; column < row.length; column++) {
      const [changed = 0, left = 0, put = 0] = [row[column - 1], row[column], next[column - 1]];
      next.push(Math.min(left + 1, put + 1, changed + (other[column - 1] === letter ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
