import type { Act, Client } from "../client";
import { ZitadelError } from "../errors";
import { type Context, Unfinished } from "../lifecycle";
import { factOf, keyFirst } from "../public-key/schema";
import { findActive } from "../public-key/search";
import { untilShown, upToDate } from "../server-time";
import { named, sendUpdate, updateCall } from "./calls";
import { rotateKey } from "./rotation";
import { type Inputs, interrupts, rotates, type State } from "./schema";
import { findNow } from "./search";
import { type Changed, differing, type Field, fromRow, kindOf, kindToWire, toWire } from "./wire";

export async function update(context: Context, id: string, state: State, inputs: Inputs): Promise<State> {
  const { client, resource } = context;
  const fields = differing(state, inputs);
  const rotate = rotates(state, inputs);
  const { signingKey, creationDate, changeDate } = state;
  if (fields.size === 0 && !rotate) return { ...inputs, signingKey, creationDate, changeDate };

  const name = named(id, state);
  const call = updateCall(id, name, toWire(inputs, fields));
  // Asked before anything is done: a question that fails must not cost a new key.
  if (fields.has("payloadType") && inputs.payloadType === "PAYLOAD_TYPE_JWE")
    await holdThatThereIsAKey(client, call, id);
  const kind = fields.has("kind");
  const prepared = kind ? await prepareToSwitchOff(client, id, state, inputs) : undefined;
  const result = rotate
    ? await client.ledger.once(`rotate ${id} from ${signingKey}`, resource, client.clock.now(), (began, isRepeated) =>
        rotateKey(client, call, id, state, began, isRepeated),
      )
    : await sendFields(client, id, name, inputs, fields);
  const done = { ...inputs, signingKey: result.signingKey ?? signingKey, creationDate, changeDate: result.changeDate };
  if (!kind) return done;
  try {
    if (prepared !== undefined && result.changeDate === prepared) {
      const said = "ZITADEL answered 200 and wrote nothing, so interruptOnError is still true on the server";
      throw client.failed(call, "not_applied", said, "Run `pulumi up` again.");
    }
    await verifyFlag(client, id, state, inputs, result.changeDate);
    return done;
  } catch (error) {
    if (!(error instanceof ZitadelError)) throw error;
    // The kind is not what is declared, so the next deployment has to see it differ; all else is, a new key above all.
    const { restWebhook, restCall, restAsync, ...rest } = done;
    throw new Unfinished(id, { ...rest, [kindOf(state)]: state[kindOf(state)] }, error);
  }
}

/** From the moment in which a target encrypts, it needs an active key. */
async function holdThatThereIsAKey(client: Client, call: Act, id: string): Promise<void> {
  if ((await untilShown(client, () => findActive(client, id))) === undefined)
    throw client.failed(call, "invalid_request", "the target has no active public key", keyFirst);
  client.ledger.note(factOf.beginsToEncrypt(id), false);
}

/**
 * A flag that was given at creation cannot be switched off by one update: the server's write side does not know that it is on,
 * sees no change and answers 200. Told `true` once more, it knows. Returns the target's date of change after that; `undefined` where
 * the update switches nothing off.
 */
async function prepareToSwitchOff(
  client: Client,
  id: string,
  state: State,
  inputs: Inputs,
): Promise<string | undefined> {
  if (interrupts(state[kindOf(state)]) !== true || interrupts(inputs[kindOf(inputs)]) === true) return undefined;
  return (await sendUpdate(client, updateCall(id, named(id, state), kindToWire(kindOf(state), true)))).changeDate;
}

/**
 * Holds that the flag is what is declared after an update of the kind. An asynchronous target shows none, but the server may
 * hold one from earlier, and shows it again with the next kind: then it is switched off.
 *
 * @param updated the date of change after the update.
 */
async function verifyFlag(client: Client, id: string, state: State, inputs: Inputs, updated: string) {
  const kind = kindOf(inputs);
  if (kindOf(state) !== "restAsync" || kind === "restAsync" || interrupts(inputs[kind]) === true) return;
  const row = await untilShown(client, () => findNow(client, id), updated);
  if (row !== undefined && interrupts(row[kind]) !== true) return;
  // Also where ZITADEL does not show it, which may be for ever: after these two it is off whatever it was.
  for (const flag of [true, false]) await sendUpdate(client, updateCall(id, named(id, inputs), kindToWire(kind, flag)));
}

/**
 * Sends the declared fields and holds that they were written. Nothing is where the write side has them already: somebody else
 * set them just now, or the read model, which ZITADEL delivers by, lost the event. Then what it shows is written, which changes
 * nothing that is delivered, and the declared fields after it.
 */
async function sendFields(
  client: Client,
  id: string,
  name: string,
  inputs: Inputs,
  fields: ReadonlySet<Field>,
): Promise<Changed> {
  const call = updateCall(id, name, toWire(inputs, fields));
  const began = client.clock.now();
  const updated = await sendUpdate(client, call);
  if (Date.parse(updated.changeDate) >= client.onServerClock(began)) return updated;

  const look = () => findNow(client, id);
  const row = await upToDate(client, await look(), updated.changeDate, look);
  if (row === undefined) return updated; // a create that was lost; each refresh says what to do
  const shown = fromRow(row, inputs).inputs;
  const lost = differing(shown, inputs);
  if (lost.size === 0) return updated;
  await sendUpdate(client, updateCall(id, named(id, shown), toWire(shown, lost)));
  return sendUpdate(client, updateCall(id, name, toWire(inputs, lost)));
}
