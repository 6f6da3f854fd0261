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

const MAX_DEPTH = 10_000;
const BLANK = /[ \t\r\n]*/y;
const PLAIN = /[ !#-[\]-\uffff]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

/**
 * Reads the first JSON value of a text as Go's `encoding/json` does, ignoring what follows it; `undefined` for an empty
 * text. Unlike `JSON.parse` it keeps duplicate keys and places, since protobuf refuses the former and names the latter.
 */
export function readJson(text: string): JsonText | undefined {
  const reader = new Reader(text);
  reader.skipBlanks();
  if (reader.atEnd) return undefined;
  const root = reader.value();
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

  /** Reads a value. Does not call itself for a value inside another, so that no depth exhausts the stack. */
  value(): JsonNode {
    const open: JsonNode[] = [];
    let root: JsonNode | undefined;
    do {
      const value = this.next(open);
      root ??= value;
      if (this.hasContent(value)) open.push(value);
      else for (let parent = open.at(-1); parent && this.ends(parent); parent = open.at(-1)) open.pop();
    } while (open.length > 0);
    return root;
  }

  /** Reads the next value, or the beginning of a container, and adds it to the innermost open container. */
  private next(open: readonly JsonNode[]): JsonNode {
    const parent = open.at(-1);
    const name = parent?.kind === "object" ? this.name() : undefined;
    this.skipBlanks();
    const value = this.start(open.length);
    if (name === undefined) parent?.items.push(value);
    else parent?.members.push({ ...name, value });
    return value;
  }

  private start(depth: number): JsonNode {
    const position = this.at;
    const first = this.text[position];
    switch (first) {
      case "{":
      case "[":
        if (depth === MAX_DEPTH) throw this.unexpected("exceeded max depth");
        this.at++;
        return node(first === "{" ? "object" : "array", position, first);
      case '"': {
        const raw = this.string();
        return node("string", position, raw, JSON.parse(raw) as string);
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

  private name(): Omit<JsonMember, "value"> {
    this.skipBlanks();
    const position = this.at;
    if (this.text[position] !== '"') throw this.unexpected("looking for beginning of object key string");
    const raw = this.string();
    this.skipBlanks();
    if (!this.take(":")) throw this.unexpected("after object key");
    return { name: JSON.parse(raw) as string, raw, position };
  }

  /** Whether a value that was just read is a container with something in it. If it is empty, reads its end. */
  private hasContent({ kind }: JsonNode): boolean {
    if (kind !== "object" && kind !== "array") return false;
    this.skipBlanks();
    return !this.take(kind === "object" ? "}" : "]");
  }

  /** Reads what is between two values of a container, or its end. Returns whether it is the end. */
  private ends({ kind }: JsonNode): boolean {
    this.skipBlanks();
    if (this.take(kind === "object" ? "}" : "]")) return true;
    if (!this.take(","))
      throw this.unexpected(kind === "object" ? "after object key:value pair" : "after array element");
    return false;
  }

  private string(): string {
    const start = this.at;
    this.at++;
    do this.match(PLAIN);
    while (this.match(ESCAPE) !== undefined);
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

function node(kind: JsonNode["kind"], position: number, raw: string, text = raw): JsonNode {
  return { kind, position, raw, text, members: [], items: [] };
}
