import type { Client } from "../client";
import { upToDate } from "../server-time";
import { named, sendUpdate, updateCall } from "./calls";
import type { Inputs } from "./schema";
import { findNow } from "./search";
import { type Changed, type Field, differing, fromRow, toWire } from "./wire";

/**
 * Sends the declared fields and holds that they were written. Nothing is where the write side has them already: somebody else
 * set them just now, or the read model, which ZITADEL delivers by, lost the event. Then what it shows is written, which changes
 * nothing that is delivered, and the declared fields after it.
 */
export async function sendFields(
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
