import type { Client } from "../core/client";
import { type List, readerOf, type Searched, searchPage } from "../api/search";
import { pageSize, type Snapshot } from "../api/snapshot";
import { isAtLeast } from "../api/server-time";
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
