import { randomBytes } from "node:crypto";
import type { Call, Client, Reply } from "../client";
import { sentence, ZitadelError } from "../errors";
import { changed, type Context, diff, type Lifecycle } from "../lifecycle";
import { poll } from "../retry";
import { findByName, findNow, reader } from "./search";
import { check, type Inputs, interrupts, type State, table } from "./schema";
import {
  allFields,
  createdSchema,
  fieldsOf,
  fromRow,
  isAskedFor,
  isAtLeast,
  kindOf,
  kindToWire,
  type Row,
  toWire,
  updatedSchema,
} from "./wire";

/** A target's life, from its declaration to its removal. */
export const targetLifecycle: Lifecycle = {
  check: ({ olds, news, logicalName }) =>
    check(olds, news, () => `${logicalName ?? "target"}-${randomBytes(4).toString("hex").slice(0, 7)}`),
  diff: (state, inputs) => diff(table, state, inputs),
  create: (context, inputs) => create(context, inputs as unknown as Inputs),
  read: (context, id, state) => read(context, id, state),
  update: (context, id, state, inputs) => update(context, id, state as unknown as State, inputs as unknown as Inputs),
  delete: (context, id, state) => remove(context, id, state),
};

async function create({ client }: Context, inputs: Inputs): Promise<{ id: string; state: Record<string, unknown> }> {
  const call: Call = {
    operation: "create target",
    what: `creating target ${JSON.stringify(inputs.name)}`,
    method: "POST",
    path: "/v2/actions/targets",
    body: toWire(inputs, allFields),
    write: true,
    // A second one of the same name is refused, so asking twice makes at most one.
    repeatable: true,
  };
  const began = client.clock.now();
  const reply = await client.ask(call);
  reader(client).forget();
  if (reply.body !== undefined) {
    const created = createdSchema.safeParse(reply.body);
    if (!created.success) throw odd(client, call);
    const { id, creationDate, signingKey } = created.data;
    return { id, state: { ...inputs, signingKey, creationDate, changeDate: creationDate } };
  }
  if (reply.refusal.code !== "name_taken") throw client.refused(call, reply.refusal);
  if (reply.doubtful) {
    const row = await findOurs(client, inputs, since(client, reply, began));
    if (row !== undefined) return { id: row.id, state: fromRow(row, inputs).state };
  }
  throw client.refused(call, reply.refusal, await whoHasTheName(client, inputs.name, reply.doubtful));
}

/**
 * The target that an unanswered try of ours made: it has our name, is what we asked for, and was created since we began.
 * One that was there before is somebody else's, however much it looks like ours.
 */
async function findOurs(client: Client, inputs: Inputs, began: number): Promise<Row | undefined> {
  const rows = await poll(client.clock, async () => {
    const found = await findByName(client, inputs.name);
    return found.length > 0 ? found : undefined;
  });
  return rows?.find((row) => Date.parse(row.creationDate) >= began && isAskedFor(row, inputs));
}

async function whoHasTheName(client: Client, name: string, doubtful: boolean): Promise<string> {
  const unseen = doubtful
    ? " An earlier try of this create was not answered and may have made it: run `pulumi up` again in a minute, and look for the name in ZITADEL."
    : "";
  let holders: string[];
  try {
    holders = (await findByName(client, name)).map(({ id }) => id);
  } catch (error) {
    if (!(error instanceof ZitadelError)) throw error;
    return `The name is taken, whatever the case; by which target could not be found out (${error.message}). Choose another name.`;
  }
  const [id] = holders;
  if (id === undefined)
    return `The name is taken, whatever the case, by a target that ZITADEL does not list (yet).${unseen} Otherwise choose another name.`;
  return `The name is taken, whatever the case, by target ${id}: choose another name, or use that target as it is with ZitadelTarget.get("…", "${id}").${unseen}`;
}

async function read(
  { client, warn }: Context,
  id: string,
  state: Partial<State>,
): Promise<{ state: Record<string, unknown>; inputs: Record<string, unknown> } | undefined> {
  // Without a state it is a question of today, in the middle of a program that may just have changed the target.
  const known = state.creationDate !== undefined;
  let row = await (known ? reader(client).find(id) : findNow(client, id));
  if (row === undefined) {
    // The read model may lag, or have lost the target for good; the write side knows.
    if ((await probe(client, id, named(id, state))) === undefined) return undefined;
    row = await poll(client.clock, () => findNow(client, id));
  }
  if (row !== undefined) return fromRow(row, state);
  if (!known) throw unseen(client, id);
  warn(
    `Target ${named(id, state)} exists on ${client.instance.origin}, but ZITADEL does not show it (its read model lost it, or lags by more than 20 s). The state was kept as it is. If this goes on, replace the target: pulumi up --replace <its URN>.`,
  );
  const inputs = Object.entries(state).filter(([key]) => key in table || key === "__autoName");
  return { state, inputs: Object.fromEntries(inputs) };
}

