import type { Client } from "../provider/client";
import { hasCode } from "../provider/errors";
import { probe } from "../provider/target/calls";
import { concurrently } from "./concurrently";
import type { Report } from "./progress";

/** What ZITADEL's write side says of a target; `unknown` where the user may not ask it. */
export type Standing = "there" | "gone" | "unknown";

export type Ask = (targetId: string) => Promise<Standing>;

/**
 * Asks the write side, which never lags, by an update of nothing: what ZITADEL shows may be late, or wrong for good. It is asked
 * once for each target, and no more once it has said that the user may not.
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

/** So many questions at once are enough: a client sends fewer of them at a time. */
const mostQuestions = 8;

/**
 * The targets that ZITADEL lists although they are deleted: its read model missed the deletion. None is found where the user may
 * not ask the write side.
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
