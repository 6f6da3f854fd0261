import type { Client } from "../client";
import { mayBeDone, sentence, ZitadelError } from "../errors";
import { type Context, type Lifecycle, Unfinished } from "../lifecycle";
import { perClient } from "../per-client";
import { poll } from "../retry";
import { caughtUp, isAtLeast, since } from "../server-time";
import { staysForAnother, takenOver } from "../taken-over";
import { findNow as findTarget } from "../target/search";
import { missing, setCall, setTargets } from "./calls";
import { conditionOf, idOf } from "./condition";
import { check, compare, type Inputs, type State } from "./schema";
import { reader } from "./search";
import { fromRow, type Row, sameList } from "./wire";

/** An execution's life, from its declaration to its removal. */
export const executionLifecycle: Lifecycle = {
  check,
  diff: compare,
  create: (context, inputs) => create(context, inputs as unknown as Inputs),
  read: (context, id, state) => read(context, id, state),
  update: (context, id, state, inputs) => update(context, id, state, inputs as unknown as Inputs),
  delete: (context, id) => remove(context, id),
};

async function create(context: Context, inputs: Inputs): Promise<{ id: string; state: Record<string, unknown> }> {
  const { client, info } = context;
  const id = idOf(inputs.condition) ?? "";
  // Setting replaces what is there without asking, so it is asked before.
  const there = await findOthers(client, id);
  if (there !== undefined && inputs.adopt !== true) throw taken(client, id, there);
  await warnOfEvents(context, id, inputs.targets);
  if (there === undefined) {
    const changeDate = await applyFirst(client, id, inputs);
    return { id, state: { ...inputs, creationDate: changeDate, changeDate } };
  }
  const same = sameList(there.targets, inputs.targets);
  const changeDate = same ? there.changeDate : await apply(client, id, inputs, there.changeDate);
  takenOver(client).add(id);
  info(
    `Took over execution ${id} on ${client.instance.origin}: ${same ? "it was as declared" : `its targets were ${there.targets.join(", ")}`}.`,
  );
  return { id, state: { ...inputs, creationDate: there.creationDate, changeDate } };
}

/** What this process removed, and when by ZITADEL's clock. */
const removedBy = perClient(() => new Map<string, string>());

/** The execution that is set for a condition, but for what ZITADEL still shows of one that this process has just removed. */
async function findOthers(client: Client, id: string): Promise<Row | undefined> {
  const row = await reader(client).findNow(id);
  const removed = removedBy(client).get(id);
  return row !== undefined && removed !== undefined && isAtLeast(removed, row.changeDate) ? undefined : row;
}

/** What may have been set is kept in the state: as an execution without targets, so that the next deployment sets the list. */
async function applyFirst(client: Client, id: string, inputs: Inputs): Promise<string> {
  try {
    return await apply(client, id, inputs, undefined);
  } catch (error) {
    if (!(error instanceof ZitadelError)) throw error;
    // Only a set that was refused, and surely not done before, leaves nothing behind.
    if (error.operation === "set execution" && !error.doubtful && !mayBeDone(error)) throw error;
    throw new Unfinished(id, { ...inputs, targets: [] }, error);
  }
}

/** Whether it is of a create that was never answered: it may be there and not shown yet. */
function mayHaveBeenSet({ targets }: Partial<State>): boolean {
  return targets?.length === 0;
}

function taken(client: Client, id: string, { targets }: Row): ZitadelError {
  const said = `there is an execution for it already, with the targets ${targets.join(", ")}`;
  const hint = `Set adopt: true to take it over (its list is then replaced by the declared one), or read it with ZitadelExecution.get("…", ${JSON.stringify(id)}).`;
  return client.failed(setCall(id, ["…"]), "condition_taken", said, {}, hint);
}

async function update(context: Context, id: string, state: Partial<State>, inputs: Inputs): Promise<State> {
  const { creationDate, changeDate } = state;
  if (creationDate !== undefined && changeDate !== undefined && sameList(state.targets ?? [], inputs.targets))
    return { ...inputs, creationDate, changeDate };
  await warnOfEvents(context, id, inputs.targets);
  const applied = await apply(context.client, id, inputs, changeDate);
  return { ...inputs, creationDate: creationDate ?? applied, changeDate: applied };
}

