import type { Client } from "./client";

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
