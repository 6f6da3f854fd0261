import type { Act, Call } from "../api/client";
import type { Client } from "../core/client";
import { hasCode, mayBeDone, unlessFailed, ZitadelError } from "../api/errors";
import { callerOf, settledCallerOf } from "../execution/search";
import { idIn, longestSilence } from "../core/ledger";
import type { Context, Lifecycle, Made, Read } from "../core/lifecycle";
import { changed, type ChangedBy, inputsFrom } from "../core/diff";
import { unknown } from "../core/properties";
import { Unfinished } from "../core/unfinished";
import { poll } from "../api/retry";
import { everything, pagesOf } from "../api/search";
import { isPast, sameMoment, unsettled, untilHidden, untilShown, upToDate } from "../api/server-time";
import { probe as probeTarget } from "../target/calls";
import { findNow as findTarget, objectOf as targetObjectOf } from "../target/search";
import { add, objectOf } from "./add";
import { activeCall, probe, setActive } from "./calls";
import { idOf, keyPath, partsOf } from "./id";
import { fingerprintOf } from "./pem";
import { activeKeyOf, check, claimOf, compare, expired, factOf, type Inputs, type State, table } from "./schema";
import { findActive, findNow, keysOf, reader } from "./search";
import { fromRow, type Row } from "./wire";

/** How to update each property that can be updated. */
const updates = { active: withActive } satisfies Record<ChangedBy<typeof table, "update">, unknown>;

/** The operations of a public key. */
const lifecycle: Lifecycle<Inputs, State> = {
  type: "ZitadelTargetPublicKey",
  check,
  diff: compare,
  differing: (state, inputs) => [...changed(table, state, inputs)],
  plan,
  isState: (state) =>
    ["targetId", "publicKey", "keyId", "fingerprint", "creationDate"].every((key) => typeof state[key] === "string"),
  // Another provider may use the key's id without the target's.
  objectId: (id, { targetId, keyId = id }) =>
    partsOf(id).keyId === "" && typeof targetId === "string" ? idOf(targetId, String(keyId)) : id,
  claimOf,
  uses: ({ targetId }) => (typeof targetId === "string" ? [targetObjectOf(targetId)] : []),
  find: findNow,
  create,
  read,
  update: updates.active,
  delete: remove,
  confirms: false,
};
export const publicKeyLifecycle: Lifecycle = lifecycle;

function plan(inputs: Inputs, state?: State): State {
  const dates = { creationDate: unknown, changeDate: unknown };
  if (state === undefined)
    return { ...inputs, keyId: unknown, fingerprint: fingerprintOf(inputs.publicKey) ?? unknown, ...dates };
  const { keyId, fingerprint, creationDate } = state;
  const changeDate = state.active === inputs.active ? state.changeDate : unknown;
  return { ...inputs, keyId, fingerprint, creationDate, changeDate };
}

async function create(context: Context, inputs: Inputs): Promise<Made<State>> {
  const row = (inputs.adopt === true ? await takeOver(context, inputs) : undefined) ?? (await add(context, inputs));
  const id = idOf(inputs.targetId, row.keyId);
  const { state } = fromRow(row, inputs.targetId, inputs, context.client.serverNow());
  return { id, state: await withActive(context, id, state, inputs) };
}

/** Takes over the target's key that is exactly as declared, if the write side confirms that it exists. */
async function takeOver({ client, resource, info }: Context, inputs: Inputs): Promise<Row | undefined> {
  const { targetId, publicKey, expirationDate, active } = inputs;
  const fingerprint = fingerprintOf(publicKey);
  const rows = await everything(pagesOf(client, keysOf(targetId)));
  // The same key may exist more than once, each with its own resource.
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
      // It may be the one that this deployment replaces, because of its date; otherwise the user should know of both.
      info(
        `Public key ${id} is the same key with another expiration date (${best.expirationDate ?? "none"}), which cannot be changed: it was kept, and another one was added.`,
      );
      return undefined;
    }
    isTaken = await probe(client, id, best.active);
    if (!isTaken) return undefined;
    info(`Took over public key ${id} (${best.fingerprint}) on ${client.instance.origin}.`);
    return best;
  } finally {
    if (!isTaken) client.ledger.disown(objectOf(targetId, best.keyId));
  }
}

/** Activates or deactivates the key, as declared. */
async function withActive(context: Context, id: string, state: State, inputs: Inputs): Promise<State> {
  const { keyId, fingerprint, creationDate, changeDate } = state;
  const key = { keyId, fingerprint, creationDate, changeDate };
  if (state.active === inputs.active && context.isUnsure !== true) return { ...inputs, ...key };
  try {
    if (!inputs.active && (await handOver(context, id))) return { ...inputs, ...key };
    if (!inputs.active) await verifyUnneeded(context, activeCall(id, false), id, true);
    const done = inputs.active ? context.client.ledger.takeHandOver(id) : undefined;
    const other = inputs.active ? await othersActive(context, id) : undefined;
    const changeDate = done ?? (await applyActive(context.client, id, inputs.active));
    if (other !== undefined)
      context.warn(
        `Public key ${other} was active and is inactive now, because a target has only one active key. No resource of this program has it: if another stack or tool manages that key or its target, its receiver cannot decrypt what ZITADEL sends now.`,
      );
    return { ...inputs, ...key, changeDate };
  } catch (error) {
    if (!(error instanceof ZitadelError)) throw error;
    // The key exists, but not as declared: the next deployment continues from here.
    throw new Unfinished(id, { ...inputs, ...key, active: state.active }, error);
  }
}