function unseen(client: Client, id: string): ZitadelError {
  const what = `reading target ${id} on ${client.instance.origin}`;
  const said = "it exists, but ZITADEL does not show it (its read model lost it, or lags by more than 20 s)";
  return new ZitadelError("not_applied", sentence(what, said, "Run the same command again later."), {
    operation: "read target",
  });
}

async function update({ client }: Context, id: string, state: State, inputs: Inputs): Promise<State> {
  const properties = changed(table, state, inputs);
  const fields = fieldsOf(properties);
  // The first triggers on a target are a baseline: there is nothing yet that they differ from.
  const rotate =
    properties.has("rotationTriggers") && state.rotationTriggers !== undefined && inputs.rotationTriggers !== undefined;
  const done = {
    ...inputs,
    signingKey: state.signingKey,
    creationDate: state.creationDate,
    changeDate: state.changeDate,
  };
  if (fields.size === 0 && !rotate) return done;

  const body = toWire(inputs, fields);
  const call = updateCall(id, named(id, state), body);
  const switchedOff =
    fields.has("kind") && interrupts(state[kindOf(state)]) === true && interrupts(inputs[kindOf(inputs)]) !== true;
  const prepared = switchedOff ? await prepareToSwitchOff(client, id, state) : undefined;
  const result = rotate ? await rotateKey(client, call, id, state) : readUpdated(client, call, await ask(client, call));
  if (prepared !== undefined && result.changeDate === prepared) throw stillInterrupts(client, call);
  if (fields.has("kind") && kindOf(state) === "restAsync" && kindOf(inputs) !== "restAsync") {
    await switchOffIfItCameBack(client, call, id, inputs, result.changeDate);
  }
  return {
    ...done,
    changeDate: result.changeDate,
    ...(result.signingKey !== undefined && { signingKey: result.signingKey }),
  };
}

/**
 * A flag that was given at creation cannot be switched off by one update: the server's write side does not know that it is on,
 * sees no change and answers 200. Told `true` once more, it knows.
 */
async function prepareToSwitchOff(client: Client, id: string, state: State): Promise<string> {
  const call = updateCall(id, named(id, state), kindToWire(kindOf(state), true));
  return readUpdated(client, call, await ask(client, call)).changeDate;
}

/** An asynchronous target shows no flag, but the server may hold one from earlier, and shows it again with the next kind. */
async function switchOffIfItCameBack(
  client: Client,
  call: Call,
  id: string,
  inputs: Inputs,
  changeDate: string,
): Promise<void> {
  const kind = kindOf(inputs);
  if (interrupts(inputs[kind]) === true) return;
  const row = await findCaughtUp(client, id, changeDate);
  if (row === undefined) {
    const said = `the new kind was accepted, but ZITADEL did not show within 20 s whether the target interrupts now`;
    throw client.failed(call, "not_applied", said, {}, "Run `pulumi refresh`, then `pulumi up`.");
  }
  if (interrupts(row[kind]) !== true) return;
  for (const flag of [true, false]) {
    const again = updateCall(id, named(id, inputs), kindToWire(kind, flag));
    readUpdated(client, again, await ask(client, again));
  }
}

function stillInterrupts(client: Client, call: Call): ZitadelError {
  const said = "ZITADEL answered 200 and wrote nothing, so interruptOnError is still true on the server";
  return client.failed(call, "not_applied", said, {}, "Run `pulumi refresh`, then `pulumi up`.");
}

const mostRotations = 3;

/** Each request makes another key, so an unanswered one is looked into before it is sent again. */
async function rotateKey(
  client: Client,
  call: Call,
  id: string,
  state: State,
): Promise<{ changeDate: string; signingKey: string }> {
  const rotation: Call = { ...call, body: { ...call.body, expirationSigningKey: "0s" }, repeatable: false };
  for (let tries = 1; ; tries++) {
    const began = client.clock.now();
    try {
      const { changeDate, signingKey } = readUpdated(client, rotation, await ask(client, rotation));
      if (signingKey !== undefined) return { changeDate, signingKey };
      throw client.failed(
        rotation,
        "not_applied",
        "ZITADEL answered 200 without a new signing key",
        {},
        "Run `pulumi up` again.",
      );
    } catch (error) {
      if (!(error instanceof ZitadelError) || error.code !== "unanswered") throw error;
      const settled = await keyOfUnansweredRotation(client, rotation, id, state, began, error);
      if (settled !== undefined) return settled;
      if (tries >= mostRotations) throw error;
    }
  }
}

