/**
 * Writes TypeScript as Prettier's defaults format it, so that formatting the program changes nothing. Prettier keeps objects that
 * span several lines, and this code measures everything else as Prettier does.
 */

import { pick } from "../../provider/api/json";
import { escaped, invisible, visible } from "../visible";

const lineWidth = 80;

/** A value in the program. A remark becomes a comment after it. */
export type Value =
  | { readonly kind: "code"; readonly code: string }
  | { readonly kind: "reference"; readonly variable: string; readonly property?: "id" }
  | { readonly kind: "text"; readonly text: string; readonly remark?: string }
  | { readonly kind: "lines"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly Value[] }
  | { readonly kind: "object"; readonly properties: Properties };

export type Properties = Readonly<Record<string, Value>>;

export function code(code: string): Value {
  return { kind: "code", code };
}

/** Another resource of the program, or its id. */
export function reference(variable: string, property?: "id"): Value {
  return { kind: "reference", variable, ...(property !== undefined && { property }) };
}

export function text(text: string, remark?: string): Value {
  return { kind: "text", text, ...(remark !== undefined && { remark }) };
}

/** A text with several lines, as a template literal. */
export function lines(text: string): Value {
  return { kind: "lines", text };
}

export function list(items: readonly Value[]): Value {
  return { kind: "list", items };
}

export function object(properties: Properties): Value {
  return { kind: "object", properties };
}

/** The properties that are set. */
export function set(properties: Readonly<Record<string, Value | undefined>>): Properties {
  return pick(properties as Properties, ...Object.keys(properties)) as Properties;
}

/** A JSON value with only strings, `true`, `false` and objects. */
export function json(value: unknown): Value {
  if (typeof value === "string") return text(value);
  if (typeof value !== "object" || value === null) return code(String(value));
  return object(Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, json(inner)])));
}

/** A resource: `const hook = new ZitadelTarget("hook", {…});` */
export interface Declaration {
  /** Its variable in the program; `undefined` if nothing refers to it. */
  readonly variable: string | undefined;
  readonly type: string;
  readonly resource: string;
  readonly properties: Properties;
  readonly options?: Properties;
}

/** The variables that a declaration refers to. */
export function variablesIn({ properties, options = {} }: Declaration): string[] {
  return [...Object.values(properties), ...Object.values(options)].flatMap(variablesOf);
}

function variablesOf(value: Value): string[] {
  if (value.kind === "reference") return [value.variable];
  if (value.kind === "list") return value.items.flatMap(variablesOf);
  return value.kind === "object" ? Object.values(value.properties).flatMap(variablesOf) : [];
}

export function declaration({ variable, type, resource, properties, options }: Declaration): string {
  const start = `${variable === undefined ? "" : `const ${variable} = `}new ${type}(`;
  const name = literal(resource);
  if (options === undefined && mostWidth(`${start}${name}, {`) <= lineWidth) {
    return `${start}${name}, ${spread(object(properties), "")});`;
  }
  const args = [name, spread(object(properties), "  ")];
  if (options !== undefined) args.push(fitted("  ", object(options)));
  return `${start}\n${args.map((arg) => `  ${arg},\n`).join("")});`;
}

export function importOf(names: readonly string[], from: string): string {
  const line = `import { ${names.join(", ")} } from ${literal(from)};`;
  if (line.length <= lineWidth) return line;
  return `import {\n${names.map((name) => `  ${name},\n`).join("")}} from ${literal(from)};`;
}

/** A comment of one or more lines, which does not break quoted text. */
export function comment(text: string): string {
  const rows: string[] = [];
  for (const [word] of visible(text).matchAll(/(?:"(?:[^"\\]|\\.)*"|\S)+/g)) {
    const row = rows.at(-1);
    if (row !== undefined && row.length + 1 + word.length <= lineWidth) rows[rows.length - 1] = `${row} ${word}`;
    else rows.push(`// ${word}`);
  }
  return rows.join("\n");
}

function property(key: string, value: Value, indent: string): string {
  const start = `${indent}${key}: `;
  if (value.kind !== "text") return `${start}${fitted(start, value, indent)},${remarkOf(value)}`;
  const short = key.length < 5; // where Prettier never breaks a line after the colon
  const line = `${start}${literal(value.text)},`;
  if (short || mostWidth(line) <= lineWidth) return line + remarkOf(value);
  // The width of a character beyond ASCII depends on Prettier's tables; the width of an escape is known.
  return `${start.trimEnd()}\n${indent}  ${literal(value.text, true)},${remarkOf(value)}`;
}

/** A value on one line if it fits with the comma after it, otherwise on several. */
function fitted(start: string, value: Value, indent = start): string {
  const line = flat(value);
  return line !== undefined && mostWidth(`${start}${line},`) <= lineWidth ? line : spread(value, indent);
}

function flat(value: Value): string | undefined {
  switch (value.kind) {
    case "code":
      return value.code;
    case "reference":
      return value.property === undefined ? value.variable : `${value.variable}.${value.property}`;
    case "text":
      return literal(value.text);
    case "lines":
      return undefined;
    case "list":
      return value.items.some((item) => remarkOf(item) !== "") ? undefined : joined("[", value.items.map(flat), "]");
    case "object": {
      const inner = Object.entries(value.properties).map(([key, one]) => prefixed(`${key}: `, flat(one)));
      return inner.length === 0 ? "{}" : joined("{ ", inner, " }");
    }
  }
}

function joined(open: string, parts: readonly (string | undefined)[], close: string): string | undefined {
  return parts.includes(undefined) ? undefined : `${open}${parts.join(", ")}${close}`;
}

function prefixed(prefix: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : prefix + text;
}

function spread(value: Value, indent: string): string {
  const deeper = `${indent}  `;
  switch (value.kind) {
    case "list": {
      const items = value.items.map((item) => `${deeper}${fitted(deeper, item)},${remarkOf(item)}\n`);
      return `[\n${items.join("")}${indent}]`;
    }
    case "object": {
      const entries = Object.entries(value.properties).map(([key, one]) => `${property(key, one, deeper)}\n`);
      return `{\n${entries.join("")}${indent}}`;
    }
    case "lines":
      return template(value.text);
    default:
      return flat(value) ?? "";
  }
}

function remarkOf(value: Value): string {
  return "remark" in value ? ` // ${value.remark}` : "";
}

/** A string literal with the quotes that need fewer escapes; on request only with ASCII characters. */
export function literal(text: string, ascii = false): string {
  const quote = text.split('"').length > text.split("'").length ? "'" : '"';
  const special = new RegExp(`[${quote}\\\\]|${invisible}${ascii ? "|[^ -~]" : ""}`, "gu");
  return quote + text.replace(special, escaped) + quote;
}

function template(text: string): string {
  return `\`${text.replace(new RegExp(`(?!\\n)(?:[\`\\\\]|\\$(?=\\{)|${invisible})`, "gu"), escaped)}\``;
}

/** The most columns that Prettier may count: two for each character beyond ASCII. */
function mostWidth(line: string): number {
  let width = 0;
  for (const character of line) width += character <= "~" ? 1 : 2;
  return width;
}
