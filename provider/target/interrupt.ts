import type { Client } from "../client";
import { untilShown } from "../server-time";
import { named, sendUpdate, updateCall } from "./calls";
import { type Inputs, interrupts, type State } from "./schema";
import { findNow } from "./search";
import { kindOf, kindToWire } from "./wire";

/**
 * A flag that was given at creation cannot be switched off by one update: the server's write side does not know that it is on,
 * sees no change and answers 200. Told `true` once more, it knows. Returns the target's date of change after that; `undefined` where
 * the update switches nothing off.
 */
export async function prepareToSwitchOff(
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
export async function verifyFlag(client: Client, id: string, state: State, inputs: Inputs, updated: string) {
  const kind = kindOf(inputs);
  if (kindOf(state) !== "restAsync" || kind === "restAsync" || interrupts(inputs[kind]) === true) return;
  const row = await untilShown(client, () => findNow(client, id), updated);
  if (row !== undefined && interrupts(row[kind]) !== true) return;
  // Also where ZITADEL does not show it, which may be for ever: after these two it is off whatever it was.
  for (const flag of [true, false]) await sendUpdate(client, updateCall(id, named(id, inputs), kindToWire(kind, flag)));
}
