import { isFileText, isList, isReference, type Program, type Value } from "../program.ts";
import { tokenOf } from "../types.ts";

/** A program in Pulumi's YAML: what stands in `Pulumi.yaml` beside the project's name. */
export function yaml({ resources, outputs }: Program): string {
  const declared = resources.map(({ name, type, properties, dependsOn }) => [
    name,
    {
      type: tokenOf(type),
      properties,
      ...(dependsOn !== undefined && { options: { dependsOn: [`\${${dependsOn}}`] } }),
    },
  ]);
  return written({ resources: Object.fromEntries(declared) as Value, ...(outputs !== undefined && { outputs }) }, "");
}

/** The lines of an object, each with its end. */
function written(object: Readonly<Record<string, Value>>, indent: string): string {
  return Object.entries(object)
    .map(([key, value]) => {
      const scalar = inLine(value);
      if (scalar !== undefined) return `${indent}${key}: ${scalar}\n`;
      if (isList(value))
        return `${indent}${key}:\n${value.map((one) => `${indent}  - ${inLine(one) ?? ""}\n`).join("")}`;
      return `${indent}${key}:\n${written(value as Readonly<Record<string, Value>>, `${indent}  `)}`;
    })
    .join("");
}

/** What fits behind a key: `undefined` for lists and objects. */
function inLine(value: Value): string | undefined {
  if (typeof value !== "object") return String(value);
  if (isReference(value)) return `\${${value.of}.${value.output}}`;
  if (isFileText(value)) return `{ fn::readFile: ${value.file} }`;
  return Object.keys(value).length === 0 ? "{}" : undefined;
}
