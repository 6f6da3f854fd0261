import { stripVTControlCharacters } from "node:util";

/** Wraps each line of a text at word boundaries. Continuation lines are indented by two more spaces than the line itself. */
export function wrap(text: string, width: number): string {
  return text
    .split("\n")
    .map((line) => wrapLine(line, width))
    .join("\n");
}

function wrapLine(line: string, width: number): string {
  if (visibleLength(line) <= width) return line;
  const [indentation = ""] = /^ */.exec(line) ?? [];
  const lines: string[] = [];
  let current = indentation;
  for (const word of line.slice(indentation.length).split(" ")) {
    const isFirst = current.trim() === "";
    if (!isFirst && visibleLength(current) + 1 + visibleLength(word) > width) {
      lines.push(current);
      current = `${indentation}  ${word}`;
    } else {
      current += isFirst ? word : ` ${word}`;
    }
  }
  return [...lines, current].join("\n");
}

function visibleLength(text: string): number {
  return stripVTControlCharacters(text).length;
}