/** What an unanswered rotation did: the new key, or `undefined` where it surely did not happen. */
async function keyOfUnansweredRotation(
  client: Client,
  call: Call,
  id: string,
  state: State,
  began: number,
  unanswered: ZitadelError,
): Promise<{ changeDate: string; signingKey: string } | undefined> {
  const reply = await probe(client, id, named(id, state));
  if (reply === undefined) throw gone(client, call);
  if (Date.parse(reply.changeDate) < since(client, reply, began)) return undefined;
  const row = await findCaughtUp(client, id, reply.changeDate);
  if (row === undefined) {
    const said = `${unanswered.message} It was probably carried out, but ZITADEL did not show the new key within 20 s, so the key in the state may be dead`;
    throw client.failed(call, "unanswered", said, {}, "Run `pulumi up` again: it makes another key.");
  }
  return row.signingKey === state.signingKey ? undefined : { changeDate: row.changeDate, signingKey: row.signingKey };
}

async function remove({ client }: Context, id: string, state: Partial<State>): Promise<void> {
  // Deleting is idempotent and knows no 404: one that comes anyway is a refusal, and the target is still there.
  await client.call({
    operation: "delete target",
    what: `deleting target ${named(id, state)}`,
    method: "DELETE",
    path: targetPath(id),
    write: true,
    repeatable: true,
  });
  reader(client).forget();
}

/** Asks the write side, which never lags, by an update of nothing. `undefined`: it says that there is no such target. */
async function probe(
  client: Client,
  id: string,
  name: string,
): Promise<{ changeDate: string; date: number | undefined } | undefined> {
  const call: Call = {
    ...updateCall(id, name, {}),
    operation: "read target",
    what: `asking whether target ${name} exists`,
  };
  const reply = await client.ask(call);
  if (reply.refusal?.code === "not_found") return undefined;
  return { ...readUpdated(client, call, reply), date: reply.date };
}

/** The row, once the read model shows at least what the write side said. */
function findCaughtUp(client: Client, id: string, changeDate: string): Promise<Row | undefined> {
  return poll(client.clock, async () => {
    const row = await findNow(client, id);
    return row !== undefined && isAtLeast(row.changeDate, changeDate) ? row : undefined;
  });
}

async function ask(client: Client, call: Call): Promise<Reply> {
  const reply = await client.ask(call).finally(() => reader(client).forget());
  if (reply.refusal?.code === "not_found") throw gone(client, call);
  return reply;
}

function readUpdated(
  client: Client,
  call: Call,
  reply: Reply,
): { changeDate: string; signingKey?: string | undefined } {
  if (reply.refusal !== undefined) throw client.refused(call, reply.refusal);
  const updated = updatedSchema.safeParse(reply.body);
  if (!updated.success) throw odd(client, call);
  return updated.data;
}

function updateCall(id: string, name: string, body: Record<string, unknown>): Call {
  return {
    operation: "update target",
    what: `updating target ${name}`,
    method: "POST",
    path: targetPath(id),
    body,
    write: true,
    repeatable: true,
  };
}

function gone(client: Client, call: Call): ZitadelError {
  const said = "ZITADEL says that the target is gone (COMMAND-xj14f2cccn): somebody deleted it";
  const hint = "Run `pulumi refresh` to take it out of the state, then `pulumi up` to create it anew.";
  return client.failed(call, "not_found", said, { status: 404 }, hint);
}

function odd(client: Client, call: Call): ZitadelError {
  const hint = "Run `pulumi refresh`, then look at what has become of the target.";
  return client.failed(
    call,
    "unexpected_answer",
    "ZITADEL answered 200 in a form that this version does not know",
    { status: 200 },
    hint,
  );
}

/** When we began, on the server's clock, which counts in whole seconds. Without that clock nothing counts as ours. */
function since(client: Client, reply: { date: number | undefined }, began: number): number {
  return reply.date === undefined ? Infinity : reply.date - (client.clock.now() - began) - 1_000;
}

function named(id: string, state: { name?: string }): string {
  return state.name === undefined ? id : `${JSON.stringify(state.name)} (${id})`;
}

function targetPath(id: string): string {
  return `/v2/actions/targets/${encodeURIComponent(id)}`;
}
