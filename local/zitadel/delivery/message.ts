import { fieldName, hasFields, noFields } from "../../../webhook/message-fields";
import { goError } from "../errors";
import type { JsonMember, JsonText } from "../json";
import { compactMembers, readWhole } from "./go-json";

/** Reads an answer as a message. Passes its text to `keep`, or what is left of it before it throws. */
export type MessageReader = (answer: string, keep: (text: string) => void) => void;

/** Whether a message has a field of this name. */
export type FieldTest = (name: string) => boolean;

/**
 * Reads a target's answer as a message, by the rules of protobuf's JSON mapping, and returns its text. The mock server does not know
 * the messages of all methods, but it recognizes a receiver that sent the whole payload back, or an answer to a function.
 *
 * ZITADEL empties the message and reads the answer up to the first mistake. What is left then is passed to `keep` before the failure
 * is thrown. An answer that is not JSON leaves the message unchanged.
 */
export function readMessage(answer: string, keep: (text: string) => void, isField: FieldTest = isPossible): void {
  const json = readWhole(answer);
  const { root } = json;
  const read: JsonMember[] = [];
  try {
    if (root.kind !== "object") {
      throw goError(`proto: syntax error ${json.place(root.position)}: unexpected token ${root.raw}`);
    }
    const seen = new Set<string>();
    for (const member of root.members) {
      checkName(json, member, seen, true);
      if (!isField(member.name)) throw goError(`proto: ${json.place(member.position)}: unknown field ${member.raw}`);
      checkValue(json, member);
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

/** The same for everything in a value, at any depth. Does not call itself, so that no depth exhausts the stack. */
function checkValue(json: JsonText, { name, value }: JsonMember): void {
  const left = [{ node: value, isMessage: hasFields(name) }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { node, isMessage } = next;
    checkText(json, node.text, node.position);
    const seen = new Set<string>();
    for (const member of node.members) checkName(json, member, seen, isMessage);
    const inner = [
      ...node.items.map((item) => ({ node: item, isMessage })),
      ...node.members.map((member) => ({ node: member.value, isMessage: isMessage && hasFields(member.name) })),
    ];
    for (const one of inner.reverse()) left.push(one);
  }
}

/** Fails at a text that had invalid UTF-8, or half of a surrogate pair. */
function checkText(json: JsonText, text: string, position: number): void {
  if (!text.isWellFormed()) throw goError(`proto: syntax error ${json.place(position)}: invalid UTF-8 in string`);
}