/** The active key of a target that the program did not have before, if that key is not the program's either. */
async function othersActive({ client, resource }: Context, id: string): Promise<string | undefined> {
  const { ledger } = client;
  const { targetId } = partsOf(id);
  const isOwn = ledger.ownerOf(targetObjectOf(targetId)) !== undefined && !ledger.noted(factOf.tookOver(targetId));
  if (resource === undefined || isOwn) return undefined;
  const other = await findActive(client, targetId);
  const isOurs = (object: string) =>
    ledger.ownerOf(object) !== undefined || ledger.replacedBy(object, "") !== undefined;
  if (other === undefined || isOurs(objectOf(targetId, other.keyId))) return undefined;
  const otherId = idOf(targetId, other.keyId);
  return otherId === id ? undefined : otherId;
}

/**
 * Replaces this key by another one of the program: activating that one deactivates this one, so the target always has an active
 * key. A new key is activated when it is added. Returns `false` if the program declares no other key.
 */
async function handOver({ client, info }: Context, id: string): Promise<boolean> {
  const next = () => {
    const found = client.ledger.firstClaim(activeKeyOf(partsOf(id).targetId));
    return Promise.resolve(found?.isNew === true || found?.object !== undefined ? found : undefined);
  };
  const other = await poll(client.clock, next, longestSilence);
  if (other === undefined) return false;
  const known = idIn(other.object);
  if (known !== undefined) client.ledger.handOver(known, await applyActive(client, known, true));
  else info(`Public key ${id} stays active until the target's next key is added and activated.`);
  return true;
}

/** Activates or deactivates the key. If ZITADEL saved nothing, makes sure that it shows the key as declared. */
async function applyActive(client: Client, id: string, active: boolean): Promise<string> {
  const began = client.clock.now();
  const { changeDate } = await setActive(client, id, active);
  if (client.isSince(changeDate, began)) return changeDate;
  const look = () => findNow(client, id);
  if ((await untilShown(client, look, (row) => row.active === active)) !== undefined) return changeDate;
  if (active) {
    // The write side has it, but the read side, which ZITADEL encrypts from, lost it: activating it again restores it.
    await setActive(client, id, false);
    return (await setActive(client, id, true)).changeDate;
  }
  // Repeating both calls would activate this key for a moment, instead of another.
  const said = "ZITADEL answered 200 but saved nothing, and still shows the key as active";
  const hint = "Run `pulumi refresh`, then `pulumi up`, which activates the target's other key again.";
  throw client.failed(activeCall(id, active), "not_applied", said, hint);
}

async function read({ client, warn }: Context, id: string, state: Partial<State>): Promise<Read | undefined> {
  const { targetId, keyId } = partsOf(id);
  if (keyId === "") {
    const act = { operation: "read public key", what: `reading public key ${JSON.stringify(id)}` };
    const hint = 'An id is the target\'s id, "/" and the key\'s id, such as "400661751630138406/400661832647314470".';
    throw client.failed(act, "invalid_request", "this is not the id of a public key", hint);
  }
  const keys = reader(client, targetId);
  const known = state.keyId !== undefined;
  const look = () => keys.findNow(keyId);
  const shown = (known ? await keys.find(keyId) : undefined) ?? (await look());
  // Only a write would tell whether the write side has a key that is not shown, and it could make the target's other key inactive.
  // ZITADEL encrypts from the read side, so a key that is missing there has no effect: the next deployment adds it again.
  const row = await upToDate(client, shown, state.changeDate, look);
  const isKept = row === undefined && known && (await isTargetLost(client, targetId));
  if (row === undefined) return isKept ? { state, inputs: inputsFrom(table, state, state) } : undefined;
  const now = client.serverNow();
  const found = fromRow(row, targetId, state, now);
  if (row.active && isPast(row.expirationDate, now)) warn(expired(found.state));
  return found;
}

/** Whether the read side lost the target, and so shows nothing of it: each refresh of the target says what to do. */
async function isTargetLost(client: Client, targetId: string): Promise<boolean> {
  if ((await findTarget(client, targetId)) !== undefined) return false;
  return (await probeTarget(client, targetId, targetId)) !== undefined;
}

/**
 * Whether the target encrypts, from ZITADEL: the target's state may be from before an update that was killed. A destroy, or
 * `--target`, shows no state of it, and then the read side may be from before an earlier command.
 */
async function encryptsNow(client: Client, targetId: string): Promise<boolean> {
  const look = () => findTarget(client, targetId);
  const isJwe = (row: { readonly payloadType?: string | undefined } | undefined) =>
    row?.payloadType === "PAYLOAD_TYPE_JWE";
  const shown = await look();
  const isInProgram = client.ledger.ownerOf(targetObjectOf(targetId)) !== undefined;
  if (isJwe(shown) || isInProgram || unsettled(client) === 0) return isJwe(shown);
  const { changeDate } = (await probeTarget(client, targetId, targetId)) ?? {};
  return isJwe(await upToDate(client, shown, changeDate, look));
}

