import * as z from "zod";
import type { Call } from "../api/client";
import type { Client } from "../core/client";
import { closest } from "../api/closest";
import { type Refusal, unlessFailed } from "../api/errors";
import { isId } from "../api/id";
import { untilHidden, untilShown } from "../api/server-time";
import { probe } from "../target/calls";
import { conditionOf, partsOf } from "./condition";
import { reader } from "./search";
import { sameList, setSchema, type Stored } from "./wire";

/** Sets a condition's whole list of targets, and returns when ZITADEL saved it. */
export async function setTargets(client: Client, id: string, targets: readonly string[]): Promise<string> {
  const call = setCall(id, targets);
  const { body, refusal } = await client.ask(call).finally(() => reader(client).forget());
  if (refusal === undefined) {
    if (targets.length > 0) client.ledger.lastSet = { id, setDate: body.setDate };
    return body.setDate;
  }
  if (refusal.doubtful === true && (refusal.code === "interrupted" || refusal.status === 500)) {
    const done = await findSet(client, id, targets);
    if (done !== undefined) return done;
  } else if (refusal.code === "unavailable" && refusal.doubtful === true) {
    const { status } = refusal;
    const said = `the last of several tries got ${status}, so the call may or may not have taken effect`;
    throw client.failed(call, "unanswered", said, "Run the same command again: it finds out.", { status });
  }
  throw client.refused(call, refusal, await unlessFailed(() => hintFor(client, id, targets, refusal)));
}

/** Whether a call that was stopped has taken effect anyway: then, when ZITADEL saved the list. */
async function findSet(client: Client, id: string, targets: readonly string[]): Promise<string | undefined> {
  const look = () => reader(client).findNow(id);
  return unlessFailed(async () => {
    if (targets.length === 0) return (await untilHidden(client, look)) === undefined ? longAgo : undefined;
    return (await untilShown(client, look, (row) => sameList(row.targets, targets)))?.changeDate;
  });
}

/** ZITADEL's date for an execution that was never set. */
const longAgo = "0001-01-01T00:00:00Z";

export function setCall(id: string, targets: readonly string[]): Call<z.infer<typeof setSchema>> {
  return {
    operation: targets.length === 0 ? "remove execution" : "set execution",
    what: `${targets.length === 0 ? "removing" : "setting"} execution ${id}`,
    method: "PUT",
    path: "/v2/actions/executions",
    body: { condition: conditionOf(id), targets } satisfies Record<Stored, unknown>,
    answer: setSchema,
    ifUnreadable: "Run `pulumi refresh`, then check the execution.",
  };
}

/** The targets in a list that do not exist, according to the write side: the read side may show deleted targets. */
export async function missing(client: Client, targets: readonly string[]): Promise<string[]> {
  const states = await Promise.all(targets.map(async (id) => (isId(id) ? probe(client, id, id) : undefined)));
  return targets.filter((_, index) => states[index] === undefined);
}

/** Explains a refusal that ZITADEL does not explain: which target does not exist, or which word was probably meant. */
async function hintFor(client: Client, id: string, targets: readonly string[], { code, errorId }: Refusal) {
  if (code === "condition_invalid") return whichWasMeant(client, id);
  if (errorId !== "COMMAND-17e8fq1ggk") return undefined;
  const gone = await missing(client, targets);
  const isName = gone.some((one) => !/^\d+$/.test(one));
  const after = isName
    ? "Pass its id, not its name: `targets: [target.id]`, or the id that getTarget finds."
    : "If it was deleted outside of Pulumi, run `pulumi refresh`, then `pulumi up`; otherwise check the ids.";
  if (gone.length === 0) return `One of its targets does not exist. ${after}`;
  return `This instance has no target ${gone.join(", ")}. ${after}`;
}

/** The kinds of words that ZITADEL lists, and the functions with which a program lists them. */
const lookups = {
  method: "listExecutionMethods",
  service: "listExecutionServices",
  function: "listExecutionFunctions",
} as const;
export type WordKind = keyof typeof lookups;

/** The words that conditions may use, from the server. */
export async function listWords(client: Client, kind: WordKind): Promise<string[]> {
  const key = `${kind}s`;
  const answer = await client.call({
    operation: `list execution ${key}`,
    what: `listing the ${key} that executions may be set for`,
    method: "GET",
    path: `/v2/actions/executions/${key}`,
    write: false,
    answer: z.object({ [key]: z.array(z.string().max(1_000)).default([]) }),
  });
  return answer[key] ?? [];
}

async function whichWasMeant(client: Client, id: string): Promise<string> {
  const { kind, key, word } = partsOf(id);
  if (key === "all") return "";
  if (kind === "event")
    return 'ZITADEL does not know that event. Types look like "user.human.added", groups like "user.human"; both are case-sensitive.';
  const what = kind === "function" ? kind : key === "method" ? key : "service";
  const meant = closest(word, await listWords(client, what));
  const said = `ZITADEL does not know the ${what} ${JSON.stringify(word)}`;
  return meant.length === 0
    ? `${said}: list the valid ones with ${lookups[what]}.`
    : `${said}. Did you mean ${meant.join(" or ")}?`;
}
