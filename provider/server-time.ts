import type { Client } from "./client";
import { poll } from "./retry";

/** Whether one of the server's dates is the other or later. They carry 0, 3, 6 or 9 decimals, more than `Date` can hold. */
export function isAtLeast(date: string, other: string): boolean {
  return withNanoseconds(date) >= withNanoseconds(other);
}

function withNanoseconds(date: string): string {
  return date.replace(/(?:\.(\d+))?Z$/, (_, decimals: string | undefined) => `.${(decimals ?? "").padEnd(9, "0")}Z`);
}

/** A read model was seen to lag for 15 s at worst: what was written longer ago is as it is shown. */
const longestLag = 20_000;

/**
 * Looks again and again until the read model shows what it should: what we wait for, or a row that is as new as what was written.
 *
 * @param fits whether a row will do, or the date at which the server wrote it: then there is no waiting for what was written longer
 * ago than the read model lags, by the server's own clock.
 * @returns the row that will do, or `undefined` when 20 s were not enough.
 */
export async function untilShown<Row extends { readonly changeDate: string }>(
  client: Client,
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

/** Looks again and again until the read model no longer shows something. Returns what it shows at the end, if anything. */
export async function untilHidden<Row>(client: Client, look: () => Promise<Row | undefined>): Promise<Row | undefined> {
  let row: Row | undefined;
  const isHidden = async () => {
    row = await look();
    return row === undefined ? true : undefined;
  };
  await poll(client.clock, isHidden, longestLag);
  return row;
}

/** A row as new as what was written, starting with the one at hand; where that never comes, as it is shown at last. */
export async function upToDate<Row extends { readonly changeDate: string }>(
  client: Client,
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
