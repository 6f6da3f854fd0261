import type { Client } from "../client";
import { search as searchFor, searchByIds } from "../search";
import { type Page, Snapshot } from "../snapshot";
import { conditionOf } from "./condition";
import type { ExecutionFilter } from "./filters";
import { readSearch, readWholeSearch, type Row, type StrangeRow } from "./wire";

/** The executions of a client's server, listed once for many reads. */
export function reader(client: Client): Snapshot<Row> {
  return client.ledger.listing(
    "executions",
    () =>
      new Snapshot<Row>(
        {
          id: (row) => row.id,
          page: (offset, limit) => page(client, offset, limit),
          byIds: (ids) => {
            const what = `reading execution ${ids.join(", ")}`;
            const filters = [{ inConditionsFilter: { conditions: ids.map(conditionOf) } }];
            const body = { pagination: { limit: ids.length }, filters };
            return searchByIds(client, { ...question, what, body, read: readSearch }, ids, (row) => row.id);
          },
        },
        client.clock,
      ),
  );
}

/** A page of the executions that a filter lets through, or of all, in an order that does not change. */
export function page(
  client: Client,
  offset: number,
  limit: number,
  filters: readonly ExecutionFilter[] = [],
): Promise<Page<Row>> {
  return search(client, "listing the executions", {
    ...ordered(offset, limit),
    ...(filters.length > 0 && { filters }),
  });
}

/** A page of all executions, also of those whose conditions this version does not know. */
export function wholePage(client: Client, offset: number, limit: number): Promise<Page<Row | StrangeRow>> {
  return searchFor(client, {
    ...question,
    what: "listing the executions",
    body: ordered(offset, limit),
    read: readWholeSearch,
  });
}

function ordered(offset: number, limit: number): Record<string, unknown> {
  return { pagination: { offset, limit, asc: true }, sortingColumn: "EXECUTION_FIELD_NAME_ID" };
}

const question = { operation: "search executions", path: "/v2/actions/executions/search" };

function search(client: Client, what: string, body: Record<string, unknown>): Promise<Page<Row>> {
  return searchFor(client, { ...question, what, body, read: readSearch });
}
