import { table } from "./blocks.ts";
import type { Callable, Example, Field } from "./model.ts";

/** Examples under headings; a mark behind the fence tells the tests what to do with them. */
export function examples(all: readonly Example[], mark = ""): string {
  return all
    .map(({ title, fence }) => [`### ${title}`, fence.replace(/^```ts$/m, `\`\`\`ts ${mark}`.trimEnd())].join("\n\n"))
    .join("\n\n");
}

/** The parameters of a function, each with what it may hold. */
export function parameters(all: Callable["parameters"]): string {
  return all.map(({ name, summary, fields }) => item(`\`${name}\`: ${summary}`, fields)).join("\n");
}

/** The properties of an object: what they are together, and a list of them with lists in it. */
export function members(fields: readonly Field[]): string[] {
  if (fields.length === 0) return [];
  const lines = fields.map((field) => {
    const otherwise = field.default === undefined ? "" : ` Default: ${field.default}.`;
    return item(`\`${field.name}\` (${field.type}): ${field.summary}${otherwise}`, field.fields);
  });
  const whole = fields.some(({ choice }) => choice) ? "Exactly one of:" : "Its properties:";
  return [`${whole}\n${lines.join("\n")}`];
}

/** A line of a list, and a list of what it has within, further to the right. */
function item(text: string, fields: readonly Field[]): string {
  return ["-", text, ...members(fields)].join(" ").replaceAll("\n", "\n  ");
}

/** What can be read, with a warning beside what is a secret. */
export function outputTable(kind: string, fields: readonly Field[]): string {
  const rows = fields.map(({ name, type, summary, secret }) => [
    `\`${name}\``,
    type,
    secret ? `**Secret.** ${summary}` : summary,
  ]);
  return table([kind, "type", "meaning"], rows);
}
