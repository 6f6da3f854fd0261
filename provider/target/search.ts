import type { Client } from "../client";
import { type Found, type Search, search as searchFor, searchByIds } from "../search";
import { type Page, Snapshot } from "../snapshot";
import type { TargetFilter } from "./filters";
import { readSearch, type Row } from "./wire";

/** ZITADEL looks up names of at most so many characters, and stores longer ones. */
const longestLookup = 200;

/** The targets of a client's server, listed once for many reads. */
export function reader(client: Client): Snapshot<Row> {
  return client.ledger.listing(
    "targets",
    () =>
      new Snapshot<Row>(
        {
          id: (row) => row.id,
          page: (offset, limit) => page(client, offset, limit),
          byIds: (ids) => {
            const body = { pagination: { limit: ids.length }, filters: [{ inTargetIdsFilter: { targetIds: ids } }] };
            return searchByIds(client, question(`reading target ${ids.join(", ")}`, body), ids, (row) => row.id);
          },
        },
        client.clock,
      ),
  );
}

/** The targets by name, listed once for many that are looked for. The list only finds the id: it may be out of date. */
function names(client: Client): Snapshot<Row> {
  return client.ledger.listing(
    "target names",
    () =>
      new Snapshot<Row>(
        {
          id: (row) => row.name.toLowerCase(),
          page: (offset, limit) => page(client, offset, limit),
          byIds: async (wanted) => (await Promise.all(wanted.map((one) => findByName(client, one)))).flat(),
        },
        client.clock,
      ),
  );
}

/** The target that has the name as far as ZITADEL lists it. Of two, where the read model kept a deleted one, it is the newer. */
export async function findToAdopt(client: Client, name: string): Promise<Row | undefined> {
  const row = await names(client).find(name.toLowerCase());
  return row === undefined || client.ledger.deletedAt(objectOf(row.id)) !== undefined ? undefined : row;
}

/** How the ledger calls a target. */
export function objectOf(id: string): string {
  return `ZitadelTarget ${id}`;
}

/** A page of the targets that a filter lets through, or of all, in an order that does not change. */
export function page(
  client: Client,
  offset: number,
  limit: number,
  filters: readonly TargetFilter[] = [],
): Promise<Page<Row>> {
  return search(client, "listing the targets", {
    pagination: { offset, limit, asc: true },
    sortingColumn: "TARGET_FIELD_NAME_ID",
    ...(filters.length > 0 && { filters }),
  });
}

/** The target as the read model shows it now. */
export function findNow(client: Client, id: string): Promise<Row | undefined> {
  return reader(client).findNow(id);
}

/** The targets that have a name, whatever the case: more than one only where the read model kept a deleted one. */
export async function findByName(client: Client, name: string): Promise<readonly Row[]> {
  return (await lookUpName(client, name)).rows;
}

/** What `findByName` finds, with the server's clock. */
export async function lookUpName(client: Client, name: string): Promise<Found<Row>> {
  const start = Array.from(name).slice(0, longestLookup).join("");
  const method =
    start === name ? "TEXT_FILTER_METHOD_EQUALS_IGNORE_CASE" : "TEXT_FILTER_METHOD_STARTS_WITH_IGNORE_CASE";
  const found = await search(client, `looking for a target named ${JSON.stringify(name)}`, {
    pagination: { limit: 1000 },
    filters: [{ targetNameFilter: { targetName: start, method } }],
  });
  return { ...found, rows: found.rows.filter((row) => row.name.toLowerCase() === name.toLowerCase()) };
}

function search(client: Client, what: string, body: Record<string, unknown>): Promise<Found<Row>> {
  return searchFor(client, question(what, body));
}

function question(what: string, body: Record<string, unknown>): Search<Row> {
  return { operation: "search targets", what, path: "/v2/actions/targets/search", body, read: readSearch };
}
