import { invalid } from "./errors";

/** A JSON value with its place in the text, as protobuf's JSON errors need it. */
export interface JsonNode {
  kind: "object" | "array" | "string" | "number" | "bool" | "null";
  /** Where the value begins, in UTF-16 units. */
  position: number;
  /** The text of the value's first token, as an error quotes it. */
  raw: string;
  /** The content of a string; the text of anything else. */
  text: string;
  members: JsonMember[];
  items: JsonNode[];
}

export interface JsonMember {
  name: string;
  /** The name as written, quotes included. */
  raw: string;
  position: number;
  value: JsonNode;
}

export interface JsonText {
  root: JsonNode;
  /** What stands after the value. */
  rest: string;
  /** Line and column of a place, both from 1, in the form that protobuf's errors use. */
  place(position: number): string;
}

/** Go reads ten times as deep. Here, a value must fit on the stack. */
const MAX_DEPTH = 1_000;
const BLANK = /[ \t\r\n]*/y;
const IN_STRING = /(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/uy;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

/**
 * Reads the first JSON value of a text as Go's `encoding/json` does, ignoring what follows it; `undefined` for an empty
 * text. Unlike `JSON.parse` it keeps duplicate keys and places, since protobuf refuses the former and names the latter.
 */
export function readJson(text: string): JsonText | undefined {
  const reader = new Reader(text);
  reader.skipBlanks();
  if (reader.atEnd) return undefined;
  const root = reader.value(0);
  return { root, rest: reader.rest, place: (position) => place(text, root.position, position) };
}

function place(text: string, start: number, position: number): string {
  const before = text.slice(start, position);
  const line = before.split("\n").length;
  const column = Array.from(before.slice(before.lastIndexOf("\n") + 1)).length + 1;
  return `(line ${line}:${column})`;
}

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  get atEnd(): boolean {
    return this.at >= this.text.length;
  }

  get rest(): string {
    return this.text.slice(this.at);
  }

  skipBlanks(): void {
    this.match(BLANK);
  }

  value(depth: number): JsonNode {
    if (depth > MAX_DEPTH) throw invalid("exceeded max depth");
    this.skipBlanks();
    const position = this.at;
    switch (this.text[position]) {
      case "{":
        return node("object", position, "{", { members: this.members(depth) });
      case "[":
        return node("array", position, "[", { items: this.items(depth) });
      case '"': {
        const raw = this.string();
        return node("string", position, raw, { text: JSON.parse(raw) as string });
      }
      case "t":
        return node("bool", position, this.word("true"));
      case "f":
        return node("bool", position, this.word("false"));
      case "n":
        return node("null", position, this.word("null"));
      default:
        return node("number", position, this.number());
    }
  }

  private members(depth: number): JsonMember[] {
    const members: JsonMember[] = [];
    this.at++;
    this.skipBlanks();
    if (this.take("}")) return members;
    for (;;) {
      this.skipBlanks();
      const position = this.at;
      if (this.text[position] !== '"') throw this.unexpected("looking for beginning of object key string");
      const raw = this.string();
      this.skipBlanks();
      if (!this.take(":")) throw this.unexpected("after object key");
      members.push({ name: JSON.parse(raw) as string, raw, position, value: this.value(depth + 1) });
      this.skipBlanks();
      if (this.take("}")) return members;
      if (!this.take(",")) throw this.unexpected("after object key:value pair");
    }
  }

  private items(depth: number): JsonNode[] {
    const items: JsonNode[] = [];
    this.at++;
    this.skipBlanks();
    if (this.take("]")) return items;
    for (;;) {
      items.push(this.value(depth + 1));
      this.skipBlanks();
      if (this.take("]")) return items;
      if (!this.take(",")) throw this.unexpected("after array element");
    }
  }

  private string(): string {
    const start = this.at;
    this.at++;
    this.match(IN_STRING);
    if (this.take('"')) return this.text.slice(start, this.at);
    if (!this.take("\\")) throw this.unexpected("in string literal");
    if (!this.take("u")) throw this.unexpected("in string escape code");
    this.match(/[0-9a-fA-F]*/y);
    throw this.unexpected("in \\u hexadecimal character escape");
  }

  private number(): string {
    const raw = this.match(NUMBER);
    if (raw === undefined) {
      if (this.take("-")) throw this.unexpected("in numeric literal");
      throw this.unexpected("looking for beginning of value");
    }
    if (this.take(".")) throw this.unexpected("after decimal point in numeric literal");
    if (this.match(/[eE][+-]?/y) !== undefined) throw this.unexpected("in exponent of numeric literal");
    return raw;
  }

  private word(word: string): string {
    for (const letter of word) {
      if (!this.take(letter)) throw this.unexpected(`in literal ${word} (expecting '${letter}')`);
    }
    return word;
  }

  private take(character: string): boolean {
    const there = this.text[this.at] === character;
    if (there) this.at++;
    return there;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private unexpected(where: string) {
    const character = this.text[this.at];
    return invalid(character === undefined ? "unexpected EOF" : `invalid character ${quoted(character)} ${where}`);
  }
}

/** The first byte of a text as Go quotes it: beyond ASCII as if it were a letter of its own. */
export function quoted(text: string): string {
  return `'${quoteByte(Buffer.from(text).at(0) ?? 0)}'`;
}

function quoteByte(byte: number): string {
  const escape = { 7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 39: "\\'", 92: "\\\\" }[
    byte
  ];
  if (escape !== undefined) return escape;
  const isControl = byte < 32 || byte === 127;
  return isControl ? `\\x${byte.toString(16).padStart(2, "0")}` : String.fromCharCode(byte);
}

function node(
  kind: JsonNode["kind"],
  position: number,
  raw: string,
  rest: Partial<Pick<JsonNode, "text" | "members" | "items">> = {},
): JsonNode {
  return { kind, position, raw, text: raw, members: [], items: [], ...rest };
}
