/** @param {readonly number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Summarizes a figure over all rounds. It is computed within each round, where noise affects all contestants equally, and then the
 * median is taken.
 *
 * @template T
 * @param {readonly T[]} rounds
 * @param {(round: T) => number} figure
 * @returns {{ median: number, least: number, most: number, low: number, high: number }} `low` to `high` is the middle half
 */
function over(rounds, figure) {
  const values = rounds.map(figure);
  const sorted = values.toSorted((a, b) => a - b);
  const quarter = Math.floor(sorted.length / 4);
  return {
    median: median(values),
    least: sorted[0],
    most: sorted.at(-1),
    low: sorted[quarter],
    high: sorted.at(-1 - quarter),
  };
}

/**
 * Formats the rows as a table. Numbers are aligned to the right.
 *
 * @param {readonly string[]} heads
 * @param {readonly (readonly string[])[]} rows
 */
function table(heads, rows) {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column].length)));
  const isNumber = heads.map((_, column) => rows.every((row) => /^[-\d]/.test(row[column])));
  const line = (cells) =>
    cells
      .map((cell, column) => (isNumber[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join("  ")
      .trimEnd();
  return [line(heads), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

module.exports = { median, over, table };
