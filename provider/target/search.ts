import type { Client } from "../core/client";
import { type List, pagesOf, readerOf, search, snapshotOf } from "../api/search";
import { pageSize, type Snapshot } from "../api/snapshot";
import { foldedName, sameName } from "./schema";
import { pageSchema, type Row } from "./wire";

/** ZITADEL searches for names of at most this many characters, but stores longer ones. */
const longestLookup = 200;

export const targets: List<Row> = {
  one: "target",
  path: "/v2/actions/targets/search",
  sortingColumn: "TARGET_FIELD_NAME_ID",
  schema: pageSchema,
  id: ({ id }) => id,
  filterByIds: (targetIds) => ({ inTargetIdsFilter: { targetIds } }),
};

/** The targets of a client's server, listed once and shared by many reads. */
export function reader(client: Client): Snapshot<Row> {
  return readerOf(client, targets);
}

/** The targets by name, listed once and shared by many searches. Use only the id: the rest may be out of date. */
function names(client: Client): Snapshot<Row> {
  return snapshotOf(client, "target names", {
    id: (row) => foldedName(row.name),
    page: pagesOf(client, targets),
    byIds: async (wanted) => (await Promise.all(wanted.map((one) => findByName(client, one)))).flat(),
  });
}

/** The listed target with that name. If there are two, because the read model kept a deleted one, it is the newer one. */
export async function findToAdopt(client: Client, name: string): Promise<Row | undefined> {
  const row = await names(client).find(foldedName(name));
  return row === undefined || client.ledger.deletedAt(objectOf(row.id)) !== undefined ? undefined : row;
}

/** The fact that the write side has confirmed, to this process, that a target exists. */
export function existsFact(id: string): string {
  return `target ${id} exists`;
}

/** The ledger's name for a target. */
export function objectOf(id: string): string {
  return `ZitadelTarget ${id}`;
}

/** The target in the read model now. */
export function findNow(client: Client, id: string): Promise<Row | undefined> {
  return reader(client).findNow(id);
}

/** The targets with a name (case-insensitive): more than one only if the read model kept a deleted one. */
export async function findByName(client: Client, name: string): Promise<readonly Row[]> {
  const start = Array.from(name).slice(0, longestLookup).join("");
  const method =
    start === name ? "TEXT_FILTER_METHOD_EQUALS_IGNORE_CASE" : "TEXT_FILTER_METHOD_STARTS_WITH_IGNORE_CASE";
  const { rows } = await search(client, targets, `looking for a target named ${JSON.stringify(name)}`, {
    pagination: { limit: pageSize },
    filters: [{ targetNameFilter: { targetName: start, method } }],
  });
  return rows.filter((row) => sameName(row.name, name));
}
