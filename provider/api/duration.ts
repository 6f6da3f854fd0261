const nanoseconds: Readonly<Record<string, bigint>> = {
  h: 3_600_000_000_000n,
  m: 60_000_000_000n,
  s: 1_000_000_000n,
  ms: 1_000_000n,
  us: 1_000n,
  µs: 1_000n, // the micro sign, and the Greek letter
  μs: 1_000n,
  ns: 1n,
};

/** Much longer than any real duration: limits the cost of the arithmetic. */
const longest = 200;

/** The nanoseconds of a duration in the notation of Go and Terraform (`"10s"`, `"1m30s"`, `"1.5s"`, `"500ms"`), if valid. */
export function parseDuration(text: string): bigint | undefined {
  if (text.length > longest) return undefined;
  const match = /^([+-]?)((?:\d+(?:\.\d+)?(?:h|ms|m|s|us|[µμ]s|ns))+)$/.exec(text);
  if (match === null) return undefined;
  let total = 0n;
  for (const [, whole = "0", fraction = "", unit = "s"] of (match[2] ?? "").matchAll(
    /(\d+)(?:\.(\d+))?(h|ms|m|s|us|[µμ]s|ns)/g,
  )) {
    const size = nanoseconds[unit] ?? 1n;
    total += BigInt(whole) * size + (BigInt(fraction === "" ? 0 : fraction) * size) / 10n ** BigInt(fraction.length);
  }
  return match[1] === "-" ? -total : total;
}

/** Writes nanoseconds in ZITADEL's format: decimal seconds, at most 9 decimals, `"1.5s"`. */
export function formatSeconds(duration: bigint): string {
  const size = duration < 0n ? -duration : duration;
  const fraction = (size % 1_000_000_000n).toString().padStart(9, "0").replace(/0+$/, "");
  return `${duration < 0n ? "-" : ""}${(size / 1_000_000_000n).toString()}${fraction === "" ? "" : `.${fraction}`}s`;
}

/** Whether two durations are equal: `"90s"` and `"1m30s"`. An invalid duration equals only itself. */
export function sameDuration(one: string, other: string): boolean {
  if (one === other) return true;
  const value = parseDuration(one);
  return value !== undefined && value === parseDuration(other);
}
