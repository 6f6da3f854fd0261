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
  // Check before changing anything: a failed check must not cost a new key.
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

/** A target that encrypts needs an active key from the first moment. */
async function holdThatThereIsAKey(client: Client, call: Act, id: string): Promise<void> {
  if ((await untilShown(client, () => findActive(client, id))) === undefined)
    throw client.failed(call, "invalid_request", "the target has no active public key", keyFirst);
  client.ledger.note(factOf.beginsToEncrypt(id), false);
}

/**
 * One update cannot switch off a flag that was set at creation: the server's write side does not know that it is on, sees no
 * change and answers 200. Sending `true` first lets it know. Returns the target's date of change after that; `undefined` if the
 * update switches nothing off.
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
 * Makes sure that the flag is as declared after an update of the kind. An asynchronous target shows none, but the server may have
 * kept an earlier one, and shows it again with the next kind: then switch it off.
 *
 * @param updated the date of change after the update.
 */
async function verifyFlag(client: Client, id: string, state: State, inputs: Inputs, updated: string) {
  const kind = kindOf(inputs);
  if (kindOf(state) !== "restAsync" || kind === "restAsync" || interrupts(inputs[kind]) === true) return;
  const row = await untilShown(client, () => findNow(client, id), updated);
  if (row !== undefined && interrupts(row[kind]) !== true) return;
  // Even if ZITADEL does not show the target, maybe for ever: after these two updates the flag is off, whatever it was.
  for (const flag of [true, false]) await sendUpdate(client, updateCall(id, named(id, inputs), kindToWire(kind, flag)));
}

/**
 * Sends the declared fields and makes sure that ZITADEL saved them. It saves nothing if the write side has them already: somebody
 * else set them just now, or the read model, which ZITADEL uses for deliveries, lost the event. Then send what the read model
 * shows, which changes no delivery, and the declared fields after that.
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
  if (client.isSince(updated.changeDate, began)) return updated;

  const look = () => findNow(client, id);
  const row = await upToDate(client, await look(), updated.changeDate, look);
  if (row === undefined) return updated; // a create that was lost; each refresh says what to do
  const shown = fromRow(row, inputs).inputs;
  const lost = differing(shown, inputs);
  if (lost.size === 0) return updated;
  await sendUpdate(client, updateCall(id, named(id, shown), toWire(shown, lost)));
  return sendUpdate(client, updateCall(id, name, toWire(inputs, lost)));
}
