import { list, table } from "./blocks.ts";
import { firstSentence } from "./comments.ts";
import { effectOf, inShort } from "./effect.ts";
import type { Field } from "./model.ts";
import { members } from "./parts.ts";

/** The inputs of a resource in one table, each with a link to what else there is to say. */
export function inputTable(fields: readonly Field[]): string {
  const rows = fields.map((field) => [
    `[\`${field.name}\`](#${field.name.toLowerCase()})`,
    firstSentence(field.summary),
    defaultOf(field),
    shortEffect(field),
  ]);
  return table(["input", "meaning", "default", "when it changes"], rows);
}

/** Everything that there is to say of an input, under a heading of its own. */
export function inputSection(field: Field): string {
  const need = field.choice ? "exactly one of its kind is given" : field.optional ? "optional" : "required";
  const facts = [
    `Type: ${field.type}; ${need}.`,
    ...(field.default === undefined ? [] : [`Default: ${field.default}.`]),
    ...(field.change === undefined ? [] : [`A change ${field.change}.`]),
    ...field.fails.map((when) => `Fails ${when}.`),
  ];
  return [`### \`${field.name}\``, field.summary, list(facts), ...members(field.fields)].join("\n\n");
}

function defaultOf(field: Field): string {
  return field.default ?? (field.choice ? "exactly one of these" : "–");
}

function shortEffect({ name, change = "" }: Field): string {
  const effect = effectOf(change);
  if (effect === undefined) throw new Error(`the doc comment of ${name} does not say what a change does: "${change}"`);
  return inShort[effect];
}
