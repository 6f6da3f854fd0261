import { invalid } from "./errors";
import { readJson, type JsonMember, type JsonNode, type JsonText } from "./json";
import { parseTimestamp, type WireTimestamp } from "./timestamp";

/** A duration as protobuf has it, before its range is checked. */
export interface WireDuration {
  seconds: number;
  nanos: number;
}

interface FieldTypes {
  string: string;
  bytes: Buffer;
  bool: boolean;
  uint32: number;
  uint64: bigint;
  duration: WireDuration;
  timestamp: WireTimestamp;
}

type Scalar = { [T in keyof FieldTypes]: { type: T; oneof?: string } }[keyof FieldTypes];
interface EnumField {
  type: "enum";
  /** The names, in the order of their numbers. */
  names: readonly string[];
  oneof?: string;
}
interface MessageField<M extends MessageType = MessageType> {
  type: "message";
  message: M;
  oneof?: string;
}
type ItemField = Scalar | EnumField | MessageField;
interface ListField<I extends ItemField = ItemField> {
  type: "list";
  of: I;
  oneof?: string;
}
export type Field = ItemField | ListField;

/** What a message may hold, by the JSON names of its fields. */
export interface MessageType {
  readonly name: string;
  readonly fields: Readonly<Record<string, Field>>;
}

type FieldValue<F> = F extends { type: infer T extends keyof FieldTypes }
  ? FieldTypes[T]
  : F extends { type: "enum" }
    ? number
    : F extends MessageField<infer M>
      ? Message<M>
      : F extends ListField<infer I>
        ? FieldValue<I>[]
        : never;

/** A decoded message: what was not sent, and what was sent as null, is not in it. */
export type Message<M extends MessageType> = { [K in keyof M["fields"]]?: FieldValue<M["fields"][K]> };

/**
 * Decodes a request body by the rules of protobuf's JSON mapping as ZITADEL applies it: unknown fields and unknown enum
 * names are dropped, snake_case names count, a field given twice is refused.
 */
export function decode<M extends MessageType>(type: M, body: string): Message<M> {
  const json = readJson(body);
  return json === undefined ? {} : (new Decoder(json).message(type, json.root) as Message<M>);
}

class Decoder {
  constructor(private readonly json: JsonText) {}

  message(type: MessageType, node: JsonNode): Record<string, unknown> {
    if (node.kind !== "object") throw this.unexpectedToken(node);
    const decoded: Record<string, unknown> = {};
    const seen = new Set<string>();
    const seenOneofs = new Set<string>();
    for (const member of node.members) {
      const name = fieldName(type, member.name);
      const field = name === undefined ? undefined : type.fields[name];
      if (name === undefined || field === undefined) continue;
      if (seen.has(name)) throw this.error(member, `duplicate field ${member.raw}`);
      seen.add(name);
      if (member.value.kind === "null") continue;
      if (field.oneof !== undefined) {
        const oneof = `zitadel.action.v2.${type.name}.${field.oneof}`;
        if (seenOneofs.has(oneof))
          throw this.error(member, `error parsing ${member.raw}, oneof ${oneof} is already set`);
        seenOneofs.add(oneof);
      }
      const value = field.type === "list" ? this.list(name, field, member.value) : this.item(name, field, member.value);
      if (value !== undefined) decoded[name] = value;
    }
    return decoded;
  }

  private list(name: string, field: ListField, node: JsonNode): unknown[] {
    if (node.kind !== "array") throw this.unexpectedToken(node);
    return node.items.map((item) => this.item(name, field.of, item)).filter((item) => item !== undefined);
  }

  /** The value of one field or list item; `undefined` where it is to be dropped. */
  private item(name: string, field: ItemField, node: JsonNode): unknown {
    if (field.type === "message") return this.message(field.message, node);
    if (field.type === "duration") return this.duration(node);
    if (field.type === "timestamp") return this.timestamp(node);
    const value = field.type === "enum" ? enumNumber(field, node) : scalar(field.type, node);
    if (value === null) {
      throw this.error(node, `invalid value for ${field.type} field ${name}: ${node.raw}`);
    }
    return value;
  }

  private duration(node: JsonNode): WireDuration {
    if (node.kind !== "string") throw this.unexpectedToken(node);
    const duration = parseDuration(node.text);
    if (duration === undefined) {
      throw this.error(node, `invalid google.protobuf.Duration value ${node.raw}`);
    }
    if (Math.abs(duration.seconds) > 315_576_000_000) {
      throw this.error(node, `google.protobuf.Duration value out of range: ${node.raw}`);
    }
    return duration;
  }

