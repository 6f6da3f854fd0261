import type { JsonNode } from "../json";
import { compact } from "./go-json";

/** The type of a field of a Go struct. */
export type GoType =
  | { kind: "string" | "bytes" | "any" }
  | { kind: "list"; of: GoType }
  /** `name` is the type's name with its package. */
  | { kind: "struct"; name: string; fields: Record<string, GoType> };

export type GoStruct = GoType & { kind: "struct" };

/**
 * Reads JSON into the fields of a struct as Go's `json.Unmarshal` does. Names are case-insensitive, unknown members are ignored, and
 * reading continues after a value of the wrong type. Returns the text of the first failure, if there was one.
 */
export function readInto(target: Record<string, unknown>, struct: GoStruct, node: JsonNode): string | undefined {
  const failures: string[] = [];
  readFields(target, struct, node, { struct: "", path: [] }, failures);
  return failures[0];
}

/** Returns the names of an object's members that the struct has no field for. */
export function unknownIn(struct: GoStruct, { members }: JsonNode): string[] {
  return members.map(({ name }) => name).filter((name) => fieldOf(struct, name) === undefined);
}

/** The position of a value: the innermost struct, and the names of all fields on the path to it. */
interface Place {
  struct: string;
  path: string[];
}

function readFields(
  target: Record<string, unknown>,
  struct: GoStruct,
  node: JsonNode,
  place: Place,
  failures: string[],
): void {
  if (node.kind === "null") return;
  if (node.kind !== "object") {
    failures.push(mismatch(node, struct, place));
    return;
  }
  const name = struct.name.replace(/^.*\./, "");
  for (const member of node.members) {
    const field = fieldOf(struct, member.name);
    const type = field === undefined ? undefined : struct.fields[field];
    if (field === undefined || type === undefined) continue;
    const value = read(type, member.value, { struct: name, path: [...place.path, field] }, failures);
    if (value !== undefined) target[field] = value;
  }
}

/** Reads a value. Returns `null` for a null, and `undefined` for a value of the wrong type. */
function read(type: GoType, node: JsonNode, place: Place, failures: string[]): unknown {
  if (type.kind === "any") return sorted(JSON.parse(compact(node)));
  if (node.kind === "null") return type.kind === "string" ? undefined : null;
  if (type.kind === "struct") {
    const value: Record<string, unknown> = {};
    readFields(value, type, node, place, failures);
    return value;
  }
  if (type.kind === "list" && node.kind === "array") {
    return node.items.map((item) => read(type.of, item, place, failures) ?? null);
  }
  if (type.kind !== "list" && node.kind === "string") {
    const wrong = type.kind === "bytes" ? wrongBase64At(node.text) : -1;
    if (wrong < 0) return node.text;
    failures.push(`illegal base64 data at input byte ${wrong}`);
    return undefined;
  }
  failures.push(mismatch(node, type, place));
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

function wrongBase64At(text: string): number {
  const padded = /^[A-Za-z0-9+/]*/.exec(text)?.[0].length ?? 0;
  const rest = text.slice(padded);
  const whole = text.length % 4 === 0 && (rest === "" || rest === "=" || rest === "==");
  return whole ? -1 : padded;
}

function mismatch({ kind }: JsonNode, type: GoType, { struct, path }: Place): string {
  const where = path.length === 0 ? "Go value" : `Go struct field ${struct}.${path.join(".")}`;
  return `json: cannot unmarshal ${kind} into ${where} of type ${nameOf(type)}`;
}

function nameOf(type: GoType): string {
  switch (type.kind) {
    case "list":
      return `[]${type.of.kind === "struct" ? "*" : ""}${nameOf(type.of)}`;
    case "struct":
      return type.name;
    case "bytes":
      return "[]uint8";
    default:
      return type.kind;
  }
}
