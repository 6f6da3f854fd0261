import { names } from "../names.ts";
import { isFileText, isList, isReference, isUsed, type Program, snake, type Value } from "../program.ts";

/** A program in Python. */
export function python(program: Program): string {
  const { resources, outputs = {} } = program;
  const readsFile = resources.some(({ properties }) => Object.values(properties).some(isFileText));
  const usesPulumi = Object.keys(outputs).length > 0 || resources.some(({ dependsOn }) => dependsOn !== undefined);
  return [
    ...(readsFile ? ["from pathlib import Path\n"] : []),
    ...(usesPulumi ? ["import pulumi"] : []),
    `import ${names.python} as zitadel\n`,
    ...resources.map(({ name, type, properties, dependsOn }) => {
      const given = Object.entries(properties).map(([key, value]) => `${snake(key)}=${written(value)}`);
      const options = dependsOn === undefined ? [] : [`opts=pulumi.ResourceOptions(depends_on=[${dependsOn}])`];
      const variable = isUsed(program, name) ? `${name} = ` : "";
      const lines = [`"${name}"`, ...given, ...options].map((line) => `    ${line},\n`);
      return `${variable}zitadel.${type}(\n${lines.join("")})`;
    }),
    ...Object.entries(outputs).map(([name, output]) => `pulumi.export("${name}", ${written(output)})`),
    "",
  ].join("\n");
}

function written(value: Value): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return JSON.stringify(value);
  if (isReference(value)) return `${value.of}.${snake(value.output)}`;
  if (isFileText(value)) return `Path("${value.file}").read_text()`;
  if (isList(value)) return `[${value.map(written).join(", ")}]`;
  return `{${Object.entries(value)
    .map(([key, one]) => `"${snake(key)}": ${written(one)}`)
    .join(", ")}}`;
}
