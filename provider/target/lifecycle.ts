import { randomBytes } from "node:crypto";
import { readAnswer } from "../answer";
import type { Call, Client, Reply } from "../client";
import { hasCode, mayBeDone, sentence, ZitadelError } from "../errors";
import { changed, type Context, type Lifecycle, Unfinished } from "../lifecycle";
import { findActive } from "../public-key/search";
import { poll } from "../retry";
import { caughtUp, since } from "../server-time";
import { staysForAnother } from "../taken-over";
import { adopt } from "./adopt";
import { lookAtIt, named, probe, targetPath, updateCall } from "./calls";
import { prepareToSwitchOff, switchesOff, verifyFlag } from "./interrupt";
import { rotateKey } from "./rotation";
import { check, compare, type Inputs, interrupts, rotates, type State, table } from "./schema";
import { deletedHere, findByName, findNow, findToAdopt, lookUpName, reader } from "./search";
import { allFields, createdSchema, fieldsOf, fromRow, isAskedFor, kindOf, type Row, toWire } from "./wire";
import { sendFields } from "./written";

/** A target's life, from its declaration to its removal. */
export const targetLifecycle: Lifecycle = {
  check: (request) =>
    check(request, () => `${request.logicalName ?? "target"}-${randomBytes(4).toString("hex").slice(0, 7)}`),
  diff: compare,
  create: (context, inputs) => create(context, inputs as unknown as Inputs),
  read: (context, id, state) => read(context, id, state),
  update: (context, id, state, inputs) => update(context, id, state as unknown as State, inputs as unknown as Inputs),
  delete: (context, id, state) => remove(context, id, state),
};

async function create(context: Context, inputs: Inputs): Promise<{ id: string; state: Record<string, unknown> }> {
  const { client } = context;
  const there = inputs.adopt === true ? await findToAdopt(client, inputs.name) : undefined;
  if (there !== undefined && there.payloadType === inputs.payloadType) await warnWithoutKey(context, there.id, inputs);
  const adopted = there && (await adopt(context, there, inputs, update));
  if (adopted !== undefined) return adopted;
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
  const reply = await askToCreate(client, call, inputs, began);
  if (reply.made !== undefined) {
    if (inputs.payloadType === "PAYLOAD_TYPE_JWE") context.warn(withoutKey(reply.made.id, inputs));
    return reply.made;
  }
  if (reply.refusal.code !== "name_taken")
    throw client.refused(call, reply.refusal, reply.refusal.doubtful === true ? mayBeThere(inputs) : "");
  if (reply.doubtful) {
    const row = await findOurs(client, inputs, since(client, reply, began)).catch((error: unknown) => {
      if (!(error instanceof ZitadelError)) throw error;
      const said = `no whole answer came, and what it did could not be looked for (${error.message.replace(/\.$/, "")})`;
      throw client.failed(call, "unanswered", said, {}, mayBeThere(inputs));
    });
    if (row !== undefined) return { id: row.id, state: fromRow(row, inputs).state };
  }
  if (inputs.adopt === true) {
    // Somebody made it just now, or ZITADEL did not show it yet.
    const [row] = await shown(client, inputs.name);
    const late = row && (await adopt(context, row, inputs, update));
    if (late !== undefined) return late;
  }
  throw client.refused(call, reply.refusal, await whoHasTheName(client, inputs.name, reply.doubtful));
}

interface Made {
  readonly id: string;
  readonly state: State;
}

/** What came of a create: the target, or a refusal. One whose answer cannot be read may be there, and is looked for. */
async function askToCreate(
  client: Client,
  call: Call,
  inputs: Inputs,
  began: number,
): Promise<{ made: Made } | (Extract<Reply, { body?: undefined }> & { made?: undefined })> {
  try {
    const reply = await client.ask(call).finally(() => reader(client).forget());
    if (reply.refusal !== undefined) return reply;
    const { id, creationDate, signingKey } = readAnswer(client, call, createdSchema, reply.body, lookAtIt);
    return { made: { id, state: { ...inputs, signingKey, creationDate, changeDate: creationDate } } };
  } catch (error) {
    if (!mayBeDone(error)) throw error;
    const row = await findUnread(client, inputs, began);
    if (row !== undefined) return { made: { id: row.id, state: fromRow(row, inputs).state } };
    if (!hasCode(error, "unanswered")) throw error;
    // The next deployment makes up another name, and so would not find it.
    const said = "no whole answer came to any try of it, so it is not known if it was done";
    const fields = error.status === undefined ? {} : { status: error.status };
    throw client.failed(call, "unanswered", said, fields, mayBeThere(inputs));
  }
}

/** The target of a create to which no answer came that can be read; `undefined` too where nobody can be asked. */
async function findUnread(client: Client, inputs: Inputs, began: number): Promise<Row | undefined> {
  try {
    return await poll(client.clock, async () => {
      const { rows, date } = await lookUpName(client, inputs.name);
      const from = since(client, { date }, began);
      return rows.find((row) => isOurs(row, inputs, from));
    });
  } catch (error) {
    // What matters, and is told, is what became of the create.
    if (error instanceof ZitadelError) return undefined;
    throw error;
  }
}

