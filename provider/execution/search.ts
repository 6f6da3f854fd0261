import type { Client } from "../core/client";
import { type List, readerOf, type Searched, searchPage } from "../api/search";
import { pageSize, type Snapshot } from "../api/snapshot";
import { isAtLeast, whileUnsettled } from "../api/server-time";
import { objectOf as targetObjectOf } from "../target/search";
import { conditionOf } from "./condition";
import { pageSchema, type Row, type StrangeRow, wholePageSchema } from "./wire";

export const executions: List<Row> = {
  one: "execution",
  path: "/v2/actions/executions/search",
  sortingColumn: "EXECUTION_FIELD_NAME_ID",
  schema: pageSchema,
  id: ({ id }) => id,
  filterByIds: (ids) => ({ inConditionsFilter: { conditions: ids.map(conditionOf) } }),
};

/** The executions of a client's server, listed once and shared by many reads. */
export function reader(client: Client): Snapshot<Row> {
  return readerOf(client, executions);
}

/** An execution that calls a target, in the read model now, unless this process has removed it or set it to other targets. */
export async function callerOf(client: Client, targetId: string): Promise<Row | undefined> {
  const filters = [{ targetFilter: { targetId } }];
  const { rows } = await searchPage(client, executions, { offset: 0, limit: pageSize }, filters);
  return rows.find(
    (row) => !isRemoved(client, row) && client.ledger.mayUse(objectOf(row.id), targetObjectOf(targetId)),
  );
}

/**
 * An execution that calls a target, even if an earlier command set it and ZITADEL shows that late. What this process set is shown after
 * it. Does not wait if this process removed an execution that called the target.
 *
 * @param ask looks for one that is shown.
 */
export async function settledCallerOf(
  client: Client,
  targetId: string,
  ask: () => Promise<Row | undefined>,
): Promise<Row | undefined> {
  const { ledger } = client;
  const isReleased = () => ledger.wasReleased(targetObjectOf(targetId), "ZitadelExecution");
  const isCurrent = async () => isReleased() || (await showsLastSet(client));
  const isComplete = await isCurrent();
  let caller = await ask();
  if (caller !== undefined || isComplete || isReleased()) return caller;
  await whileUnsettled(client, async () => {
    const isNowComplete = await isCurrent();
    caller = await callerOf(client, targetId);
    return caller !== undefined || isNowComplete ? true : undefined;
  });
  return caller;
}

/** Whether ZITADEL shows what this process set last. */
async function showsLastSet(client: Client): Promise<boolean> {
  const { lastSet, began } = client.ledger;
  if (lastSet === undefined || !client.isSince(lastSet.setDate, began)) return false;
  const row = await reader(client).findNow(lastSet.id);
  return row !== undefined && isAtLeast(row.changeDate, lastSet.setDate);
}

/** Whether this process has removed the execution that ZITADEL shows. */
export function isRemoved({ ledger }: Client, { id, changeDate }: Row): boolean {
  const removed = ledger.deletedAt(objectOf(id));
  return removed !== undefined && isAtLeast(removed, changeDate);
}

/** The ledger's name for an execution. */
export function objectOf(id: string): string {
  return `ZitadelExecution ${id}`;
}

/** All executions, including those with conditions that this version does not know. */
export const allExecutions: Searched<Row | StrangeRow> = { ...executions, schema: wholePageSchema };
