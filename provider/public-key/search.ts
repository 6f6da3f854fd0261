import type { Client } from "../core/client";
import { isPast } from "../api/server-time";
import { type List, readerOf, search, searchPage } from "../api/search";
import { pageSize, type Snapshot } from "../api/snapshot";
import { keysPath, partsOf } from "./id";
import { pageSchema, type Row } from "./wire";

/** The public keys of one target. */
export const keysOf = (targetId: string): List<Row> => ({
  one: "public key",
  owner: ` of target ${targetId}`,
  path: `${keysPath(targetId)}/search`,
  sortingColumn: "PUBLIC_KEY_FIELD_NAME_CREATION_DATE",
  schema: pageSchema,
  id: ({ keyId }) => keyId,
  filterByIds: (ids) => ({ keyIdsFilter: { ids } }),
});

/** The public keys of one target, listed once and shared by many reads. */
export function reader(client: Client, targetId: string): Snapshot<Row> {
  return readerOf(client, keysOf(targetId));
}

/** The key with that id, in the read model now. */
export function findNow(client: Client, id: string): Promise<Row | undefined> {
  const { targetId, keyId } = partsOf(id);
  return reader(client, targetId).findNow(keyId);
}

/** The keys that were added last to a target: at most one page. */
export async function newest(client: Client, targetId: string): Promise<readonly Row[]> {
  return (await searchPage(client, keysOf(targetId), { offset: 0, limit: pageSize, asc: false })).rows;
}

/** The active key of a target, or `undefined` if it has none, or one that has expired by the server's clock. */
export async function findActive(client: Client, targetId: string): Promise<Row | undefined> {
  const { rows } = await search(client, keysOf(targetId), "looking for the active public key", {
    pagination: { limit: 1 },
    filters: [{ activeFilter: true }],
  });
  return rows.find(({ expirationDate }) => !isPast(expirationDate, client.serverNow()));
}
