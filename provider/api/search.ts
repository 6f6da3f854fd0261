import { isDeepStrictEqual } from "node:util";
import type * as z from "zod";
import type { Act, ApiClient } from "./client";
import { sentence, ZitadelError } from "./errors";
import { type Listing, type Page, pageSize, Snapshot } from "./snapshot";

/** One of ZITADEL's lists, and how to search it. */
export interface Searched<Row> {
  /** A row's name in the singular: `target`. An s makes the plural. */
  readonly one: string;
  /** The rows' owner, if that is not the instance: ` of target 400661751630138406`. */
  readonly owner?: string;
  readonly path: string;
  /** The column that gives the rows a stable order. */
  readonly sortingColumn: string;
  /** The schema of the answer. */
  readonly schema: z.ZodType<Page<Row>>;
}

/** A list with rows that can be requested by id. */
export interface List<Row> extends Searched<Row> {
  readonly id: (row: Row) => string;
  readonly filterByIds: (ids: readonly string[]) => object;
}

/** Which part of a list to request. */
interface Query {
  readonly pagination: { readonly limit: number; readonly offset?: number; readonly asc?: boolean };
  readonly filters?: readonly object[];
  readonly sortingColumn?: string;
}

/**
 * @param what the operation, for messages: `listing the targets`.
 * @throws {ZitadelError} unless the answer is readable and has at most as many rows as were requested.
 */
export async function search<Row>(
  client: ApiClient,
  list: Searched<Row>,
  what: string,
  query: Query,
): Promise<Page<Row>> {
  const act = actOf(list, what);
  const page = await client.call({
    ...act,
    method: "POST",
    path: list.path,
    body: { ...query },
    write: false,
    answer: list.schema,
    ifUnreadable: nothingDropped,
  });
  if (sizeOf(page) > query.pagination.limit) throw contradicts(client, act, "with more rows than were asked for");
  return page;
}

/** A page of the rows that match the filters, in a stable order: by default the oldest first. */
export function searchPage<Row>(
  client: ApiClient,
  list: Searched<Row>,
  page: { readonly offset: number; readonly limit: number; readonly asc?: boolean },
  filters: readonly object[] = [],
): Promise<Page<Row>> {
  return search(client, list, `listing the ${list.one}s`, {
    pagination: { asc: true, ...page },
    sortingColumn: list.sortingColumn,
    ...(filters.length > 0 && { filters }),
  });
}

/**
 * The rows with these ids. A missing row may mean that the object is gone, so an answer that leaves any doubt is an error.
 *
 * @throws {ZitadelError} if the answer has other rows, rows that cannot be read, or fewer rows than it counts.
 */
async function searchByIds<Row>(client: ApiClient, list: List<Row>, ids: readonly string[]): Promise<readonly Row[]> {
  const what = `reading ${list.one} ${ids.join(", ")}`;
  const query = { pagination: { limit: ids.length }, filters: [list.filterByIds(ids)] };
  const { rows, total, strange = 0 } = await search(client, list, what, query);
  const asked = new Set(ids);
  const doubt = (how: string) => contradicts(client, actOf(list, what), how);
  if (strange > 0) throw doubt("with rows that this version does not know");
  if (!rows.every((row) => asked.has(list.id(row)))) throw doubt("with rows that were not asked for");
  if (rows.length < Math.min(total, ids.length)) throw doubt("with fewer rows than it counts");
  return rows;
}

/** The pages of the rows that match the filters, for `everything`. */
export function pagesOf<Row>(client: ApiClient, list: Searched<Row>, filters: readonly object[] = []) {
  return (offset: number, limit: number) => searchPage(client, list, { offset, limit }, filters);
}

/** The rows of a client's server, listed once and shared by many reads. */
export function readerOf<Row>(client: ApiClient, list: List<Row>): Snapshot<Row> {
  return snapshotOf(client, `${list.one}s${list.owner ?? ""}`, {
    id: list.id,
    page: pagesOf(client, list),
    byIds: (ids) => searchByIds(client, list, ids),
  });
}

/** The snapshot with that name, which all clients of the same server share. */
export function snapshotOf<Row>(client: ApiClient, name: string, listing: Listing<Row>): Snapshot<Row> {
  return client.server.listing(name, () => new Snapshot(listing, client.clock));
}

/** More than any instance has: a larger count must be wrong. */
const mostRows = 100_000;

/**
 * Every row of a list, with one request for each thousand.
 *
 * @throws {ZitadelError} if the list has no end, or its pages contradict its count.
 */
export async function everything<Row>(page: (offset: number, limit: number) => Promise<Page<Row>>): Promise<Row[]> {
  const rows: Row[] = [];
  let before: readonly Row[] = [];
  for (let offset = 0; ; offset += pageSize) {
    const found = await page(offset, pageSize);
    const { total, rows: now } = found;
    rows.push(...now);
    if (offset + pageSize >= total) return rows;
    if (total > mostRows) throw endless(`ZITADEL counts ${total} rows, but at most ${mostRows} can be listed`);
    const number = offset / pageSize + 1;
    if (sizeOf(found) < pageSize) throw endless(`ZITADEL counts ${total} rows, but shows fewer on page ${number}`);
    if (now.length > 0 && isDeepStrictEqual([now.at(0), now.at(-1)], [before.at(0), before.at(-1)]))
      throw endless(`ZITADEL answered page ${number} with the rows of the previous page`);
    before = now;
  }
}

function endless(said: string): ZitadelError {
  return new ZitadelError("unexpected_answer", sentence("listing everything", said, nothingDropped), {
    operation: "list",
  });
}

function actOf({ one, owner = "" }: Searched<unknown>, what: string): Act {
  return { operation: `search ${one}s`, what: what + owner };
}

function contradicts(client: ApiClient, act: Act, how: string): ZitadelError {
  return client.failed(act, "unexpected_answer", `ZITADEL answered 200 ${how}`, nothingDropped, { status: 200 });
}

/** How many rows the server put on a page. */
function sizeOf({ rows, strange = 0 }: Page<unknown>): number {
  return rows.length + strange;
}

const nothingDropped = "Nothing was removed from the state.";
