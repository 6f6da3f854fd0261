import fc from "fast-check";
import { formatSeconds, parseDuration, sameDuration } from "../../../provider/api/duration";

const second = 1_000_000_000n;

test.each<[string, bigint]>([
  ["10s", 10n * second],
  ["+10s", 10n * second],
  ["-1s", -second],
  ["0s", 0n],
  ["-0s", 0n],
  ["1m30s", 90n * second],
  ["90s", 90n * second],
  ["1h2m3s", 3723n * second],
  ["500ms", second / 2n],
  ["1.5s", 1_500_000_000n],
  ["0.5m", 30n * second],
  ["1.500s", 1_500_000_000n],
  ["1500us", 1_500_000n],
  ["1500µs", 1_500_000n],
  ["1500μs", 1_500_000n],
  ["7ns", 7n],
  ["0.000000001s", 1n],
  ["270s", 270n * second],
  ["1s1s", 2n * second],
  ["999999999999h", 999_999_999_999n * 3600n * second],
])("%s", (text, nanoseconds) => {
  expect(parseDuration(text)).toBe(nanoseconds);
});

test.each([
  "",
  " ",
  "10",
  "s",
  "1 minute",
  "1 s",
  " 1s",
  "1s ",
  "1d",
  "1.s",
  ".5s",
  "1,5s",
  "--1s",
  "1s-1s",
  "1S",
  "1M",
  "١s",
  "1e3s",
  "Infinity",
  "1s\n",
  "0x1s",
  "10sec",
])("%j is not a duration", (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test.each<[bigint, string]>([
  [0n, "0s"],
  [10n * second, "10s"],
  [second / 2n, "0.5s"],
  [1_500_000_000n, "1.5s"],
  [1n, "0.000000001s"],
  [270n * second, "270s"],
  [-second, "-1s"],
  [-second / 2n, "-0.5s"],
])("%s nanoseconds are written %s", (nanoseconds, text) => {
  expect(formatSeconds(nanoseconds)).toBe(text);
});

test("what is written is read again as the same time, in the form that ZITADEL takes", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 21n), max: 10n ** 21n }), (nanoseconds) => {
      const text = formatSeconds(nanoseconds);
      expect(text).toMatch(/^-?\d+(\.\d{1,9})?s$/);
      expect(parseDuration(text)).toBe(nanoseconds);
    }),
  );
});

test("a duration is the sum of its parts", () => {
  const part = fc.tuple(fc.nat(10_000), fc.constantFrom("h", "m", "s", "ms", "us", "ns"));
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
      const texts = parts.map(([count, unit]) => `${count}${unit}`);
      const sum = texts.map(parseDuration).reduce<bigint>((total, value) => total + (value ?? 0n), 0n);
      expect(parseDuration(texts.join(""))).toBe(sum);
    }),
  );
});

test("no text makes it throw", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("0", "1", "9", ".", "+", "-", "h", "m", "s", "u", "µ", "n", " ")),
      (characters) => {
        const value = parseDuration(characters.join(""));
        expect(value === undefined || typeof value === "bigint").toBe(true);
      },
    ),
  );
});

test.each([
  ["90s", "1m30s", true],
  ["1.500s", "1.5s", true],
  ["1.5s", "1500ms", true],
  ["10s", "+10s", true],
  ["10s", "11s", false],
  ["1m", "1ms", false],
  ["garbage", "garbage", true],
  ["garbage", "rubbish", false],
  ["garbage", "1s", false],
])("%s and %s are the same: %s", (one, other, same) => {
  expect(sameDuration(one, other)).toBe(same);
  expect(sameDuration(other, one)).toBe(same);
});
