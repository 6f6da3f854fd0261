import { notice } from "./blocks.ts";
import type { Callable, Field } from "./model.ts";
import { examples, outputTable, parameters } from "./parts.ts";

export interface Lookups {
  readonly functions: readonly Callable[];
  /** What they answer, by the name of the type. */
  readonly results: Readonly<Record<string, readonly Field[]>>;
}

/** The page of the functions that a program may ask; `source` is the file whose doc comments it is made of. */
export function lookupsPage({ functions, results }: Lookups, source: string): string {
  return [
    "# Lookups",
    notice(source),
    "Functions that ask with the settings of the stack that the program runs for. They ask in previews too, since what they answer is " +
      "what the rest of the program starts from. Each has Pulumi's second form: `getTargetOutput`, `listTargetsOutput` and so on take " +
      "inputs, such as another resource's outputs, ask once those are known, and return an output. In a program's unit tests, Pulumi's " +
      "mocks answer, and nothing is sent.",
    ...functions.map(section),
    "## Results",
    ...Object.entries(results).flatMap(([name, fields]) => [`### \`${name}\``, outputTable("property", fields)]),
  ].join("\n\n");
}

function section({ name, summary, throws, ...callable }: Callable): string {
  return [
    `## \`${name}\``,
    summary,
    parameters(callable.parameters),
    throws.map((what) => `Throws ${what}.`).join(" "),
    ...(callable.examples.length > 0 ? [examples(callable.examples)] : []),
  ].join("\n\n");
}
