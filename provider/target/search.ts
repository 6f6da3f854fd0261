import type { Call, Client } from "../client";
import { Snapshot } from "../snapshot";
import { readSearch, type Row } from "./wire";

/** ZITADEL looks up names of at most so many characters, and stores longer ones. */
const longestLookup = 200;

const readers = new WeakMap<Client, Snapshot<Row>>();

/** The targets of a client's instance, listed once for many reads. */
export function reader(client: Client): Snapshot<Row> {
  let snapshot = readers.get(client);
  if (snapshot === undefined) {
    snapshot = new Snapshot<Row>(
      {
        id: (row) => row.id,
        page: (offset, limit) =>
          search(client, "listing the targets", {
            pagination: { offset, limit, asc: true },
            sortingColumn: "TARGET_FIELD_NAME_ID",
          }),
        byIds: async (ids) =>
          (
            await search(client, `reading target ${ids.join(", ")}`, {
              pagination: { limit: ids.length },
              filters: [{ inTargetIdsFilter: { targetIds: ids } }],
            })
          ).rows,
      },
      client.clock,
    );
    readers.set(client, snapshot);
  }
  return snapshot;
}

/** The target as the read model shows it now. */
export function findNow(client: Client, id: string): Promise<Row | undefined> {
  return reader(client).findNow(id);
}

/** The targets that have a name, whatever the case: more than one only where the read model kept a deleted one. */
export async function findByName(client: Client, name: string): Promise<Row[]> {
  const start = Array.from(name).slice(0, longestLookup).join("");
  const method =
    start === name ? "TEXT_FILTER_METHOD_EQUALS_IGNORE_CASE" : "TEXT_FILTER_METHOD_STARTS_WITH_IGNORE_CASE";
  const { rows } = await search(client, `looking for a target named ${JSON.stringify(name)}`, {
    pagination: { limit: 1000 },
    filters: [{ targetNameFilter: { targetName: start, method } }],
  });
  return rows.filter((row) => row.name.toLowerCase() === name.toLowerCase());
}

async function search(
  client: Client,
  what: string,
  body: Record<string, unknown>,
): Promise<{ rows: Row[]; total: number }> {
  const call: Call = {
    operation: "search targets",
    what: what.length > 200 ? `${what.slice(0, 200)}…` : what,
    method: "POST",
    path: "/v2/actions/targets/search",
    body,
    write: false,
    repeatable: true,
  };
  const found = readSearch(await client.call(call));
  if (found === undefined) {
    const hint = "Nothing was dropped from the state.";
    throw client.failed(
      call,
      "unexpected_answer",
      "ZITADEL answered 200 in a form that this version does not know",
      { status: 200 },
      hint,
    );
  }
  return found;
}
