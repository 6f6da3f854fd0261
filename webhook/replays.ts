/** Stores which deliveries were accepted. If several processes receive deliveries, they must share one store. */
export interface ReplayStore {
  /**
   * Adds a delivery, unless it is there already, in one atomic step.
   *
   * @param id 64 hexadecimal digits, the SHA-256 of the signed bytes.
   * @param seconds How long to keep it: as long as its signature's age is accepted.
   * @returns Whether it is new.
   */
  add(id: string, seconds: number): boolean | Promise<boolean>;
}

/** The options of {@link memoryReplays}. */
export interface MemoryReplaysOptions {
  /**
   * The maximum number of deliveries to store; above it, the oldest are removed.
   *
   * @default 100 000, about 20 MB
   */
  readonly most?: number;
  /**
   * The clock.
   *
   * @default the machine's clock
   */
  readonly now?: () => Date;
}

/** A store in the memory of one process: see `replays` of {@link VerifyOptions}. */
export function memoryReplays({ most = 100_000, now = () => new Date() }: MemoryReplaysOptions = {}): ReplayStore {
  const expiries = new Map<string, number>();
  return {
    add(id, seconds) {
      const at = now().getTime();
      // They are added roughly in the order of their expiry, so expired ones are at the beginning.
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
