/** The words most like a misspelt one, best first: at most three. */
export function closest(word: string, words: readonly string[]): string[] {
  const most = Math.max(2, Math.min(8, word.length / 5));
  const wanted = word.toLowerCase();
  return words
    .map((candidate) => ({ candidate, steps: distance(wanted, candidate.toLowerCase(), most) }))
    .filter(({ steps }) => steps <= most)
    .sort((one, other) => one.steps - other.steps)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** How many letters to insert, remove or change to turn one into the other (Levenshtein), or anything beyond `most`. */
function distance(one: string, other: string, most: number): number {
  if (Math.abs(one.length - other.length) > most) return Infinity;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let index = 0; index < one.length; index++) {
    let last = index + 1;
    const next = [last];
    for (let column = 1; column < row.length; column++) {
      const changed = (row[column - 1] ?? 0) + (other[column - 1] === one[index] ? 0 : 1);
      last = Math.min((row[column] ?? 0) + 1, last + 1, changed);
      next.push(last);
    }
    if (Math.min(...next) > most) return Infinity;
    row = next;
  }
  return row.at(-1) ?? 0;
}
