import type { Client } from "./client";
import { poll } from "./retry";

/** When we began, on the server's clock, which counts in whole seconds. Without that clock nothing counts as ours. */
export function since(client: Client, reply: { date: number | undefined }, began: number): number {
  return reply.date === undefined ? Infinity : reply.date - (client.clock.now() - began) - 1_000;
}

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
 * A row that was written a moment ago, once the read model shows it as it was written; where that never comes, as it is shown.
 *
 * @param written when it was last written, by the server's clock.
 * @param shown how it is shown now; `undefined` where it is not.
 */
export async function caughtUp<Row extends { readonly changeDate: string }>(
  client: Client,
  written: string,
  shown: Row | undefined,
  look: () => Promise<Row | undefined>,
): Promise<Row | undefined> {
  let row = shown;
  const isCurrent = () => row !== undefined && isAtLeast(row.changeDate, written);
  const rest = longestLag - (client.clock.date() - Date.parse(written));
  if (isCurrent() || !(rest > 0)) return row;
  const current = async () => {
    row = await look();
    return isCurrent() ? row : undefined;
  };
  await poll(client.clock, current, Math.min(rest, longestLag));
  return row;
}
