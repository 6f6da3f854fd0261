import type { Call, Client } from "../client";
import { sentence, ZitadelError } from "../errors";
import { type Context, diff, type Lifecycle, Unfinished } from "../lifecycle";
import { poll } from "../retry";
import { everything } from "../search";
import { since } from "../server-time";
import { parsed, probe, setActive } from "./calls";
import { idOf, keysPath, partsOf } from "./id";
import { fingerprintOf } from "./pem";
import { check, expired, type Inputs, isPast, sameMoment, type State, table } from "./schema";
import { list, reader } from "./search";
import { addedSchema, fromRow, type Row, toWire } from "./wire";

/** A public key's life, from its declaration to its removal. */
export const publicKeyLifecycle: Lifecycle = {
  check,
  diff: (state, inputs) => diff(table, state, inputs),
  create: (context, inputs) => create(context, inputs as unknown as Inputs),
  read: (context, id, state) => read(context, id, state),
  update: ({ client }, id, state, inputs) =>
    withActive(client, id, state as unknown as State, inputs as unknown as Inputs),
  delete: ({ client }, id, state) => remove(client, id, state),
};

async function create(context: Context, inputs: Inputs): Promise<{ id: string; state: Record<string, unknown> }> {
  const { client } = context;
  const there = inputs.adopt === true ? await findToAdopt(context, inputs) : undefined;
  const found = there ?? (await add(client, inputs));
  const id = idOf(inputs.targetId, found.keyId);
  const { state } = fromRow(found, inputs.targetId, inputs);
  return { id, state: await withActive(client, id, state, inputs) };
}

/** The key with which a target's own is declared: an adopted one, with the dates of its own. */
async function findToAdopt({ client, info }: Context, inputs: Inputs): Promise<Row | undefined> {
  const { targetId, publicKey, expirationDate, active } = inputs;
  const fingerprint = fingerprintOf(publicKey);
  const rows = (await everything((offset, limit) => list(client, targetId, { offset, limit }))).filter(
    (row) => row.fingerprint === fingerprint,
  );
  // The same key may be there more than once, and each of them is declared for itself.
  const fits = (row: Row) => Number(sameMoment(row.expirationDate, expirationDate)) * 2 + Number(row.active === active);
  const free = rows.filter(({ keyId }) => !adoptedOf(client).has(idOf(targetId, keyId)));
  const [best] = free.sort((one, other) => fits(other) - fits(one));
  if (best === undefined) return undefined;
  if (!sameMoment(best.expirationDate, expirationDate)) {
    const said = `the key is there (${best.keyId}) with another date of expiry (${best.expirationDate ?? "none"}), which cannot be changed`;
    const hint = "Declare that date to take the key over, or leave adopt out to add it once more.";
    throw client.failed(
      { operation: "adopt public key", what: `taking over a public key of target ${targetId}` },
      "not_applied",
      said,
      {},
      hint,
    );
  }
  adoptedOf(client).add(idOf(targetId, best.keyId));
  info(`Took over public key ${idOf(targetId, best.keyId)} (${best.fingerprint}) on ${client.instance.origin}.`);
  return best;
}

const adopted = new WeakMap<Client, Set<string>>();

function adoptedOf(client: Client): Set<string> {
  const ids = adopted.get(client) ?? new Set<string>();
  adopted.set(client, ids);
  return ids;
}

const mostTries = 3;

