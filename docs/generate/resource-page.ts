import { list, notice } from "./blocks.ts";
import { inputSection, inputTable } from "./inputs.ts";
import type { Resource } from "./model.ts";
import { examples, outputTable, parameters } from "./parts.ts";

/** The page of a resource; `source` names the files whose doc comments it is made of, `more` the examples that are not in them. */
export function resourcePage({ name, summary, inputs, outputs, get, ...rest }: Resource, source: string, more: string) {
  return [
    `# ${name}`,
    notice(source),
    summary,
    "## Examples",
    examples(rest.examples, "program"),
    more,
    "## Inputs",
    inputTable(inputs),
    ...inputs.map(inputSection),
    "## Outputs",
    "The `id`, and:",
    outputTable("output", outputs),
    "## To read one that is managed elsewhere",
    `\`${name}.get(${get.parameters.map((parameter) => parameter.name).join(", ")})\`: ${get.summary}`,
    parameters(get.parameters),
    "## Source",
    list(rest.source.map((text) => `${text}.`)),
  ].join("\n\n");
}
