import { unexpected } from "./answer";
import type { Client } from "./client";
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

/** @throws {ZitadelError} for anything but an answer that can be read. */
export async function search<Row>(
  client: Client,
  { operation, what, path, body, read }: Search<Row>,
): Promise<Found<Row>> {
  const short = what.length > 200 ? `${what.slice(0, 200)}…` : what;
  const call = { operation, what: short, method: "POST", path, body, write: false, repeatable: true } as const;
  const reply = await client.ask(call);
  if (reply.refusal !== undefined) throw client.refused(call, reply.refusal);
  const page = read(reply.body);
  if (page !== undefined) return { ...page, date: reply.date };
  throw unexpected(client, call, "Nothing was dropped from the state.");
}

/** Every row of a list: one request for each thousand. */
export async function everything<Row>(page: (offset: number, limit: number) => Promise<Page<Row>>): Promise<Row[]> {
  const rows: Row[] = [];
  // A page may have fewer rows than were asked for, where what is not understood was left out of it.
  for (let offset = 0; ; offset += pageSize) {
    const { rows: more, total } = await page(offset, pageSize);
    rows.push(...more);
    if (offset + pageSize >= total) return rows;
  }
}
