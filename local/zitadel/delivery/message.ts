import type { JsonMember } from "../json";
import { goError } from "./failure";
import { compactMembers, readWhole } from "./go-json";

/** Takes an answer for a message: hands its text to `keep`, or what is left of it before it throws. */
export type MessageReader = (answer: string, keep: (text: string) => void) => void;

/** Whether a message has a field of this name. */
export type FieldTest = (name: string) => boolean;

/** Members of the payload around a message, in spellings that no message has. */
const AROUND = ["fullMethod", "instanceID", "orgID", "projectID", "userID"];

/**
 * Takes a target's answer for a message, as protobuf's JSON mapping reads one, and returns its text. The stand-in does
 * not know the messages of all methods; what it can tell is that a receiver sent the whole payload back.
 *
 * A message that turns out to be wrong has been emptied and read up to the fault by then: what is left of it is handed
 * to `keep` before the failure is thrown. A text that is no JSON leaves the message as it was.
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