  private timestamp(node: JsonNode): WireTimestamp {
    if (node.kind !== "string") throw this.unexpectedToken(node);
    const timestamp = parseTimestamp(node.text);
    if (timestamp === undefined) throw this.error(node, `invalid google.protobuf.Timestamp value ${node.raw}`);
    return timestamp;
  }

  private error(at: JsonNode | JsonMember, message: string) {
    return invalid(`proto: ${this.json.place(at.position)}: ${message}`);
  }

  private unexpectedToken(node: JsonNode) {
    return invalid(`proto: syntax error ${this.json.place(node.position)}: unexpected token ${node.raw}`);
  }
}

/** The JSON name of the field that a key stands for: that name itself, or the snake_case name of the protobuf file. */
export function fieldName(type: MessageType, key: string): string | undefined {
  if (Object.hasOwn(type.fields, key)) return key;
  return Object.keys(type.fields).find((name) => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`) === key);
}

/** A scalar's value, or `null` where the JSON value does not fit its type. */
function scalar(type: Exclude<Scalar["type"], "duration" | "timestamp">, node: JsonNode): unknown {
  switch (type) {
    case "string":
      return node.kind === "string" ? node.text : null;
    case "bytes":
      return node.kind === "string" ? bytes(node.text) : null;
    case "bool":
      return node.kind === "bool" ? node.text === "true" : null;
    case "uint32": {
      const value = integer(node);
      return value !== null && value >= 0n && value < 2n ** 32n ? Number(value) : null;
    }
    case "uint64": {
      const value = integer(node);
      return value !== null && value >= 0n && value < 2n ** 64n ? value : null;
    }
  }
}

/** What base64 stands for, in either alphabet, with its padding or without; line ends in it are passed over. */
function bytes(text: string): Buffer | null {
  const alphabet = /[-_]/.test(text) ? "[A-Za-z0-9_-]" : "[A-Za-z0-9+/]";
  const padding = text.length % 4 === 0 ? `(?:${alphabet}{2}==|${alphabet}{3}=)?` : `${alphabet}{0,3}`;
  const digits = text.replace(/[\r\n]/g, "");
  const isBase64 = new RegExp(`^(?:${alphabet}{4})*${padding}$`).test(digits) && digits.length % 4 !== 1;
  return isBase64 ? Buffer.from(digits, "base64") : null;
}

/** An integer written as a number or as a string with a number in it. */
function integer(node: JsonNode): bigint | null {
  if (node.kind !== "number" && node.kind !== "string") return null;
  if (/^-?(?:0|[1-9][0-9]*)$/.test(node.text)) return BigInt(node.text);
  // 1e2 and 1.0 are integers too; nothing here needs one of them beyond 2^53.
  const value = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/.test(node.text) ? Number(node.text) : NaN;
  return Number.isSafeInteger(value) ? BigInt(value) : null;
}

/** An enum's number; `undefined` for a name that does not exist, which is dropped; `null` for another type. */
function enumNumber(field: EnumField, node: JsonNode): number | null | undefined {
  if (node.kind === "string") {
    const number = field.names.indexOf(node.text);
    return number < 0 ? undefined : number;
  }
  const number = node.kind === "number" ? integer(node) : null;
  return number !== null && number >= -(2n ** 31n) && number < 2n ** 31n ? Number(number) : null;
}

/** Reads decimal seconds with up to nine decimals and the suffix `s`. */
function parseDuration(text: string): WireDuration | undefined {
  const match = /^([+-]?)(0|[1-9][0-9]*)?(\.[0-9]{0,9})?s$/.exec(text);
  if (match === null || (match[2] === undefined && match[3] === undefined)) return undefined;
  const sign = match[1] === "-" ? -1 : 1;
  // Seconds must fit into 64 bits; whether they are in range is another question.
  if (BigInt(match[2] ?? 0) >= 2n ** 63n) return undefined;
  const nanos = Number((match[3] ?? ".").slice(1).padEnd(9, "0"));
  return { seconds: sign * Number(match[2] ?? 0), nanos: sign * nanos };
}

/** A duration in canonical form: 0, 3, 6 or 9 decimals. */
export function formatDuration(nanos: number): string {
  const decimals = String(nanos % 1_000_000_000).padStart(9, "0");
  const shortest = decimals.replace(/(?:000){1,3}$/, "");
  return `${Math.floor(nanos / 1_000_000_000)}${shortest === "" ? "" : `.${shortest}`}s`;
}
