import { randomBytes } from "node:crypto";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Returns a random string of `[0-9A-Za-z]`. */
export function randomText(length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      // Bytes beyond the last whole multiple of 62 would make some letters likelier than others.
      if (byte < 248 && text.length < length) text += ALPHABET.charAt(byte % 62);
    }
  }
  return text;
}

/** Ascending ids of 18 digits. Two mock servers begin with different ids, so that a mix-up of instances is noticed. */
export class IdSource {
  private last: bigint;

  constructor(after?: string) {
    this.last =
      after === undefined ? 400_000_000_000_000_000n + BigInt(randomBytes(6).readUIntBE(0, 6)) : BigInt(after);
  }

  next(): string {
    this.last += 65_537n;
    return String(this.last);
  }

  /** Makes sure that the ids in a stored state are not used again. Ids that are not numbers were not made here. */
  skipTo(id: string): void {
    if (/^[0-9]+$/.test(id) && BigInt(id) > this.last) this.last = BigInt(id);
  }
}

/** Makes the dates of events: RFC 3339 with microseconds, each later than the previous one, even if the clock stands still. */
export class DateSource {
  private last = 0;

  constructor(private readonly now: () => Date) {}

  next(): string {
    let micros = Math.max(this.now().getTime() * 1000, this.last + 1);
    // A whole millisecond would be written with three decimals; a server's dates nearly always have six.
    if (micros % 1000 === 0) micros++;
    this.last = micros;
    return formatMicros(micros);
  }

  skipTo(date: string): void {
    this.last = Math.max(this.last, new Date(date).getTime() * 1000 + Number(date.slice(-4, -1)));
  }
}

function formatMicros(micros: number): string {
  const millis = Math.floor(micros / 1000);
  return new Date(millis).toISOString().replace("Z", `${String(micros % 1000).padStart(3, "0")}Z`);
}
