import { goJson } from "../../../webhook/testing/go-json";
import { ApiError, goError } from "../errors";
import { quoted, readJson, type JsonMember, type JsonNode, type JsonText } from "../json";

export { goJson };

/** Reads a text that must be one JSON value and nothing else, and fails as Go's `json.Unmarshal` does. */
export function readWhole(text: string): JsonText {
  const json = read(text);
  const rest = json?.rest.replace(/^[ \t\r\n]+/, "") ?? "";
  if (json === undefined) throw goError("unexpected end of JSON input");
  if (rest !== "") throw goError(`invalid character ${quoted(rest)} after top-level value`);
  return json;
}

function read(text: string): JsonText | undefined {
  try {
    return readJson(text);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { message } = error.body;
    throw goError(message === "unexpected EOF" ? "unexpected end of JSON input" : message);
  }
}

/**
 * Writes a value without spaces. Members keep their order, and numbers keep their form. Does not call itself, so that no depth exhausts
 * the stack.
 */
export function compact(node: JsonNode): string {
  let json = "";
  const left: (JsonNode | string)[] = [node];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (typeof next === "string") json += next;
    else if (next.kind === "object" || next.kind === "array") left.push(...partsOf(next).reverse());
    else json += next.kind === "string" ? goString(next.text) : next.text;
  }
  return json;
}

/** What an object or array consists of, in order. */
function partsOf({ kind, items, members }: JsonNode): (JsonNode | string)[] {
  const entries =
    kind === "array"
      ? items.map((item) => ["", item] as const)
      : members.map(({ name, value }) => [`${goString(name)}:`, value] as const);
  const [open, close] = kind === "array" ? ["[", "]"] : ["{", "}"];
  return [open, ...entries.flatMap(([name, value], index) => [index === 0 ? name : `,${name}`, value]), close];
}

export function compactMembers(members: readonly JsonMember[]): string {
  return `{${members.map(({ name, value }) => `${goString(name)}:${compact(value)}`).join(",")}}`;
}

/** Builds an object from members that are already JSON. Leaves out those that are `undefined` or `""`. */
export function objectOf(members: Record<string, string | undefined>): string {
  const present = Object.entries(members).filter(([, json]) => json !== undefined && json !== "");
  return `{${present.map(([name, json]) => `${goString(name)}:${json ?? ""}`).join(",")}}`;
}

/** A string as a member for {@link objectOf}: left out if it is empty. */
export function textOrNothing(text: string): string | undefined {
  return text === "" ? undefined : goString(text);
}

/** Writes a string as JSON, as Go does. */
export function goString(text: string): string {
  return goJson(text.toWellFormed());
}
