import type { Client } from "../provider/core/client";
import { hasCode } from "../provider/api/errors";
import { probe } from "../provider/target/calls";
import { concurrently } from "./concurrently";
import type { Report } from "./progress";

/** A target's status on ZITADEL's write side; `unknown` if the user may not ask it. */
export type Standing = "there" | "gone" | "unknown";

export type Ask = (targetId: string) => Promise<Standing>;

/**
 * Asks the write side, which never lags, with an empty update: the read model may be late, or wrong for good. It asks once for
 * each target, and stops asking after the first answer that the user lacks the permission.
 */
export function writeSide(client: Client): Ask {
  const answers = new Map<string, Promise<Standing>>();
  let allowed = true;
  const ask = async (id: string): Promise<Standing> => {
    if (!allowed) return "unknown";
    try {
      return (await probe(client, id, id)) === undefined ? "gone" : "there";
    } catch (error) {
      if (!hasCode(error, "forbidden")) throw error;
      allowed = false;
      return "unknown";
    }
  };
  return (id) => {
    const answer = answers.get(id) ?? ask(id);
    answers.set(id, answer);
    return answer;
  };
}

/** How many requests run at a time; the client itself allows even fewer. */
const mostQuestions = 8;

/**
 * The targets that ZITADEL lists although they are deleted: its read model missed the deletion. Finds none if the user may not
 * ask the write side.
 */
export async function deletedAmong<Target extends { readonly id: string }>(
  listed: readonly Target[],
  ask: Ask,
  report: Report = () => undefined,
): Promise<Target[]> {
  const standings = await concurrently(
    listed,
    mostQuestions,
    ({ id }) => ask(id),
    (done) => report("confirming targets", done, listed.length),
  );
  return listed.filter((_, index) => standings[index] === "gone");
}
