import { WebhookError } from "./errors.ts";
import { checkNames, wholeNumber } from "./values.ts";

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
   * The maximum number of deliveries to store. Each is stored for as long as it could be sent again: `tolerance` seconds.
   *
   * If the store is full of these, it forgets none of them: new deliveries are rejected as `replays_unavailable` until the first
   * one is out of date.
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

/**
 * A store in the memory of one process: see `replays` of {@link VerifyOptions}.
 *
 * @param options How much it stores.
 * @throws {@link WebhookError} `settings`, if an option is unknown, or `most` is not a whole number from 1
 */
export function memoryReplays(options: MemoryReplaysOptions = {}): ReplayStore {
  checkNames(options, { most: true, now: true });
  const { now = () => new Date() } = options;
  const most = wholeNumber("most", options.most, 100_000, 1);
  const expiries = new Map<string, number>();
  return {
    add(id, seconds) {
      const at = now().getTime();
      // They are added roughly in the order of their expiry, so expired ones are at the beginning.
      for (const [oldest, expiry] of expiries) {
        if (expiry > at) break;
        expiries.delete(oldest);
      }
      if (expiries.has(id)) return false;
      if (expiries.size >= most) {
        for (const [other, expiry] of expiries) if (expiry <= at) expiries.delete(other);
      }
      if (expiries.size >= most)
        throw new WebhookError(
          "replays_unavailable",
          `memoryReplays is full: it stores ${most} deliveries that could still be sent again. Raise its \`most\`, or lower \`tolerance\`.`,
        );
      expiries.set(id, at + seconds * 1_000);
      return true;
    },
  };
}
