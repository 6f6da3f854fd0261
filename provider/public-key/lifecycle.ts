import type { Call, Client } from "../client";
import { hasCode, ZitadelError } from "../errors";
import { type Context, keptAsItIs, type Lifecycle, lostOrLate, type Made, type Read, Unfinished } from "../lifecycle";
import { poll } from "../retry";
import { everything, pagesOf } from "../search";
import { untilShown, upToDate } from "../server-time";
import { objectOf as targetObjectOf } from "../target/search";
import { add, objectOf } from "./add";
import { activeCall, probe, setActive, undoProbe } from "./calls";
import { idOf, keyPath, partsOf } from "./id";
import { fingerprintOf } from "./pem";
import {
  activeKeyOf,
  check,
  claimOf,
  compare,
  expired,
  factOf,
  type Inputs,
  isPast,
  sameMoment,
  type State,
  table,
} from "./schema";
import { findActive, findNow, keysOf, reader } from "./search";
import { fromRow, type Row } from "./wire";

/** A public key's life, from its declaration to its removal. */
const lifecycle: Lifecycle<Inputs, State> = {
  type: "ZitadelTargetPublicKey",
  check,
  diff: compare,
  isState: (state) =>
    ["targetId", "publicKey", "keyId", "fingerprint", "creationDate"].every((key) => typeof state[key] === "string"),
  // Another provider may know the key by its own id alone.
  objectId: (id, { targetId, keyId = id }) =>
    partsOf(id).keyId === "" && typeof targetId === "string" ? idOf(targetId, String(keyId)) : id,
  claimOf,
  uses: ({ targetId }) => (typeof targetId === "string" ? [targetObjectOf(targetId)] : []),
  find: findNow,
  create,
  read,
  update: withActive,
  delete: remove,
};
export const publicKeyLifecycle: Lifecycle = lifecycle;

async function create(context: Context, inputs: Inputs): Promise<Made<State>> {
  const row = (inputs.adopt === true ? await takeOver(context, inputs) : undefined) ?? (await add(context, inputs));
  const id = idOf(inputs.targetId, row.keyId);
  const { state } = fromRow(row, inputs.targetId, inputs, context.client.serverNow());
  return { id, state: await withActive(context, id, state, inputs) };
}

/** Takes over the key of the target that is just what is declared, if the write side says that it is there. */
async function takeOver({ client, resource, info }: Context, inputs: Inputs): Promise<Row | undefined> {
  const { targetId, publicKey, expirationDate, active } = inputs;
  const fingerprint = fingerprintOf(publicKey);
  const rows = await everything(pagesOf(client, keysOf(targetId)));
  // The same key may be there more than once, and each of them is declared for itself.
  const fits = (row: Row) => Number(sameMoment(row.expirationDate, expirationDate)) * 2 + Number(row.active === active);
  const best = rows
    .filter((row) => row.fingerprint === fingerprint)
    .sort((one, other) => fits(other) - fits(one))
    .find(({ keyId }) => client.ledger.own(objectOf(targetId, keyId), resource, true) === undefined);
  if (best === undefined) return undefined;
  const id = idOf(targetId, best.keyId);
  let isTaken = false;
  try {
    if (!sameMoment(best.expirationDate, expirationDate)) {
      // It may be the one that is being replaced, for its date; otherwise somebody should know that there are two now.
      info(
        `Public key ${id} is the same key with another date of expiry (${best.expirationDate ?? "none"}), which cannot be changed: it was left, and another added.`,
      );
      return undefined;
    }
    isTaken = (await probe(client, id, best.active)).isThere;
    if (!isTaken) return undefined;
    info(`Took over public key ${id} (${best.fingerprint}) on ${client.instance.origin}.`);
    return best;
  } finally {
    if (!isTaken) client.ledger.disown(objectOf(targetId, best.keyId));
  }
}

/** Makes the key active or not, as declared. */
async function withActive(context: Context, id: string, state: State, inputs: Inputs): Promise<State> {
  const { keyId, fingerprint, creationDate, changeDate } = state;
  const key = { keyId, fingerprint, creationDate, changeDate };
  if (state.active === inputs.active) return { ...inputs, ...key };
  try {
    if (!inputs.active && (await handOver(context, id))) return { ...inputs, ...key };
    if (!inputs.active) warnOfNone(context, id);
    return { ...inputs, ...key, changeDate: await applyActive(context.client, id, inputs.active) };
  } catch (error) {
    if (!(error instanceof ZitadelError)) throw error;
    // The key is there, only not as declared: the next deployment goes on from here.
    throw new Unfinished(id, { ...inputs, ...key, active: state.active }, error);
  }
}

/** The engine tells of the program's resources one by one: how long another key of the target is waited for. */
const longestSilence = 1_000;

/**
 * Lets another key of the program take this one's place: activating that one deactivates this one, and the target is never
 * without a key. A new one is activated when it is added. `false` where the program declares no other.
 */