/** What to do where a create was given up and an earlier try of it may have been carried out: its id is not known. */
function mayBeThere({ name }: Inputs): string {
  return `An earlier try of this create was not answered and may have made it: look for ${JSON.stringify(name)} in ZITADEL, and delete it there or take it over with adopt: true.`;
}

/** ZITADEL cannot encrypt for a target without an active key. */
async function warnWithoutKey({ client, warn }: Context, id: string, inputs: Inputs): Promise<void> {
  if (inputs.payloadType !== "PAYLOAD_TYPE_JWE") return;
  if ((await findActive(client, id)) === undefined) warn(withoutKey(id, inputs));
}

function withoutKey(id: string, inputs: Inputs): string {
  const outcome =
    interrupts(inputs[kindOf(inputs)]) === true
      ? "every call that it interrupts fails (EXEC-2n8fhs7g)"
      : "nothing is sent to it";
  return `Target ${named(id, inputs)} encrypts (PAYLOAD_TYPE_JWE) and has no active public key: until a ZitadelTargetPublicKey of it is active, ${outcome}. Let its executions depend on that key (dependsOn).`;
}

/**
 * The target that an unanswered try of ours made: it has our name, is what we asked for, and was created since we began.
 * One that was there before is somebody else's, however much it looks like ours.
 */
async function findOurs(client: Client, inputs: Inputs, began: number): Promise<Row | undefined> {
  const holder = await poll(client.clock, async () => {
    for (const row of await findByName(client, inputs.name)) {
      // One that was deleted a moment ago may still be shown in place of ours: the write side knows.
      if ((await probe(client, row.id, named(row.id, row))) !== undefined) return row;
    }
    return undefined;
  });
  return holder !== undefined && isOurs(holder, inputs, began) ? holder : undefined;
}

function isOurs(row: Row, inputs: Inputs, began: number): boolean {
  return Date.parse(row.creationDate) >= began && isAskedFor(row, inputs);
}

/** The targets of a name that is taken, once ZITADEL shows any. Of two, the read model kept one that is deleted: the older. */
async function shown(client: Client, name: string): Promise<readonly Row[]> {
  const rows = await poll(client.clock, async () => {
    const found = await findByName(client, name);
    return found.length > 0 ? found : undefined;
  });
  return rows ?? [];
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
  return `The name is taken, whatever the case, by target ${id}: choose another name, set adopt: true to take that target over, or use it as it is with ZitadelTarget.get("…", "${id}").${unseen}`;
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
  if (row !== undefined) {
    // A row from before our own last write would bring a dead signing key home.
    const look = () => findNow(client, id);
    const current = state.changeDate === undefined ? row : await caughtUp(client, state.changeDate, row, look);
    return fromRow(current ?? row, state);
  }
  if (!known) throw unseen(client, id);
  warn(
    `Target ${named(id, state)} exists on ${client.instance.origin}, but ZITADEL does not show it (its read model lost it, or lags by more than 20 s). The state was kept as it is. If this goes on, replace the target: pulumi up --replace <its URN> (with another name, where name is given).`,
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

async function update(context: Context, id: string, state: State, inputs: Inputs): Promise<State> {
  const { client } = context;
  const fields = fieldsOf(changed(table, state, inputs));
  const rotate = rotates(state, inputs);
  const { signingKey, creationDate, changeDate } = state;
  if (fields.size === 0 && !rotate) return { ...inputs, signingKey, creationDate, changeDate };

  // Asked before anything is done: a question that fails must not cost a new key.
  if (fields.has("payloadType")) await warnWithoutKey(context, id, inputs);
  const name = named(id, state);
  const call = updateCall(id, name, toWire(inputs, fields));
  const kind = fields.has("kind");
  const prepared = kind && switchesOff(state, inputs) ? await prepareToSwitchOff(client, id, state) : undefined;
  const result = rotate ? await rotateKey(client, call, id, state) : await sendFields(client, id, name, inputs, fields);
  const done = { ...inputs, signingKey: result.signingKey ?? signingKey, creationDate, changeDate: result.changeDate };
  if (!kind) return done;
  try {
    await verifyFlag(client, call, id, { state, inputs, changeDate: result.changeDate, prepared });
    return done;
  } catch (error) {
    if (!(error instanceof ZitadelError)) throw error;
    // The kind is not what is declared, so the next deployment has to see it differ; all else is, a new key above all.
    const { restWebhook, restCall, restAsync, ...rest } = done;
    throw new Unfinished(id, { ...rest, [kindOf(state)]: state[kindOf(state)] }, error);
  }
}

async function remove(context: Context, id: string, state: Partial<State>): Promise<void> {
  if (staysForAnother(context, id, `Target ${named(id, state)}`)) return;
  const { client } = context;
  // Deleting is idempotent and knows no 404: one that comes anyway is a refusal, and the target is still there.
  await client.call({
    operation: "delete target",
    what: `deleting target ${named(id, state)}`,
    method: "DELETE",
    path: targetPath(id),
    write: true,
    repeatable: true,
  });
  deletedHere(client).add(id);
  reader(client).forget();
}
