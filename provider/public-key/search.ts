import type { Client } from "../client";
import { type Found, type Search, search as searchFor, searchByIds } from "../search";
import { Snapshot } from "../snapshot";
import { keysPath } from "./id";
import { isPast } from "./schema";
import { readSearch, type Row } from "./wire";

/** The public keys of one target, listed once for many reads. */
export function reader(client: Client, targetId: string): Snapshot<Row> {
  return client.ledger.listing(
    `public keys of ${targetId}`,
    () =>
      new Snapshot<Row>(
        {
          id: (row) => row.keyId,
          page: (offset, limit) => list(client, targetId, { offset, limit }),
          byIds: (ids) => {
            const body = { pagination: { limit: ids.length }, filters: [{ keyIdsFilter: { ids } }] };
            const wanted = question(targetId, `reading public key ${ids.join(", ")}`, body);
            return searchByIds(client, wanted, ids, (row) => row.keyId);
          },
        },
        client.clock,
      ),
  );
}

/** A page of all keys of a target as the server shows them now, in an order that does not change: the oldest first, unless told. */
export function list(
  client: Client,
  targetId: string,
  { asc = true, ...page }: { offset: number; limit: number; asc?: boolean },
): Promise<Found<Row>> {
  return search(client, targetId, "listing the public keys", {
    pagination: { ...page, asc },
    sortingColumn: "PUBLIC_KEY_FIELD_NAME_CREATION_DATE",
  });
}

/** The active key of a target, or `undefined` where it has none, or one that has expired by the server's clock. */
export async function findActive(client: Client, targetId: string): Promise<Row | undefined> {
  const { rows } = await search(client, targetId, "looking for the active public key", {
    pagination: { limit: 1 },
    filters: [{ activeFilter: true }],
  });
  return rows.find(({ expirationDate }) => !isPast(expirationDate, client.serverNow()));
}

function search(client: Client, targetId: string, what: string, body: Record<string, unknown>): Promise<Found<Row>> {
  return searchFor(client, question(targetId, what, body));
}

function question(targetId: string, what: string, body: Record<string, unknown>): Search<Row> {
  return {
    operation: "search public keys",
    what: `${what} of target ${targetId}`,
    path: `${keysPath(targetId)}/search`,
    body,
    read: readSearch,
  };
}