/** Adds the key. ZITADEL takes the same one as often as it is told, so an unanswered try is looked into before another. */
async function add(client: Client, inputs: Inputs): Promise<Row> {
  const { targetId, publicKey, expirationDate } = inputs;
  const call: Call = {
    operation: "add public key",
    what: `adding a public key to target ${targetId}`,
    method: "POST",
    path: keysPath(targetId),
    body: toWire(inputs),
    write: true,
    repeatable: false,
  };
  const fingerprint = fingerprintOf(publicKey) ?? "";
  for (let tries = 1; ; tries++) {
    const began = client.clock.now();
    try {
      const reply = await client.ask(call).finally(() => reader(client, targetId).forget());
      if (reply.refusal?.errorId === "ErrTargetNotFound") {
        const hint = `There is no target ${targetId} on this instance. Run \`pulumi refresh\` where it was deleted behind Pulumi's back, then \`pulumi up\`; otherwise check targetId.`;
        throw client.refused(call, reply.refusal, hint);
      }
      if (reply.refusal !== undefined) throw client.refused(call, reply.refusal);
      const { keyId, creationDate } = parsed(client, call, addedSchema, reply.body);
      const key = Buffer.from(publicKey).toString("base64");
      return {
        keyId,
        active: false,
        publicKey: key,
        fingerprint,
        expirationDate,
        creationDate,
        changeDate: creationDate,
      };
    } catch (error) {
      if (!(error instanceof ZitadelError) || error.code !== "unanswered") throw error;
      const ours = await findOurs(client, targetId, fingerprint, began);
      if (ours !== undefined) return ours;
      if (tries >= mostTries) throw error;
    }
  }
}

/** The key that an unanswered try of ours added. */
function findOurs(client: Client, targetId: string, fingerprint: string, began: number): Promise<Row | undefined> {
  return poll(client.clock, async () => {
    const { rows, date } = await list(client, targetId, { offset: 0, limit: 1000 });
    const from = since(client, { date }, began);
    return rows.find((row) => row.fingerprint === fingerprint && Date.parse(row.creationDate) >= from);
  });
}

/** Makes the key active or not, as declared. */
async function withActive(client: Client, id: string, state: State, inputs: Inputs): Promise<State> {
  if (state.active === inputs.active) return { ...state, ...inputs };
  try {
    return { ...state, ...inputs, changeDate: await setActive(client, id, inputs.active) };
  } catch (error) {
    if (!(error instanceof ZitadelError)) throw error;
    // The key is there, only not as declared: the next deployment goes on from here.
    throw new Unfinished(id, { ...state, ...inputs, active: state.active }, error);
  }
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
  let row = known ? await keys.find(keyId) : undefined;
  row ??= await keys.findNow(keyId);
  if (row === undefined && known) {
    // The read model may lag, or have lost the key for good; the write side knows.
    if (!(await probe(client, id, state.active === true))) return undefined;
    row = await poll(client.clock, () => keys.findNow(keyId));
    if (row === undefined) {
      warn(
        `Public key ${id} exists on ${client.instance.origin}, but ZITADEL does not show it (its read model lost it, or lags by more than 20 s). The state was kept as it is.`,
      );
      const inputs = Object.entries(state).filter(([key]) => key in table);
      return { state, inputs: Object.fromEntries(inputs) };
    }
  }
  if (row === undefined) return undefined;
  const found = fromRow(row, targetId, state);
  if (row.active && isPast(row.expirationDate)) warn(expired(found.state));
  return found;
}

function noId(client: Client, id: string): ZitadelError {
  const what = `reading public key ${JSON.stringify(id)} on ${client.instance.origin}`;
  const hint = "Ids are made of the target's and the key's, as in \"400661751630138406/400661832647314470\".";
  return new ZitadelError("invalid_request", sentence(what, "this is no id of a public key", hint), {
    operation: "read public key",
  });
}

async function remove(client: Client, id: string, state: Partial<State>): Promise<void> {
  const { targetId, keyId } = partsOf(id);
  const call: Call = {
    operation: "delete public key",
    what: `deleting public key ${id}`,
    method: "DELETE",
    path: `${keysPath(targetId)}/${encodeURIComponent(keyId)}`,
    write: true,
    repeatable: true,
  };
  // The active one cannot be deleted; whether it still is, ZITADEL knows better than the state.
  if (state.active === true) await deactivate(client, id);
  let reply = await client.ask(call);
  if (reply.refusal?.errorId === "ErrPublicKeyDeleteActiveKey") {
    await deactivate(client, id);
    reply = await client.ask(call);
  }
  reader(client, targetId).forget();
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
