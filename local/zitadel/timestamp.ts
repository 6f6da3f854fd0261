/** A point in time as protobuf has it. */
export interface WireTimestamp {
  /** Since 1970, negative before. */
  seconds: number;
  nanos: number;
}

/** The years 1 to 9999, in seconds since 1970. */
export const EARLIEST = -62_135_596_800;
export const LATEST = 253_402_300_799;

const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)T(\d{1,2}):(\d\d):(\d\d)(?:\.(\d{1,9})|,(\d{1,9})\d*)?(?:Z|([+-])(\d\d):(\d\d))$/;

/**
 * Reads a date and time of RFC 3339 with up to nine decimals as Go does, which is lenient: an hour may have one digit, a comma may
 * stand before the decimals, and an offset may be 24 hours or 60 minutes. Returns `undefined` if it cannot be read.
 */
export function parseTimestamp(text: string): WireTimestamp | undefined {
  const match = RFC_3339.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // A day that does not exist would have moved the month.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  date.setUTCHours(hour, minute, second);
  const [hours = 0, minutes = 0] = match.slice(10, 12).map((part: string | undefined) => Number(part ?? 0));
  if (hour > 23 || minute > 59 || second > 59 || hours > 24 || minutes > 60) return undefined;
  const offset = (match[9] === "-" ? -1 : 1) * (hours * 3600 + minutes * 60);
  return { seconds: date.getTime() / 1000 - offset, nanos: Number((match[7] ?? match[8] ?? "").padEnd(9, "0")) };
}

/** A timestamp in canonical form, 0, 3 or 6 decimals: what a database keeps of it are microseconds. */
export function formatTimestamp({ seconds, nanos }: WireTimestamp): string {
  const micros = String(Math.floor(nanos / 1000)).padStart(6, "0");
  const shortest = micros.replace(/(?:000){1,2}$/, "");
  const date = new Date(seconds * 1000).toISOString().slice(0, 19);
  return `${date}${shortest === "" ? "" : `.${shortest}`}Z`;
}

/** Microseconds since 1970. */
export function microsOf({ seconds, nanos }: WireTimestamp): bigint {
  return BigInt(seconds) * 1_000_000n + BigInt(Math.floor(nanos / 1000));
}
