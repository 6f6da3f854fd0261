import type { JsonNode } from "../json";
import { compact } from "./go-json";

/** The type of a field of a Go struct. */
export type GoType = { kind: "string" | "bytes" | "any" } | { kind: "list"; of: GoType } | GoStruct;

export interface GoStruct {
  kind: "struct";
  fields: Record<string, GoType>;
}

/**
 * Reads JSON into the fields of a struct as Go's `json.Unmarshal` does. Names are case-insensitive, unknown members are ignored, and
 * reading continues after a value of the wrong type. Returns the text of the first failure, if there was one.
 */
export function readInto(target: Record<string, unknown>, struct: GoStruct, node: JsonNode): string | undefined {
  const failures: string[] = [];
  readFields(target, struct, node, [], failures);
  return failures[0];
}

/** Returns the names of an object's members that the struct has no field for. */
export function unknownIn(struct: GoStruct, { members }: JsonNode): string[] {
  return members.map(({ name }) => name).filter((name) => fieldOf(struct, name) === undefined);
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
  for (const member of node.members) {
    const field = fieldOf(struct, member.name);
    const type = field === undefined ? undefined : struct.fields[field];
    if (field === undefined || type === undefined) continue;
    const value = read(type, member.value, [...path, field], failures);
    if (value !== undefined) target[field] = value;
  }
}

/** Reads a value. Returns `null` for a null, and `undefined` for a value of the wrong type. */
function read(type: GoType, node: JsonNode, path: readonly string[], failures: string[]): unknown {
  if (type.kind === "any") return sorted(JSON.parse(compact(node)));
  if (node.kind === "null") return type.kind === "string" ? undefined : null;
  if (type.kind === "struct") {
    const value: Record<string, unknown> = {};
    readFields(value, type, node, path, failures);
    return value;
  }
  if (type.kind === "list" && node.kind === "array") {
    return node.items.map((item) => read(type.of, item, path, failures) ?? null);
  }
  if (type.kind === "list" || node.kind !== "string") {
    failures.push(mismatch(node, path));
    return undefined;
  }
  if (type.kind === "string" || BASE64.test(node.text)) return node.text.toWellFormed();
  failures.push("illegal base64 data");
  return undefined;
}

/** Go stores an object of any shape as a map, and writes maps sorted by key. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => [key, sorted(member)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function fieldOf({ fields }: GoStruct, name: string): string | undefined {
  if (Object.hasOwn(fields, name)) return name;
  return Object.keys(fields).find((field) => field.toLowerCase() === name.toLowerCase());
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function mismatch({ kind }: JsonNode, path: readonly string[]): string {
  return `json: cannot unmarshal ${kind} into ${path.join(".") || "the answer"}`;
}
