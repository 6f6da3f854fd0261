import type { Client } from "../client";
import { type List, readerOf, type Searched, searchPage } from "../search";
import { pageSize, type Snapshot } from "../snapshot";
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

/** The executions that call a target, in the read model now: at most one page. */
export async function callersOf(client: Client, targetId: string): Promise<readonly Row[]> {
  const filters = [{ targetFilter: { targetId } }];
  return (await searchPage(client, executions, { offset: 0, limit: pageSize }, filters)).rows;
}

/** All executions, including those with conditions that this version does not know. */
export const allExecutions: Searched<Row | StrangeRow> = { ...executions, schema: wholePageSchema };
