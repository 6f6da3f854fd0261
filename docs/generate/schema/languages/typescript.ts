import { format, type Options } from "prettier";
import { names } from "../names.ts";
import { isFileText, isList, isReference, isUsed, type Program, type Value } from "../program.ts";

/** A program in TypeScript, as Prettier formats it. */
export async function typescript(program: Program, style: Options): Promise<string> {
  const { resources, outputs = {} } = program;
  const readsFile = resources.some(({ properties }) => Object.values(properties).some(isFileText));
  const lines = [
    ...(readsFile ? ['import { readFileSync } from "node:fs";'] : []),
    `import * as zitadel from "${names.nodejs}";\n`,
    ...resources.map(({ name, type, properties, dependsOn }) => {
      const options = dependsOn === undefined ? "" : `, { dependsOn: ${dependsOn} }`;
      const variable = isUsed(program, name) ? `const ${name} = ` : "";
      return `${variable}new zitadel.${type}("${name}", ${written(properties)}${options});`;
    }),
    ...Object.entries(outputs).map(([name, output]) => `export const ${name} = ${written(output)};`),
  ];
  return format(lines.join("\n"), { ...style, parser: "typescript" });
}

function written(value: Value): string {
  if (typeof value !== "object") return JSON.stringify(value);
  if (isReference(value)) return `${value.of}.${value.output}`;
  if (isFileText(value)) return `readFileSync("${value.file}", "utf8")`;
  if (isList(value)) return `[${value.map(written).join(", ")}]`;
  const entries = Object.entries(value).map(([key, one]) => `${key}: ${written(one)}`);
  return `{ ${entries.join(", ")} }`;
}
