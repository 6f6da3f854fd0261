import { z } from "zod";
import { readAnswer } from "../answer";
import type { Call, Client } from "../client";
import { closest } from "../closest";
import { type Refusal, unlessFailed, type ZitadelError } from "../errors";
import { isId } from "../id";
import { untilShown } from "../server-time";
import { probe } from "../target/calls";
import { conditionOf, wordOf } from "./condition";
import { reader } from "./search";
import { sameList, setSchema } from "./wire";

/** What setting a list came to: when the list was written, and the server's clock at the answer. */
export interface SetResult {
  readonly setDate: string;
  readonly date: number | undefined;
}

/** Sets the whole list of a condition's targets. */
export async function setTargets(client: Client, id: string, targets: readonly string[]): Promise<SetResult> {
  const call = setCall(id, targets);
  const reply = await client.ask(call).finally(() => reader(client).forget());
  if (reply.refusal !== undefined) {
    const { refusal } = reply;
    if (refusal.doubtful === true && (refusal.code === "interrupted" || refusal.status === 500)) {
      const done = await findSet(client, id, targets);
      if (done !== undefined) return { setDate: done, date: reply.date };
    } else if (refusal.code === "unavailable" && refusal.doubtful === true) throw open(client, call, refusal);
    throw await explained(client, call, id, targets, refusal);
  }
  const hint = "Run `pulumi refresh`, then look at what has become of the execution.";
  return { ...readAnswer(client, call, setSchema, reply.body, hint), date: reply.date };
}

/** Whether a call that was stopped after its work has been carried out, and when the list was written then. */
async function findSet(client: Client, id: string, targets: readonly string[]): Promise<string | undefined> {
  const look = () => reader(client).findNow(id);
  const isRemoved = async () => ((await look()) === undefined ? { changeDate: longAgo } : undefined);
  const shown = await unlessFailed(() =>
    targets.length === 0
      ? untilShown(client, isRemoved)
      : untilShown(client, look, (row) => sameList(row.targets, targets)),
  );
  return shown?.changeDate;
}

/** The date of what was never set, as ZITADEL writes it. */
const longAgo = "0001-01-01T00:00:00Z";

/** The error where one of several tries may have been carried out. */
function open(client: Client, call: Call, { status }: Refusal): ZitadelError {
  const said = `the last of several tries was answered ${status}, so it is not known if it was done`;
  return client.failed(call, "unanswered", said, { status }, "Run the same command again: it finds out.");
}

export function setCall(id: string, targets: readonly string[]): Call {
  return {
    operation: targets.length === 0 ? "remove execution" : "set execution",
    what: `${targets.length === 0 ? "removing" : "setting"} execution ${id}`,
    method: "PUT",
    path: "/v2/actions/executions",
    body: { condition: conditionOf(id), targets },
    write: true,
    repeatable: true,
  };
}

/** The targets of a list that do not exist. The write side is asked: the read side may show a target that is deleted. */
export async function missing(client: Client, targets: readonly string[]): Promise<string[]> {
  const states = await Promise.all(targets.map(async (id) => (isId(id) ? probe(client, id, id) : undefined)));
  return targets.filter((_, index) => states[index] === undefined);
}

/** What to say of a refusal that ZITADEL leaves unexplained: which target it does not find, which word was meant. */
async function explained(
  client: Client,
  call: Call,
  id: string,
  targets: readonly string[],
  refusal: Refusal,
): Promise<ZitadelError> {
  const hint = await unlessFailed(async () => {
    if (refusal.errorId === "COMMAND-17e8fq1ggk") return whichIsMissing(client, targets);
    return refusal.code === "condition_invalid" ? whichWasMeant(client, id) : undefined;
  });
  return client.refused(call, refusal, hint);
}

async function whichIsMissing(client: Client, targets: readonly string[]): Promise<string> {
  const gone = await missing(client, targets);
  const after =
    "Run `pulumi refresh` where it was deleted behind Pulumi's back, then `pulumi up`; otherwise check the ids.";
  if (gone.length === 0) return `One of its targets does not exist (any longer). ${after}`;
  return `There is no target ${gone.join(", ")} on this instance. ${after}`;
}

/** The kinds of words that ZITADEL lists, and how a program asks for them. */
const lookups = {
  method: "listExecutionMethods",
  service: "listExecutionServices",
  function: "listExecutionFunctions",
} as const;
export type WordKind = keyof typeof lookups;

/** The words that conditions may use, as the server knows them. */
export async function listWords(client: Client, kind: WordKind): Promise<string[]> {
  const key = `${kind}s`;
  const call: Call = {
    operation: `list execution ${key}`,
    what: `listing the ${key} that executions may be set for`,
    method: "GET",
    path: `/v2/actions/executions/${key}`,
    write: false,
    repeatable: true,
  };
  const schema = z.object({ [key]: z.array(z.string().max(1_000)).default([]) });
  return readAnswer(client, call, schema, await client.call(call), "")[key] ?? [];
}

async function whichWasMeant(client: Client, id: string): Promise<string> {
  const { kind, word } = wordOf(id);
  if (kind === "event")
    return 'ZITADEL does not know that event. Types look like "user.human.added", groups like "user.human"; both are case-sensitive.';
  if (kind === undefined) return "";
  const meant = closest(word, await listWords(client, kind));
  const said = `ZITADEL does not know the ${kind} ${JSON.stringify(word)}`;
  return meant.length === 0
    ? `${said}: ${lookups[kind]} tells what there is.`
    : `${said}: did you mean ${meant.join(" or ")}?`;
}
