import type { Client } from "../client";
import { hasCode } from "../errors";
import { changed, type Context } from "../lifecycle";
import { takenOver } from "../taken-over";
import { named } from "./calls";
import { type Inputs, type State, table } from "./schema";
import { fieldsOf, fromRow, type Row } from "./wire";

/** How a target that is there becomes what is declared: the lifecycle's own update. */
type Update = (context: Context, id: string, state: State, inputs: Inputs) => Promise<State>;

/**
 * Takes over a target that is there already, with the smallest update that makes it what is declared; it keeps its signing
 * key. `undefined` where ZITADEL shows it and says that there is none: then it is to be created.
 */
export async function adopt(
  context: Context,
  row: Row,
  inputs: Inputs,
  update: Update,
): Promise<{ id: string; state: State } | undefined> {
  // The triggers that are declared now are the baseline: taking over rotates nothing.
  const { state } = fromRow(row, inputs);
  const differing = fieldsOf(changed(table, state, inputs));
  try {
    const done = differing.size === 0 ? { ...state, ...inputs } : await update(context, row.id, state, inputs);
    takenOver(context.client).add(row.id);
    context.info(tookOver(context.client, row, [...differing]));
    return { id: row.id, state: done };
  } catch (error) {
    if (hasCode(error, "not_found")) return undefined;
    throw error;
  }
}

function tookOver(client: Client, row: Row, differing: readonly string[]): string {
  const what = differing.length === 0 ? "it was as declared" : `changed: ${differing.join(", ")}`;
  return `Took over target ${named(row.id, row)} on ${client.instance.origin} with its signing key: ${what}.`;
}
