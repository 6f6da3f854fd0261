/** A duration as protobuf has it, before its range is checked. */
export interface WireDuration {
  seconds: number;
  nanos: number;
}

/** Reads decimal seconds with up to nine decimals and the suffix `s`. */
export function parseDuration(text: string): WireDuration | undefined {
  const match = /^([+-]?)(0|[1-9][0-9]*)?(\.[0-9]{0,9})?s$/.exec(text);
  if (match === null || (match[2] === undefined && match[3] === undefined)) return undefined;
  const sign = match[1] === "-" ? -1 : 1;
  // Seconds must fit into 64 bits. The range is checked elsewhere.
  if (BigInt(match[2] ?? 0) >= 2n ** 63n) return undefined;
  const nanos = Number((match[3] ?? ".").slice(1).padEnd(9, "0"));
  return { seconds: sign * Number(match[2] ?? 0), nanos: sign * nanos };
}

/** A duration in canonical form: 0, 3, 6 or 9 decimals. */
export function formatDuration(nanos: number): string {
  const decimals = String(nanos % 1_000_000_000).padStart(9, "0");
  const shortest = decimals.replace(/(?:000){1,3}$/, "");
  return `${Math.floor(nanos / 1_000_000_000)}${shortest === "" ? "" : `.${shortest}`}s`;
}