async function remove(context: Context, id: string): Promise<void> {
  if (staysForAnother(context, id, `Execution ${id}`)) return;
  const { client } = context;
  if (conditionOf(id) === undefined) throw noId(client, id, "removing");
  removedBy(client).set(id, (await setTargets(client, id, [])).setDate);
}

/**
 * Sets the declared list and holds that it was written: a list that was set before, with a target that has been deleted since,
 * is answered with 200 and changes nothing.
 *
 * @param known when the list was last written, as far as we know.
 */
async function apply(client: Client, id: string, { targets }: Inputs, known: string | undefined): Promise<string> {
  const began = client.clock.now();
  const { setDate, date } = await setTargets(client, id, targets);
  if (setDate !== known && Date.parse(setDate) >= since(client, { date }, began)) return setDate;
  return settle(client, id, targets, setDate);
}

/** Nothing was written: because the list is what it should be, or since ZITADEL believes so. */
async function settle(client: Client, id: string, targets: readonly string[], setDate: string): Promise<string> {
  const call = setCall(id, targets);
  const gone = await missing(client, targets);
  if (gone.length > 0) {
    const said = `ZITADEL answered 200 and wrote nothing, because the list holds what has been deleted since it was last set: target ${gone.join(", ")}`;
    throw client.failed(
      call,
      "not_applied",
      said,
      {},
      "Run `pulumi refresh` to take it out of the state, then `pulumi up` to create it anew.",
    );
  }
  const shows = async () => {
    const row = await reader(client).findNow(id);
    return row !== undefined && sameList(row.targets, targets) ? row : undefined;
  };
  if ((await poll(client.clock, shows)) !== undefined) return setDate;
  // The write side has it and the read side, which ZITADEL executes from, lost it: written once more, it shows.
  await setTargets(client, id, await between(client, id, targets));
  const again = await setTargets(client, id, targets);
  if (again.setDate !== setDate) return again.setDate;
  throw client.failed(call, "not_applied", "ZITADEL answered 200 and wrote nothing", {}, "Run `pulumi up` again.");
}

/** Another list than the declared one, for the moment before that is written again: what is executed anyway, where that will do. */
async function between(client: Client, id: string, targets: readonly string[]): Promise<readonly string[]> {
  const shown = (await reader(client).findNow(id))?.targets ?? [];
  const gone = await missing(client, shown);
  const left = shown.filter((target) => !gone.includes(target));
  return sameList(left, targets) ? [] : left;
}

async function warnOfEvents({ client, warn }: Context, id: string, targets: readonly string[]): Promise<void> {
  if (!/^event(\/|$)/.test(id)) return;
  const rows = await Promise.all(targets.map((target) => findTarget(client, target)));
  for (const row of rows) {
    if (row?.payloadType !== "PAYLOAD_TYPE_JWT" && row?.payloadType !== "PAYLOAD_TYPE_JWE") continue;
    warn(
      `Execution ${id} has target ${JSON.stringify(row.name)} (${row.id}) of ${row.payloadType}, and ZITADEL never delivers events to such targets: nothing would arrive. Give the target PAYLOAD_TYPE_JSON.`,
    );
  }
}

async function read(
  { client }: Context,
  id: string,
  state: Partial<State>,
): Promise<{ state: Record<string, unknown>; inputs: Record<string, unknown> } | undefined> {
  if (conditionOf(id) === undefined) throw noId(client, id, "reading");
  const known = state.changeDate;
  const look = () => reader(client).findNow(id);
  // Without a state it is a question of today, in the middle of a program that may just have changed the execution.
  let row = known === undefined ? await look() : ((await reader(client).find(id)) ?? (await look()));
  if (known !== undefined) row = await caughtUp(client, known, row, look);
  else if (row === undefined && mayHaveBeenSet(state)) row = await poll(client.clock, look);
  return row === undefined ? undefined : fromRow(row, state);
}

function noId(client: Client, id: string, doing: "reading" | "removing"): ZitadelError {
  const what = `${doing} execution ${JSON.stringify(id)} on ${client.instance.origin}`;
  const hint =
    'Ids look like "request/zitadel.session.v2.SessionService/ListSessions", "response", "function/preuserinfo", "event/user.human.added" or "event/user.human.*".';
  return new ZitadelError("invalid_request", sentence(what, "this is no id of an execution", hint), {
    operation: doing === "reading" ? "read execution" : "remove execution",
  });
}