async function handOver({ client, info }: Context, id: string): Promise<boolean> {
  const next = () => {
    const found = client.ledger.claimant(activeKeyOf(partsOf(id).targetId));
    return Promise.resolve(found?.isNew === true || found?.object !== undefined ? found : undefined);
  };
  const other = await poll(client.clock, next, longestSilence);
  if (other === undefined) return false;
  const known = other.object?.split(" ").at(-1);
  if (known !== undefined) await applyActive(client, known, true);
  else info(`Public key ${id} stays active until the next one of its target is added and activated.`);
  return true;
}

/** Sets whether the key is active, and holds that ZITADEL shows it so where it wrote nothing. */
async function applyActive(client: Client, id: string, active: boolean): Promise<string> {
  const began = client.clock.now();
  const { changeDate } = await setActive(client, id, active);
  if (Date.parse(changeDate) >= client.onServerClock(began)) return changeDate;
  const look = () => findNow(client, id);
  if ((await untilShown(client, look, (row) => row.active === active)) !== undefined) return changeDate;
  if (active) {
    // The write side has it and the read side, which ZITADEL encrypts from, lost it: written once more, it shows.
    await setActive(client, id, false);
    return (await setActive(client, id, true)).changeDate;
  }
  // Written once more it would be active for a moment, in place of another.
  const said = "ZITADEL answered 200 and wrote nothing, and still shows the key as active";
  const hint = "Run `pulumi refresh`, then `pulumi up`, which activates the target's other key once more.";
  throw client.failed(activeCall(id, active), "not_applied", said, hint);
}

async function read({ client, warn }: Context, id: string, state: Partial<State>): Promise<Read | undefined> {
  const { targetId, keyId } = partsOf(id);
  if (keyId === "") {
    const act = { operation: "read public key", what: `reading public key ${JSON.stringify(id)}` };
    const hint = "Ids are made of the target's and the key's, as in \"400661751630138406/400661832647314470\".";
    throw client.failed(act, "invalid_request", "this is not the id of a public key", hint);
  }
  const keys = reader(client, targetId);
  const known = state.keyId !== undefined;
  const look = () => keys.findNow(keyId);
  let row = (known ? await keys.find(keyId) : undefined) ?? (await look());
  if (row === undefined && known) {
    // The read model may lag, or have lost the key for good; the write side knows.
    let active = state.active === true && (await findActive(client, targetId)) === undefined;
    const { isThere, written } = await probe(client, id, active);
    if (!isThere) return undefined;
    if (written !== undefined && written !== state.changeDate) active = await undoProbe(client, id, active, written);
    row = await untilShown(client, look);
    if (row === undefined) {
      const kept = { ...state, active };
      const but = active === state.active ? "" : `, except that active is ${active}`;
      warn(
        `Public key ${id} exists on ${client.instance.origin}, but ZITADEL does not show it (${lostOrLate}). The state was kept as it is${but}.`,
      );
      return keptAsItIs(kept, table);
    }
  }
  if (row === undefined) return undefined;
  row = (await upToDate(client, row, state.changeDate, look)) ?? row;
  const now = client.serverNow();
  const found = fromRow(row, targetId, state, now);
  if (row.active && isPast(row.expirationDate, now)) warn(expired(found.state));
  return found;
}

/** A target of the program that encrypts is about to be left without an active key. */
function warnOfNone({ client, warn }: Context, id: string): void {
  const { targetId } = partsOf(id);
  if (!client.ledger.noted(factOf.encrypts(targetId))) return;
  warn(
    `Target ${targetId} encrypts (PAYLOAD_TYPE_JWE), and with public key ${id} it loses its active key: until another key of it is active, every call that the target interrupts fails (EXEC-2n8fhs7g), and nothing is sent otherwise. Declare another key of the target with active: true, or give the target another payloadType.`,
  );
}

async function remove(context: Context, id: string, state: Partial<State>): Promise<undefined> {
  const { client } = context;
  const { targetId, keyId } = partsOf(id);
  const call: Call = {
    operation: "delete public key",
    what: `deleting public key ${id}`,
    method: "DELETE",
    path: keyPath(targetId, keyId),
  };
  // A key that is gone with its target needs no deactivation.
  const deactivate = () =>
    setActive(client, id, false).catch((error: unknown) => {
      if (!hasCode(error, "not_found")) throw error;
    });
  const ask = () => client.ask(call).finally(() => reader(client, targetId).forget());
  // The active one cannot be deleted; whether it still is, ZITADEL knows better than the state.
  if (state.active === true) {
    if (client.ledger.claimant(activeKeyOf(targetId)) === undefined) warnOfNone(context, id);
    await deactivate();
  }
  let reply = await ask();
  if (reply.refusal?.errorId === "ErrPublicKeyDeleteActiveKey") {
    await deactivate();
    reply = await ask();
  }
  if (reply.refusal !== undefined && reply.refusal.code !== "not_found") throw client.refused(call, reply.refusal);
}
