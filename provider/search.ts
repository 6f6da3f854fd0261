import { unexpected } from "./answer";
import type { Call, Client } from "./client";
import { sentence, ZitadelError } from "./errors";
import { sameJson } from "./lifecycle";
import { type Page, pageSize } from "./snapshot";

/** A search of one of ZITADEL's lists. */
export interface Search<Row> {
  /** What is done, for programs: `search targets`. */
  readonly operation: string;
  /** What is done, for people: `listing the targets`. */
  readonly what: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Reads the answer; `undefined` where it has another shape. */
  readonly read: (body: unknown) => Page<Row> | undefined;
}

/** A page of what is found, and the server's own clock at the answer. */
export type Found<Row> = Page<Row> & { readonly date: number | undefined };

/** @throws {ZitadelError} for anything but an answer that can be read, with at most as many rows as were asked for. */
export async function search<Row>(client: Client, wanted: Search<Row>): Promise<Found<Row>> {
  const call = callOf(wanted);
  const reply = await client.ask(call);
  if (reply.refusal !== undefined) throw client.refused(call, reply.refusal);
  const page = wanted.read(reply.body);
  if (page === undefined) throw unexpected(client, call, nothingDropped);
  if (sizeOf(page) > limitOf(wanted.body)) throw contradicts(client, wanted, "with more rows than were asked for");
  return { ...page, date: reply.date };
}

/**
 * The rows with these ids. One that is missing may be taken for gone, so an answer that leaves any doubt is an error.
 *
 * @throws {ZitadelError} for an answer with other rows than these, rows that cannot be read, or fewer than it counts.
 */
export async function searchByIds<Row>(
  client: Client,
  wanted: Search<Row>,
  ids: readonly string[],
  id: (row: Row) => string,
): Promise<readonly Row[]> {
  const { rows, total, strange = 0 } = await search(client, wanted);
  const asked = new Set(ids);
  if (strange > 0) throw contradicts(client, wanted, "with rows that this version does not know");
  if (!rows.every((row) => asked.has(id(row)))) throw contradicts(client, wanted, "with rows that were not asked for");
  if (rows.length < Math.min(total, ids.length)) throw contradicts(client, wanted, "with fewer rows than it counts");
  return rows;
}

/** More than any instance has; past it the server is not believed. */
const mostRows = 100_000;

/**
 * Every row of a list: one request for each thousand.
 *
 * @throws {ZitadelError} for a list that has no end, or whose pages are not those that it counts.
 */
export async function everything<Row>(page: (offset: number, limit: number) => Promise<Page<Row>>): Promise<Row[]> {
  const parts: (readonly Row[])[] = [];
  for (let offset = 0; ; offset += pageSize) {
    const found = await page(offset, pageSize);
    const { rows, total } = found;
    parts.push(rows);
    if (offset + pageSize >= total) return parts.flat();
    if (total > mostRows) throw endless(`ZITADEL counts ${total} rows, and at most ${mostRows} are listed`);
    if (sizeOf(found) < pageSize)
      throw endless(`ZITADEL counts ${total} rows, and shows fewer on page ${offset / pageSize + 1}`);
    if (repeats(parts))
      throw endless(`ZITADEL answered page ${offset / pageSize + 1} with the rows of the page before`);
  }
}

/** Whether the last page begins and ends as the one before. */
function repeats(parts: readonly (readonly unknown[])[]): boolean {
  const [last, before] = [parts.at(-1) ?? [], parts.at(-2) ?? []];
  return last.length > 0 && sameJson(last.at(0), before.at(0)) && sameJson(last.at(-1), before.at(-1));
}

function endless(said: string): ZitadelError {
  return new ZitadelError("unexpected_answer", sentence("listing everything", said, nothingDropped), {
    operation: "list",
  });
}

function callOf({ operation, what, path, body }: Search<unknown>): Call {
  return { operation, what, method: "POST", path, body, write: false, repeatable: true };
}

function contradicts(client: Client, wanted: Search<unknown>, how: string): ZitadelError {
  return client.failed(
    callOf(wanted),
    "unexpected_answer",
    `ZITADEL answered 200 ${how}`,
    { status: 200 },
    nothingDropped,
  );
}

/** How many rows the server put on a page. */
function sizeOf({ rows, strange = 0 }: Page<unknown>): number {
  return rows.length + strange;
}

function limitOf({ pagination }: Search<unknown>["body"]): number {
  return (pagination as { limit?: number } | undefined)?.limit ?? pageSize;
}

const nothingDropped = "Nothing was dropped from the state.";
