import type { ApiClient } from "./client";
import { poll } from "./retry";

/** Whether one of the server's dates equals the other or is later. They have up to 9 decimals, more than `Date` can store. */
export function isAtLeast(date: string, other: string): boolean {
  return withNanoseconds(date) >= withNanoseconds(other);
}

function withNanoseconds(date: string): string {
  return date.replace(/(?:\.(\d+))?Z$/, (_, decimals: string | undefined) => `.${(decimals ?? "").padEnd(9, "0")}Z`);
}

/** Whether two dates are the same moment: `2027-01-01T00:00:00Z` and `2027-01-01T01:00:00+01:00`. */
export const sameMoment = (old: unknown, now: unknown): boolean =>
  old === now || (typeof old === "string" && typeof now === "string" && Date.parse(old) === Date.parse(now));

/** @param now milliseconds since 1970. */
export function isPast(date: unknown, now: number): boolean {
  return typeof date === "string" && Date.parse(date) <= now;
}

/** Whether ZITADEL accepts a date. `Date.parse` reads February 30th as March 2nd, and hour 24 as the next day; ZITADEL rejects both. */
export function isMoment(text: string): boolean {
  const local = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.exec(text)?.[1];
  if (local === undefined || Number.isNaN(Date.parse(text))) return false;
  return new Date(`${local}Z`).toISOString().startsWith(local);
}

/** The longest lag seen of a read model is 15 s: after this time, it shows the last write. */
export const longestLag = 20_000;

/**
 * Polls the read model until it shows a row that fits, or a row that is as new as the last write.
 *
 * @param fits whether a row fits, or the date at which the server saved it: then it does not wait longer than the read model can
 * lag behind that date, by the server's own clock.
 * @returns the row that fits, or `undefined` if 20 s were not enough.
 */
export async function untilShown<Row extends { readonly changeDate: string }>(
  client: ApiClient,
  look: () => Promise<Row | undefined>,
  fits: string | ((row: Row) => boolean) = () => true,
): Promise<Row | undefined> {
  const isRight = typeof fits === "string" ? ({ changeDate }: Row) => isAtLeast(changeDate, fits) : fits;
  const once = async () => {
    const row = await look();
    return row !== undefined && isRight(row) ? row : undefined;
  };
  const age = typeof fits === "string" ? client.serverNow() - Date.parse(fits) : 0;
  return poll(client.clock, once, Math.max(0, Math.min(longestLag, longestLag - age)));
}

/**
 * For how long, in milliseconds, the read model may not show yet what earlier commands on the stack wrote: they ended before this
 * process began.
 */
export function unsettled(client: ApiClient): number {
  return Math.max(0, client.server.began + longestLag - client.clock.now());
}

/** Polls the read model until it shows something, but only as long as it may not show yet what an earlier command wrote. */
export async function whileUnsettled<Row>(
  client: ApiClient,
  look: () => Promise<Row | undefined>,
): Promise<Row | undefined> {
  const left = unsettled(client);
  return left === 0 ? undefined : poll(client.clock, look, left);
}

/**
 * Polls the read model until it no longer shows something. Returns what it shows at the end, if anything.
 *
 * @param most how long, in milliseconds.
 */
export async function untilHidden<Row>(
  client: ApiClient,
  look: () => Promise<Row | undefined>,
  most = longestLag,
): Promise<Row | undefined> {
  let row: Row | undefined;
  const isHidden = async () => {
    row = await look();
    return row === undefined ? true : undefined;
  };
  await poll(client.clock, isHidden, most);
  return row;
}

/** A row that is as new as the last write, starting with the given one; if that never comes, the row that is shown last. */
export async function upToDate<Row extends { readonly changeDate: string }>(
  client: ApiClient,
  shown: Row | undefined,
  written: string | undefined,
  look: () => Promise<Row | undefined>,
): Promise<Row | undefined> {
  if (written === undefined) return shown;
  let row: Row | undefined;
  let next: typeof look = () => Promise.resolve(shown);
  const ask = async () => {
    row = await next();
    next = look;
    return row;
  };
  await untilShown(client, ask, written);
  return row;
}
