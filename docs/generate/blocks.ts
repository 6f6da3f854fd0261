/** A table in Markdown. Prettier makes it even. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join("\n");
}

/** A comment that tells readers of a page's source where to change it. */
export function notice(source: string): string {
  return `<!-- Made by \`npm run docs\` from the doc comments of ${source}: change them there. -->`;
}
