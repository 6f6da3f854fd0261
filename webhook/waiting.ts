import { isWebhookError, nameOf, WebhookError } from "./errors.ts";
import { isObject } from "./values.ts";

/** Throws what `late` returns if the work does not finish in time. */
export async function withinTime<T>(
  milliseconds: number,
  late: () => WebhookError,
  work: () => T | PromiseLike<T>,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds);
  });
  try {
    return await Promise.race([work(), limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** How long a delivery waits for a function, unless the options say otherwise, in milliseconds. */
export const usualLimit = 10_000;

/** A function of the receiver's owner. */
export interface Lookup {
  /** Its name in messages. */
  readonly name: string;
  /** The code for its failures. */
  readonly code: "keys_unavailable" | "replays_unavailable";
  /** How long a delivery waits for it, in milliseconds; `Infinity` if it has a limit of its own. */
  readonly limit: number;
}

/** Calls a function of the receiver's owner. Throws errors with the code, and passes on `token_key_unknown`. */
export async function lookUp<T>({ name, code, limit }: Lookup, work: () => T | PromiseLike<T>): Promise<Awaited<T>> {
  try {
    const result = work();
    // Only a promise needs a timer.
    if (limit === Infinity || !isObject(result) || !("then" in result)) return await result;
    const late = () => new WebhookError(code, `\`${name}\` returned no result within ${limit} ms (\`lookupTimeout\`).`);
    return await withinTime(limit, late, () => result as Promise<Awaited<T>>);
  } catch (error) {
    if (isWebhookError(error, code, "token_key_unknown")) throw error;
    throw new WebhookError(code, `\`${name}\` threw ${nameOf(error)}.`);
  }
}
