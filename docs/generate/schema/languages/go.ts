import { names } from "../names.ts";
import { isFileText, isList, isReference, isUsed, type Program, type Value } from "../program.ts";
import { capitalized, type TypeSpec } from "../types.ts";

/** What Go's types depend on: the type of a property of a resource, or of another type. */
export type TypeOf = (owner: string, property: string) => TypeSpec;

/** A program in Go, as gofmt formats it. */
export function go(program: Program, typeOf: TypeOf): string {
  const { resources, outputs = {} } = program;
  const readsFile = resources.some(({ properties }) => Object.values(properties).some(isFileText));
  const body = [
    ...resources.flatMap(({ name, type, properties, dependsOn }, index) => {
      const files = Object.values(properties).filter(isFileText);
      const isNew = isUsed(program, name) || (index === 0 && files.length === 0);
      const options = dependsOn === undefined ? "" : `, pulumi.DependsOn([]pulumi.Resource{${dependsOn}})`;
      const args = object(`${names.go}.${type}Args`, type, properties, typeOf);
      const declared = `${isUsed(program, name) ? name : "_"}, err ${isNew ? ":=" : "="} ${names.go}.New${type}(ctx, "${name}", ${args}${options})`;
      return [...files.flatMap(({ file }) => [`pem, err := os.ReadFile("${file}")`, ...check]), declared, ...check];
    }),
    ...Object.entries(outputs).map(([name, value]) => `ctx.Export("${name}", ${goValue(value, undefined, typeOf)})`),
    "return nil",
  ];
  const imports = [
    ...(readsFile ? ['"os"', ""] : []),
    `"${names.goImport}"`,
    '"github.com/pulumi/pulumi/sdk/v3/go/pulumi"',
  ];
  return [
    "package main\n",
    "import (",
    ...imports.map((line) => indented(line)),
    ")\n",
    "func main() {",
    indented("pulumi.Run(func(ctx *pulumi.Context) error {"),
    ...body.map((part) => indented(indented(part))),
    indented("})"),
    "}",
    "",
  ].join("\n");
}

const check = ["if err != nil {", indented("return err"), "}"];

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "\t");
}

function object(type: string, owner: string, properties: Readonly<Record<string, Value>>, typeOf: TypeOf): string {
  const entries = Object.entries(properties).map(([key, value]) => ({
    key: `${capitalized(key)}:`,
    value: goValue(value, typeOf(owner, key), typeOf),
  }));
  if (entries.length === 0) return `&${type}{}`;
  const lines = entries.map(({ key, value }, index) => {
    const width = widthOf(entries, index);
    return indented(`${key.padEnd(width)} ${value},`);
  });
  return `&${type}{\n${lines.join("\n")}\n}`;
}

/** gofmt puts the values of neighbouring lines under each other. */
function widthOf(entries: readonly { key: string; value: string }[], index: number): number {
  const isLong = (at: number) => entries[at]?.value.includes("\n") !== false;
  if (isLong(index)) return 0;
  let [from, to] = [index, index];
  while (!isLong(from - 1)) from -= 1;
  while (!isLong(to + 1)) to += 1;
  return Math.max(...entries.slice(from, to + 1).map(({ key }) => key.length));
}

function goValue(value: Value, type: TypeSpec | undefined, typeOf: TypeOf): string {
  const token = type !== undefined && "$ref" in type ? type.$ref.slice(type.$ref.lastIndexOf(":") + 1) : undefined;
  if (typeof value === "boolean") return `pulumi.Bool(${value})`;
  if (typeof value === "string")
    return `${token === undefined ? "pulumi.String" : `${names.go}.${token}`}(${JSON.stringify(value)})`;
  if (isReference(value))
    return value.output === "id" ? `${value.of}.ID()` : `${value.of}.${capitalized(value.output)}`;
  if (isFileText(value)) return "pulumi.String(pem)";
  if (isList(value)) return `pulumi.StringArray{${value.map((one) => goValue(one, undefined, typeOf)).join(", ")}}`;
  return object(`${names.go}.${token ?? ""}Args`, token ?? "", value, typeOf);
}
