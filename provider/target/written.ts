import type { Client } from "../client";
import { changed } from "../lifecycle";
import { since, upToDate } from "../server-time";
import { named, sendUpdate, type Updated, updateCall } from "./calls";
import { type Inputs, table } from "./schema";
import { findNow } from "./search";
import { type Field, fieldsOf, fromRow, toWire } from "./wire";

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
): Promise<Updated> {
  const call = updateCall(id, name, toWire(inputs, fields));
  const began = client.clock.now();
  const updated = await sendUpdate(client, call);
  if (Date.parse(updated.changeDate) >= since(client, updated, began)) return updated;

  const look = () => findNow(client, id);
  const row = await upToDate(client, await look(), updated.changeDate, look);
  if (row === undefined) return updated; // a create that was lost; each refresh says what to do
  const shown = fromRow(row, inputs).inputs;
  const lost = fieldsOf(changed(table, { ...shown }, { ...inputs }));
  if (lost.size === 0) return updated;
  await sendUpdate(client, updateCall(id, named(id, shown), toWire(shown, lost)));
  return sendUpdate(client, updateCall(id, name, toWire(inputs, lost)));
}
