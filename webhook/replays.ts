/** Remembers which deliveries have been taken. Where several processes receive, they need one that they share. */
export interface ReplayStore {
  /**
   * Notes a delivery for as long as its time is accepted, in one step with looking whether it is there.
   *
   * @param id 64 hexadecimal digits, the SHA-256 of what was signed.
   * @param seconds How long it has to be remembered.
   * @returns Whether it is new.
   */
  add(id: string, seconds: number): boolean | Promise<boolean>;
}

/** What {@link memoryReplays} takes. */
export interface MemoryReplaysOptions {
  /**
   * How many deliveries are remembered at once; the oldest make room.
   *
   * @default 100 000, some 20 MB
   */
  readonly most?: number;
  /**
   * The clock.
   *
   * @default the machine's
   */
  readonly now?: () => Date;
}

/** A store in the memory of one process: see `replays` of {@link VerifyOptions}. */
export function memoryReplays({ most = 100_000, now = () => new Date() }: MemoryReplaysOptions = {}): ReplayStore {
  const expiries = new Map<string, number>();
  return {
    add(id, seconds) {
      const at = now().getTime();
      // They come in about the order in which they expire, so that those who are out of date are at the beginning.
      for (const [oldest, expiry] of expiries) {
        if (expiry > at && expiries.size < most) break;
        expiries.delete(oldest);
      }
      if (expiries.has(id)) return false;
      expiries.set(id, at + seconds * 1_000);
      return true;
    },
  };
}
