import type { Call, Client } from "../client";
import { sentence, ZitadelError } from "../errors";
import { type Context, diff, type Lifecycle, Unfinished } from "../lifecycle";
import { poll } from "../retry";
import { caughtUp, since } from "../server-time";
import { staysForAnother } from "../taken-over";
import { add } from "./add";
import { findToAdopt } from "./adopt";
import { activeCall, probe, setActive } from "./calls";
import { idOf, keyPath, partsOf } from "./id";
import { check, expired, type Inputs, isPast, type State, table } from "./schema";
import { reader } from "./search";
import { fromRow } from "./wire";

/** A public key's life, from its declaration to its removal. */
export const publicKeyLifecycle: Lifecycle = {
  check,
  diff: (state, inputs) => diff(table, state, inputs),
  create: (context, inputs) => create(context, inputs as unknown as Inputs),
  read: (context, id, state) => read(context, id, state),
  update: ({ client }, id, state, inputs) =>
    withActive(client, id, state as unknown as State, inputs as unknown as Inputs),
  delete: (context, id, state) => remove(context, id, state),
};

async function create(context: Context, inputs: Inputs): Promise<{ id: string; state: Record<string, unknown> }> {
  const { client } = context;
  const there = inputs.adopt === true ? await findToAdopt(context, inputs) : undefined;
  const found = there ?? (await add(client, inputs));
  const id = idOf(inputs.targetId, found.keyId);
  const { state } = fromRow(found, inputs.targetId, inputs, client.clock.date());
  return { id, state: await withActive(client, id, state, inputs) };
}

/** Makes the key active or not, as declared. */
async function withActive(client: Client, id: string, state: State, inputs: Inputs): Promise<State> {
  const { keyId, fingerprint, creationDate, changeDate } = state;
  const key = { keyId, fingerprint, creationDate, changeDate };
  if (state.active === inputs.active) return { ...inputs, ...key };
  try {
    return { ...inputs, ...key, changeDate: await applyActive(client, id, inputs.active) };
  } catch (error) {
    if (!(error instanceof ZitadelError)) throw error;
    // The key is there, only not as declared: the next deployment goes on from here.
    throw new Unfinished(id, { ...inputs, ...key, active: state.active }, error);
  }
}

/** Sets whether the key is active, and holds that ZITADEL shows it so where it wrote nothing. */
async function applyActive(client: Client, id: string, active: boolean): Promise<string> {
  const { targetId, keyId } = partsOf(id);
  const began = client.clock.now();
  const { changeDate, date } = await setActive(client, id, active);
  if (Date.parse(changeDate) >= since(client, { date }, began)) return changeDate;
  const shows = async () => {
    const row = await reader(client, targetId).findNow(keyId);
    return row?.active === active ? row : undefined;
  };
  if ((await poll(client.clock, shows)) !== undefined) return changeDate;
  if (active) {
    // The write side has it and the read side, which ZITADEL encrypts from, lost it: written once more, it shows.
    await setActive(client, id, false);
    return (await setActive(client, id, true)).changeDate;
  }
  // Written once more it would be active for a moment, in place of another.
  const said = "ZITADEL answered 200 and wrote nothing, and still shows the key as active";
  const hint = "Run `pulumi refresh`, then `pulumi up`, which activates the target's other key once more.";
  throw client.failed(activeCall(id, active), "not_applied", said, {}, hint);
}

async function read(
  { client, warn }: Context,
  id: string,
  state: Partial<State>,
): Promise<{ state: Record<string, unknown>; inputs: Record<string, unknown> } | undefined> {
  const { targetId, keyId } = partsOf(id);
  if (keyId === "") throw noId(client, id);
  const keys = reader(client, targetId);
  const known = state.keyId !== undefined;
  const look = () => keys.findNow(keyId);
  let row = known ? await keys.find(keyId) : undefined;
  row ??= await look();
  if (row === undefined && known) {
    // The read model may lag, or have lost the key for good; the write side knows.
    if (!(await probe(client, id, state.active === true))) return undefined;
    row = await poll(client.clock, look);
    if (row === undefined) {
      warn(
        `Public key ${id} exists on ${client.instance.origin}, but ZITADEL does not show it (its read model lost it, or lags by more than 20 s). The state was kept as it is.`,
      );
      const inputs = Object.entries(state).filter(([key]) => key in table);
      return { state, inputs: Object.fromEntries(inputs) };
    }
  }
  if (row === undefined) return undefined;
  if (state.changeDate !== undefined) row = (await caughtUp(client, state.changeDate, row, look)) ?? row;
  const now = client.clock.date();
  const found = fromRow(row, targetId, state, now);
  if (row.active && isPast(row.expirationDate, now)) warn(expired(found.state));
  return found;
}

function noId(client: Client, id: string): ZitadelError {
  const what = `reading public key ${JSON.stringify(id)} on ${client.instance.origin}`;
  const hint = "Ids are made of the target's and the key's, as in \"400661751630138406/400661832647314470\".";
  return new ZitadelError("invalid_request", sentence(what, "this is no id of a public key", hint), {
    operation: "read public key",
  });
}

async function remove(context: Context, id: string, state: Partial<State>): Promise<void> {
  if (staysForAnother(context, id, `Public key ${id}`)) return;
  const { client } = context;
  const { targetId, keyId } = partsOf(id);
  const call: Call = {
    operation: "delete public key",
    what: `deleting public key ${id}`,
    method: "DELETE",
    path: keyPath(targetId, keyId),
    write: true,
    repeatable: true,
  };
  const ask = () => client.ask(call).finally(() => reader(client, targetId).forget());
  // The active one cannot be deleted; whether it still is, ZITADEL knows better than the state.
  if (state.active === true) await deactivate(client, id);
  let reply = await ask();
  if (reply.refusal?.errorId === "ErrPublicKeyDeleteActiveKey") {
    await deactivate(client, id);
    reply = await ask();
  }
  if (reply.refusal !== undefined && reply.refusal.code !== "not_found") throw client.refused(call, reply.refusal);
}

/** A key that is gone with its target needs no deactivation. */
async function deactivate(client: Client, id: string): Promise<void> {
  try {
    await setActive(client, id, false);
  } catch (error) {
    if (!(error instanceof ZitadelError) || error.code !== "not_found") throw error;
  }
}