/**
 * Throws if the key must stay active: an execution calls its target, which encrypts, and no other key of the target is active, so
 * every call that the target interrupts would fail. Warns if only executions are missing for that.
 *
 * @param isDeclared whether the program still declares the key, only not as active.
 */
async function verifyUnneeded(
  { client, warn, isUp }: Context,
  act: Act,
  id: string,
  isDeclared: boolean,
): Promise<void> {
  const { ledger } = client;
  const { targetId, keyId } = partsOf(id);
  const target = targetObjectOf(targetId);
  const isReplaced = ledger.replacedBy(target, "") !== undefined;
  if (!ledger.noted(factOf.encrypts(targetId)) && !(await encryptsNow(client, targetId))) return;
  const isActive = async () => ((await findActive(client, targetId))?.keyId === keyId ? true : undefined);
  if ((await poll(client.clock, isActive, unsettled(client))) === undefined) return;
  const ask = () => callerOf(client, targetId);
  const declared = ledger.userOf(target, "ZitadelExecution");
  // This deployment may be about to remove the execution, or to set it to another target.
  const look = () => (isDeclared ? ask() : untilHidden(client, ask));
  const shown = declared === undefined ? await settledCallerOf(client, targetId, look) : undefined;
  const caller = declared ?? (shown && `execution ${shown.id}`);
  // ZITADEL can list an execution with a deleted target for ever.
  if (caller !== undefined && (await probeTarget(client, targetId, targetId)) !== undefined) {
    const said = `${caller} calls target ${targetId}, which encrypts (PAYLOAD_TYPE_JWE), and no other key of the target is active`;
    throw client.failed(act, "not_applied", said, (await isUp?.()) === true ? ifNeeded : ifDestroyed);
  }
  const isKept = isDeclared || ledger.ownerOf(target) !== undefined || ledger.userOf(target) !== undefined;
  if (isKept && !isReplaced)
    warn(
      `Target ${targetId} encrypts (PAYLOAD_TYPE_JWE) and loses its active key, public key ${id}. Declare another key of the target with active: true, or set another payloadType. Until another key is active, ZITADEL sends the target nothing, and every call that it interrupts fails (EXEC-2n8fhs7g).`,
    );
}

const ifNeeded =
  "Activate another public key of the target first: declare it with active: true. If the program declares it already, add dependsOn: [that key] to this one, remove deleteBeforeReplace, and run `pulumi up` without --target and --exclude. To stop encrypting, change the target's payloadType and deploy that first; to remove the execution too, run `pulumi up --target '<its URN>'` first.";

const ifDestroyed =
  "In a `pulumi destroy`, destroy the execution first, with `--target '<its URN>'`; if it is not in this stack, remove the target from it in its own. If the execution is to stay and to lose the target, run `pulumi state delete '<the key's URN>'` and destroy again: ZITADEL deletes the key with its target.";

async function remove(context: Context, id: string, state: Partial<State>): Promise<undefined> {
  const { client, warn, verifyFree } = context;
  const { targetId, keyId } = partsOf(id);
  const call: Call = {
    operation: "delete public key",
    what: `deleting public key ${id}`,
    method: "DELETE",
    path: keyPath(targetId, keyId),
  };
  /** Whether we made it inactive, or may have. */
  let wasActive = false as boolean;
  /** Makes it inactive, because ZITADEL does not delete an active key. */
  const deactivate = async () => {
    const next = idIn(client.ledger.firstClaim(activeKeyOf(targetId))?.object);
    if (next !== undefined && next !== id) {
      await setActive(client, next, true);
      return;
    }
    await verifyUnneeded(context, call, id, false);
    verifyFree?.();
    const began = client.clock.now();
    const done = await setActive(client, id, false).catch((error: unknown) => {
      wasActive ||= mayBeDone(error);
      // If the key was deleted with its target, it needs no deactivation.
      if (!hasCode(error, "not_found")) throw error;
      return undefined;
    });
    wasActive ||= done !== undefined && client.isSince(done.changeDate, began);
  };
  const ask = () => {
    verifyFree?.();
    return client.ask(call).finally(() => reader(client, targetId).forget());
  };
  try {
    // ZITADEL knows better than the state whether the key is active.
    if (state.active === true) await deactivate();
    let reply = await ask();
    if (reply.refusal?.errorId === "ErrPublicKeyDeleteActiveKey") {
      await deactivate();
      reply = await ask();
    }
    if (reply.refusal !== undefined && reply.refusal.code !== "not_found") throw client.refused(call, reply.refusal);
  } catch (error) {
    // The key stays in the state, as active.
    if (wasActive && (await unlessFailed(() => setActive(client, id, true))) === undefined)
      warn(`Public key ${id} is no longer active. Run \`pulumi refresh\` before the next \`pulumi up\`.`);
    throw error;
  }
}
