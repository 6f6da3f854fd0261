import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import type { Act, Client } from "./client";
import { sentence, ZitadelError } from "./errors";
import { type Listing, type Page, pageSize, Snapshot } from "./snapshot";

/** One of ZITADEL's lists, as it is searched. */
export interface Searched<Row> {
  /** What a row is called: `target`. With an s it is what they all are. */
  readonly one: string;
  /** Whose the rows are, where not the instance's: ` of target 400661751630138406`. */
  readonly owner?: string;
  readonly path: string;
  /** What brings the rows into an order that does not change. */
  readonly sortingColumn: string;
  /** The answer. */
  readonly schema: z.ZodType<Page<Row>>;
}

/** A list whose rows can be asked for by id. */
export interface List<Row> extends Searched<Row> {
  readonly id: (row: Row) => string;
  readonly filterByIds: (ids: readonly string[]) => object;
}

/** What of a list is asked for. */
interface Query {
  readonly pagination: { readonly limit: number; readonly offset?: number; readonly asc?: boolean };
  readonly filters?: readonly object[];
  readonly sortingColumn?: string;
}

/**
 * @param what what is done, for people: `listing the targets`.
 * @throws {ZitadelError} for anything but an answer that can be read, with at most as many rows as were asked for.
 */
export async function search<Row>(client: Client, list: Searched<Row>, what: string, query: Query): Promise<Page<Row>> {
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

/** A page of the rows that the filters let through, in an order that does not change: the oldest first, unless told. */
export function searchPage<Row>(
  client: Client,
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
 * The rows with these ids. One that is missing may be taken for gone, so an answer that leaves any doubt is an error.
 *
 * @throws {ZitadelError} for an answer with other rows than these, rows that cannot be read, or fewer than it counts.
 */
async function searchByIds<Row>(client: Client, list: List<Row>, ids: readonly string[]): Promise<readonly Row[]> {
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

/** The pages of the rows that the filters let through, as `everything` asks for them. */
export function pagesOf<Row>(client: Client, list: Searched<Row>, filters: readonly object[] = []) {
  return (offset: number, limit: number) => searchPage(client, list, { offset, limit }, filters);
}

/** The rows of a client's server, listed once for many reads. */
export function readerOf<Row>(client: Client, list: List<Row>): Snapshot<Row> {
  return snapshotOf(client, `${list.one}s${list.owner ?? ""}`, {
    id: list.id,
    page: pagesOf(client, list),
    byIds: (ids) => searchByIds(client, list, ids),
  });
}

/** The one snapshot of that name that all share who talk to the client's server. */
export function snapshotOf<Row>(client: Client, name: string, listing: Listing<Row>): Snapshot<Row> {
  return client.ledger.listing(name, () => new Snapshot(listing, client.clock));
}

/** More than any instance has; past it the server is not believed. */
const mostRows = 100_000;

/**
 * Every row of a list: one request for each thousand.
 *
 * @throws {ZitadelError} for a list that has no end, or whose pages are not those that it counts.
 */
export async function everything<Row>(page: (offset: number, limit: number) => Promise<Page<Row>>): Promise<Row[]> {
  const rows: Row[] = [];
  let before: readonly Row[] = [];
  for (let offset = 0; ; offset += pageSize) {
    const found = await page(offset, pageSize);
    const { total, rows: now } = found;
    rows.push(...now);
    if (offset + pageSize >= total) return rows;
    if (total > mostRows) throw endless(`ZITADEL counts ${total} rows, and at most ${mostRows} are listed`);
    const number = offset / pageSize + 1;
    if (sizeOf(found) < pageSize) throw endless(`ZITADEL counts ${total} rows, and shows fewer on page ${number}`);
    if (now.length > 0 && isDeepStrictEqual([now.at(0), now.at(-1)], [before.at(0), before.at(-1)]))
      throw endless(`ZITADEL answered page ${number} with the rows of the page before`);
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

function contradicts(client: Client, act: Act, how: string): ZitadelError {
  return client.failed(act, "unexpected_answer", `ZITADEL answered 200 ${how}`, nothingDropped, { status: 200 });
}

/** How many rows the server put on a page. */
function sizeOf({ rows, strange = 0 }: Page<unknown>): number {
  return rows.length + strange;
}

const nothingDropped = "Nothing was dropped from the state.";
