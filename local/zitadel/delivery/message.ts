import {
  fieldName,
  hasFields,
  isOtherType,
  noFields,
  type SentField,
  sentFields,
} from "../../../webhook/message-fields";
import { type ApiError, goError } from "../errors";
import type { JsonMember, JsonNode, JsonText } from "../json";
import { compactMembers, readWhole } from "./go-json";
import { numberOutOfRange } from "./go-struct";

/** Reads an answer as a message, which replaces the sent one. Passes its text to `keep`, or what is left of it before it throws. */
export type MessageReader = (answer: string, keep: (text: string) => void, sent: string) => void;

/** Whether a message has a field of this name. */
export type FieldTest = (name: string) => boolean;

/**
 * Reads a target's answer as a message, by the rules of protobuf's JSON mapping, and returns its text. The mock server does not know
 * the messages of all methods, but it recognizes a receiver that sent the whole payload back, or an answer to a function, and a value of another type than
 * in the message that was sent.
 *
 * ZITADEL empties the message and reads the answer up to the first mistake. What is left then is passed to `keep` before the failure
 * is thrown. An answer that is not JSON leaves the message unchanged.
 */
export function readMessage(
  answer: string,
  keep: (text: string) => void,
  sent: string | undefined,
  isField: FieldTest = isPossible,
): void {
  const json = readWhole(answer);
  const { root } = json;
  const read: JsonMember[] = [];
  try {
    if (root.kind !== "object") {
      throw unexpected(json, root);
    }
    const seen = new Set<string>();
    const { fields } = sentFields(sent === undefined ? undefined : JSON.parse(sent));
    for (const member of root.members) {
      checkName(json, member, seen, true);
      if (!isField(member.name)) throw goError(`proto: ${json.place(member.position)}: unknown field ${member.raw}`);
      checkValue(json, member, fields.get(fieldName(member.name)));
      if (member.value.kind !== "null") read.push(member);
    }
  } finally {
    keep(compactMembers(read));
  }
}

function isPossible(name: string): boolean {
  return !noFields.includes(name);
}

/** Fails at a name that is not Unicode, and at one that the same object had before, for a field in either of its spellings. */
function checkName(json: JsonText, { name, raw, position }: JsonMember, seen: Set<string>, isMessage: boolean): void {
  checkText(json, name, position);
  const key = isMessage ? fieldName(name) : name;
  if (seen.has(key))
    throw goError(`proto: ${json.place(position)}: duplicate ${isMessage ? "field" : "map key"} ${raw}`);
  seen.add(key);
}

/** The same for everything in a value, at any depth, and its type. Does not call itself, so that no depth exhausts the stack. */
function checkValue(json: JsonText, { name, value }: JsonMember, sent: SentField | undefined): void {
  /** A value within an open one is not that of a field. */
  const left = [{ name, node: value, sent, isField: true, isOpen: !hasFields(name) }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { name: field, node, sent: known, isField, isOpen } = next;
    checkText(json, node.text, node.position);
    if (isOtherType(known?.value, plain(node)) || (node.kind === "number" && numberOutOfRange(node) !== undefined))
      throw wrongValue(json, node, field, known);
    const wrong = isField && node.kind === "array" ? node.items.find(isNoEntry) : undefined;
    const seen = new Set<string>();
    for (const member of node.members) checkName(json, member, seen, !isOpen);
    const inner = [
      ...node.items.map((item) => ({ name: field, node: item, sent: known?.entries, isField, isOpen: !isField })),
      ...node.members.map((member) => ({
        name: member.name,
        node: member.value,
        sent: isOpen ? undefined : known?.fields.get(fieldName(member.name)),
        isField: !isOpen,
        isOpen: isOpen || !hasFields(member.name),
      })),
    ];
    if (wrong !== undefined) throw unexpected(json, wrong);
    for (const one of inner.reverse()) left.push(one);
  }
}

/** No list of a message has a null or another list. */
function isNoEntry({ kind }: JsonNode): boolean {
  return kind === "null" || kind === "array";
}

/** A value as plain JSON, but an object or a list without its content. */
function plain({ kind, text }: JsonNode): unknown {
  switch (kind) {
    case "object":
      return {};
    case "array":
      return [];
    case "string":
      return text;
    default:
      return JSON.parse(text);
  }
}

function wrongValue(json: JsonText, node: JsonNode, name: string, sent: SentField | undefined): ApiError {
  const type = typeof sent?.value;
  if (type === "object") return unexpected(json, node);
  const kind = { boolean: "bool", number: "int32", undefined: "double" }[type as string] ?? "string";
  return goError(
    `proto: ${json.place(node.position)}: invalid value for ${kind} field ${fieldName(name)}: ${node.raw}`,
  );
}

function unexpected(json: JsonText, { position, raw }: JsonNode): ApiError {
  return goError(`proto: syntax error ${json.place(position)}: unexpected token ${raw}`);
}

/** Fails at a text that had invalid UTF-8, or half of a surrogate pair. */
function checkText(json: JsonText, text: string, position: number): void {
  if (!text.isWellFormed()) throw goError(`proto: syntax error ${json.place(position)}: invalid UTF-8 in string`);
}
