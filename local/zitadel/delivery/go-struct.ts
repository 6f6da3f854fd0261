import type { JsonNode } from "../json";
import { compact } from "./go-json";

/** The type of a field of a Go struct. */
export type GoType = { kind: "string" | "int32" | "bytes" | "any" } | { kind: "list"; of: GoType } | GoStruct;

export interface GoStruct {
  kind: "struct";
  fields: Record<string, GoType>;
}

/**
 * Reads JSON into the fields of a struct as Go's `json.Unmarshal` does. Names are case-insensitive, unknown members are ignored, an
 * entry of a list is read into the one that was there before, and reading continues after a value of the wrong type. Returns the text
 * of the first failure, if there was one.
 */
export function readInto(target: Record<string, unknown>, struct: GoStruct, node: JsonNode): string | undefined {
  const failures: string[] = [];
  readFields(target, struct, node, [], failures);
  return failures[0];
}

/** Returns the names of all members that a struct has no field for, at any depth, with the way to them. */
export function unknownIn(type: GoType, { members, items }: JsonNode, path = ""): string[] {
  if (type.kind === "list") return items.flatMap((item, index) => unknownIn(type.of, item, `${path}[${index}]`));
  if (type.kind !== "struct") return [];
  return members.flatMap(({ name, value }) => {
    const whole = path === "" ? name : `${path}.${name}`;
    const field = fieldIn(type, name);
    return field === undefined ? [whole] : unknownIn(field.type, value, whole);
  });
}

/** `path` has the names of all fields on the way to a value. */
function readFields(
  target: Record<string, unknown>,
  struct: GoStruct,
  node: JsonNode,
  path: readonly string[],
  failures: string[],
): void {
  if (node.kind === "null") return;
  if (node.kind !== "object") {
    failures.push(mismatch(node, path));
    return;
  }
  for (const { name, value: json } of node.members) {
    const field = fieldIn(struct, name);
    if (field === undefined) continue;
    const value = read(field.type, json, [...path, field.name], failures, target[field.name]);
    if (value !== undefined) target[field.name] = value;
  }
}

/** Reads a value. Returns `null` for Go's nil, and `undefined` if the value before stays. */
function read(type: GoType, node: JsonNode, path: readonly string[], failures: string[], before: unknown): unknown {
  switch (type.kind) {
    case "any":
      return readAny(node, path, failures);
    case "struct": {
      if (node.kind === "null") return null;
      const value = (before ?? {}) as Record<string, unknown>;
      readFields(value, type, node, path, failures);
      return value;
    }
    case "list":
      return readList(type.of, node, path, failures, before);
    case "bytes":
      return readBytes(node, path, failures);
    case "int32":
      if (node.kind === "number" && isInt32(node.text)) return Number(node.text);
      break;
    case "string":
      if (node.kind === "string") return node.text.toWellFormed();
  }
  if (node.kind !== "null") failures.push(mismatch(node, path));
  return undefined;
}

function readList(of: GoType, node: JsonNode, path: readonly string[], failures: string[], before: unknown): unknown {
  if (node.kind === "null") return null;
  if (node.kind !== "array") {
    failures.push(mismatch(node, path));
    return undefined;
  }
  const old = (before ?? []) as unknown[];
  const zero = of.kind === "string" ? "" : null;
  return node.items.map((item, index) => read(of, item, path, failures, old[index]) ?? old[index] ?? zero);
}

/** Reads base64, also with line breaks, or a list of bytes. Returns base64. */
function readBytes(node: JsonNode, path: readonly string[], failures: string[]): string | null | undefined {
  if (node.kind === "null") return null;
  if (node.kind === "array") {
    const wrong = node.items.filter(({ kind, text }) => kind !== "null" && !(kind === "number" && isByte(text)));
    failures.push(...wrong.map((item) => mismatch(item, path)));
    return Buffer.from(node.items.map((item) => (wrong.includes(item) ? 0 : Number(item.text) || 0))).toString(
      "base64",
    );
  }
  if (node.kind !== "string") failures.push(mismatch(node, path));
  else if (isBase64(node.text)) return Buffer.from(node.text, "base64").toString("base64");
  else failures.push("illegal base64 data");
  return undefined;
}

function readAny(node: JsonNode, path: readonly string[], failures: string[]): unknown {
  const number = numberOutOfRange(node);
  if (number !== undefined) failures.push(mismatch(number, path));
  return sorted(JSON.parse(compact(node)));
}

/** Returns the first number in a value that is too large for a float64. Does not call itself, so that no depth exhausts the stack. */
export function numberOutOfRange(root: JsonNode): JsonNode | undefined {
  const left = [root];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (node.kind === "number" && !Number.isFinite(Number(node.text))) return node;
    for (const inner of [...node.items, ...node.members.map(({ value }) => value)].reverse()) left.push(inner);
  }
  return undefined;
}

/** Go stores an object of any shape as a map, and writes maps sorted by key. A number that it cannot read is nil. */
function sorted(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => [key, sorted(member)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function fieldIn({ fields }: GoStruct, name: string): { name: string; type: GoType } | undefined {
  const exact = Object.hasOwn(fields, name) ? name : undefined;
  const field = exact ?? Object.keys(fields).find((one) => one.toLowerCase() === name.toLowerCase());
  const type = field === undefined ? undefined : fields[field];
  return field === undefined || type === undefined ? undefined : { name: field, type };
}

function isBase64(text: string): boolean {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text.replace(/[\r\n]/g, ""));
}

function isByte(text: string): boolean {
  return /^[0-9]+$/.test(text) && Number(text) <= 255;
}

function isInt32(text: string): boolean {
  return /^-?[0-9]+$/.test(text) && (Number(text) | 0) === Number(text);
}

/** Go names a number only if it is what does not fit. */
function mismatch({ kind, text }: JsonNode, path: readonly string[]): string {
  const isUnfit = kind === "number" && !Number.isFinite(Number(text));
  return `json: cannot unmarshal ${isUnfit ? `number ${text}` : kind} into ${path.join(".") || "the answer"}`;
}
