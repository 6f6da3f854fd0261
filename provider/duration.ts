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

/** Far longer than any that is meant: beyond it the arithmetic would cost more than the answer is worth. */
const longest = 200;

/** Nanoseconds of a duration in Go's and Terraform's spelling (`"10s"`, `"1m30s"`, `"1.5s"`, `"500ms"`), if it is one. */
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

/** Writes nanoseconds as ZITADEL takes them: decimal seconds, at most 9 decimals, `"1.5s"`. */
export function formatSeconds(duration: bigint): string {
  const size = duration < 0n ? -duration : duration;
  const fraction = (size % 1_000_000_000n).toString().padStart(9, "0").replace(/0+$/, "");
  return `${duration < 0n ? "-" : ""}${(size / 1_000_000_000n).toString()}${fraction === "" ? "" : `.${fraction}`}s`;
}

/** Whether two spellings mean the same time: `"90s"` and `"1m30s"`. Texts that are no durations are equal only to themselves. */
export function sameDuration(one: string, other: string): boolean {
  if (one === other) return true;
  const value = parseDuration(one);
  return value !== undefined && value === parseDuration(other);
}
