import type { Act } from "../api/client";
import type { Client } from "../core/client";
import { ZitadelError } from "../api/errors";
import { callerOf } from "../execution/search";
import type { Context } from "../core/lifecycle";
import { Unfinished } from "../core/unfinished";
import { factOf, keyFirst } from "../public-key/schema";
import { findActive } from "../public-key/search";
import { unsettled, untilShown, upToDate } from "../api/server-time";
import { named, sendUpdate, updateCall } from "./calls";
import { rotateKey } from "./rotation";
import { type Inputs, interrupts, type Kind, rotates, type State } from "./schema";
import { findNow, objectOf } from "./search";
import { type Changed, differing, inputsOf, isKind, kindOf, type Stored, toWire } from "./wire";

export async function update(context: Context, id: string, state: State, inputs: Inputs): Promise<State> {
  const { client, resource } = context;
  const fields = differing(state, inputs);
  const rotate = rotates(state, inputs);
  const { signingKey, creationDate, changeDate } = state;
  if (fields.length === 0 && !rotate) return { ...inputs, signingKey, creationDate, changeDate };

  const name = named(id, state);
  const call = updateCall(id, name, toWire(inputs, fields));
  // Check before changing anything: a failed check must not cost a new key.
  const kind = fields.some(isKind);
  if (inputs.payloadType === "PAYLOAD_TYPE_JWE") {
    if (fields.includes("payloadType"))
      await requireKey(client, call, id, "the target has no active public key", keyFirst);
    else if (kind && stopsCalls(inputs) && !stopsCalls(state))
      await requireKey(client, call, id, lacksKey, keyBeforeStops);
  }
  const prepared = kind ? await prepareToSwitchOff(client, id, state, inputs) : undefined;
  const result = rotate
    ? await client.ledger.tries.once(
        `rotate ${id} from ${signingKey}`,
        resource,
        client.clock.now(),
        (began, isRepeated) => rotateKey(client, call, id, state, began, isRepeated),
      )
    : await sendFields(client, id, name, inputs, fields);
  const done = { ...inputs, signingKey: result.signingKey ?? signingKey, creationDate, changeDate: result.changeDate };
  if (!kind) return done;
  try {
    if (prepared !== undefined && result.changeDate === prepared) {
      const said = "ZITADEL answered 200 but saved nothing, so interruptOnError is still true on the server";
      throw client.failed(call, "not_applied", said, "Run `pulumi up` again.");
    }
    await verifyFlag(client, id, state, inputs, result.changeDate);
    return done;
  } catch (error) {
    if (!(error instanceof ZitadelError)) throw error;
    // Keep the old kind, so that the next deployment sees a difference; all else, above all a new key, is as declared.
    const { restWebhook, restCall, restAsync, ...rest } = done;
    throw new Unfinished(id, { ...rest, [kindOf(state)]: state[kindOf(state)] }, error);
  }
}

/** Throws if an execution calls the target, which is about to encrypt or to stop calls, and it has no active key to encrypt with. */
async function requireKey(client: Client, call: Act, id: string, said: string, hint: string): Promise<void> {
  const ask = () => findActive(client, id);
  // An execution that was set just now may not be shown yet.
  const isCalled = async () =>
    client.ledger.userOf(objectOf(id), "ZitadelExecution") !== undefined ||
    (await untilShown(client, () => callerOf(client, id))) !== undefined;
  let active = await ask();
  // A key that was deactivated just now may still be shown as active.
  if (active !== undefined && unsettled(client) > 0) {
    await client.clock.sleep(unsettled(client));
    active = await ask();
  }
  if (active === undefined && (await isCalled()) && (await untilShown(client, ask)) === undefined)
    throw client.failed(call, "invalid_request", said, hint);
  client.ledger.note(factOf.beginsToEncrypt(id), false);
}

function stopsCalls(target: Inputs): boolean {
  return interrupts(target[kindOf(target)]) === true;
}

const lacksKey =
  "it encrypts (PAYLOAD_TYPE_JWE) and has no active public key, so every call that it interrupts would fail (EXEC-2n8fhs7g)";

const keyBeforeStops =
  "Take two steps: deploy a ZitadelTargetPublicKey with active: true for the target first, then set interruptOnError and deploy again. If the stack has the key already, only inactive, run `pulumi up --target '<the key's URN>'` first.";

/**
 * One update cannot switch off a flag that was set at creation: the server's write side does not know that it is on, sees no
 * change and answers 200. Sending `true` first lets it know. Returns the target's date of change after that; `undefined` if the
 * update switches nothing off.
 */
async function prepareToSwitchOff(client: Client, id: string, state: State, inputs: Inputs) {
  if (!stopsCalls(state) || stopsCalls(inputs)) return undefined;
  return (await sendFlag(client, id, state, kindOf(state), true)).changeDate;
}

function sendFlag(client: Client, id: string, target: Inputs, kind: Kind, interruptOnError: boolean): Promise<Changed> {
  return sendUpdate(client, updateCall(id, named(id, target), { [kind]: { interruptOnError } }));
}

/**
 * Makes sure that the flag is as declared after an update of the kind. An asynchronous target shows none, but the server may have
 * kept an earlier one, and shows it again with the next kind: then switch it off.
 *
 * @param updated the date of change after the update.
 */
async function verifyFlag(client: Client, id: string, state: State, inputs: Inputs, updated: string) {
  const kind = kindOf(inputs);
  if (kindOf(state) !== "restAsync" || kind === "restAsync" || stopsCalls(inputs)) return;
  const row = await untilShown(client, () => findNow(client, id), updated);
  if (row !== undefined && interrupts(row[kind]) !== true) return;
  // Even if ZITADEL does not show the target, maybe for ever: after these two updates the flag is off, whatever it was.
  for (const flag of [true, false]) await sendFlag(client, id, inputs, kind, flag);
}

/**
 * Sends the declared fields and makes sure that ZITADEL saved them. It saves nothing if the write side has them already: somebody
 * else set them just now, or the read model, which ZITADEL uses for deliveries, lost the event. Then send what the read model
 * shows, which changes no delivery, and the declared fields after that.
 */
async function sendFields(client: Client, id: string, name: string, inputs: Inputs, fields: readonly Stored[]) {
  const call = updateCall(id, name, toWire(inputs, fields));
  const began = client.clock.now();
  const updated = await sendUpdate(client, call);
  if (client.isSince(updated.changeDate, began)) return updated;

  const look = () => findNow(client, id);
  const row = await upToDate(client, await look(), updated.changeDate, look);
  if (row === undefined) return updated; // a create that was lost; each refresh says what to do
  const shown = inputsOf(row, inputs);
  const lost = differing(shown, inputs);
  if (lost.length === 0) return updated;
  await sendUpdate(client, updateCall(id, named(id, shown), toWire(shown, lost)));
  return sendUpdate(client, updateCall(id, name, toWire(inputs, lost)));
}
