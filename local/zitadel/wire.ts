import { parseDuration, type WireDuration } from "./duration";
import { invalid } from "./errors";
import { readJson, type JsonMember, type JsonNode, type JsonText } from "./json";
import { enumNumber, scalar } from "./scalars";
import { EARLIEST, LATEST, parseTimestamp, type WireTimestamp } from "./timestamp";

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
  if (json === undefined) return {};
  const decoder = new Decoder(json);
  decoder.checkTexts();
  return decoder.message(type, json.root) as Message<M>;
}

class Decoder {
  constructor(private readonly json: JsonText) {}

  /** Rejects a name or a string that is not Unicode, also in an unknown field: it had invalid UTF-8, or half of a surrogate pair. */
  checkTexts(): void {
    const nodes = [this.json.root];
    for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
      const bad = [...node.members.map(({ name: text, position }) => ({ text, position })), node].find(
        ({ text }) => !text.isWellFormed(),
      );
      if (bad) throw invalid(`proto: syntax error ${this.json.place(bad.position)}: invalid UTF-8 in string`);
      for (const inner of [...node.items, ...node.members.map(({ value }) => value)]) nodes.push(inner);
    }
  }

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
    const value = field.type === "enum" ? enumNumber(field.names, node) : scalar(field.type, node);
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
    if (timestamp.seconds < EARLIEST || timestamp.seconds > LATEST) {
      throw this.error(node, `google.protobuf.Timestamp value out of range: ${node.raw}`);
    }
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
