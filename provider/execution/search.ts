import type { Client } from "../client";
import { type List, readerOf, searchPage } from "../search";
import type { Page, Snapshot } from "../snapshot";
import { conditionOf } from "./condition";
import type { ExecutionFilter } from "./filters";
import { pageSchema, type Row, type StrangeRow, wholePageSchema } from "./wire";

const executions: List<Row> = {
  one: "execution",
  path: "/v2/actions/executions/search",
  sortingColumn: "EXECUTION_FIELD_NAME_ID",
  schema: pageSchema,
  id: ({ id }) => id,
  filterByIds: (ids) => ({ inConditionsFilter: { conditions: ids.map(conditionOf) } }),
};

/** The executions of a client's server, listed once for many reads. */
export function reader(client: Client): Snapshot<Row> {
  return readerOf(client, executions);
}

/** A page of the executions that a filter lets through, or of all, in an order that does not change. */
export function page(
  client: Client,
  offset: number,
  limit: number,
  filters?: readonly ExecutionFilter[],
): Promise<Page<Row>> {
  return searchPage(client, executions, { offset, limit }, filters);
}

/** A page of all executions, also of those whose conditions this version does not know. */
export function wholePage(client: Client, offset: number, limit: number): Promise<Page<Row | StrangeRow>> {
  return searchPage(client, { ...executions, schema: wholePageSchema }, { offset, limit });
}
