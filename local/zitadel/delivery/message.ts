import { goError } from "../errors";
import type { JsonMember } from "../json";
import { compactMembers, readWhole } from "./go-json";

/** Reads an answer as a message. Passes its text to `keep`, or what is left of it before it throws. */
export type MessageReader = (answer: string, keep: (text: string) => void) => void;

/** Whether a message has a field of this name. */
export type FieldTest = (name: string) => boolean;

/** Members of a payload, in spellings that no message has. */
const AROUND = ["fullMethod", "instanceID", "orgID", "projectID", "userID"];

/**
 * Reads a target's answer as a message, by the rules of protobuf's JSON mapping, and returns its text. The mock server does not know
 * the messages of all methods, but it recognizes a receiver that sent the whole payload back.
 *
 * ZITADEL empties the message and reads the answer up to the first mistake. What is left then is passed to `keep` before the failure
 * is thrown. An answer that is not JSON leaves the message unchanged.
 */
export function readMessage(answer: string, keep: (text: string) => void, isField: FieldTest = isNotAround): void {
  const json = readWhole(answer);
  const { root } = json;
  const read: JsonMember[] = [];
  try {
    if (root.kind !== "object") {
      throw goError(`proto: syntax error ${json.place(root.position)}: unexpected token ${root.raw}`);
    }
    const seen = new Set<string>();
    for (const member of root.members) {
      if (!isField(member.name)) throw goError(`proto: ${json.place(member.position)}: unknown field ${member.raw}`);
      if (seen.has(member.name)) throw goError(`proto: ${json.place(member.position)}: duplicate field ${member.raw}`);
      seen.add(member.name);
      if (member.value.kind !== "null") read.push(member);
    }
  } finally {
    keep(compactMembers(read));
  }
}

function isNotAround(name: string): boolean {
  return !AROUND.includes(name);
}
