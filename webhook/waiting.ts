import { isWebhookError, nameOf, WebhookError, type WebhookErrorCode } from "./errors.ts";
import { isPromise } from "./values.ts";

/** Calls the listener once if the caller leaves. Returns a function that removes the listener. */
export type OnLeave = (listener: () => void) => () => void;

/** Throws what `late` returns if the work does not finish in time, and what `left` returns if the caller leaves before. */
export async function withinTime<T>(
  milliseconds: number,
  late: () => WebhookError,
  work: () => T | PromiseLike<T>,
  onLeave?: OnLeave,
  left = late,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop: (() => void) | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds);
    stop = onLeave?.(() => reject(left()));
  });
  try {
    return await Promise.race([work(), limit]);
  } finally {
    clearTimeout(timer);
    stop?.();
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
    if (limit === Infinity || !isPromise(result)) return await result;
    const late = () => new WebhookError(code, `\`${name}\` returned no result within ${limit} ms (\`lookupTimeout\`).`);
    return await withinTime(limit, late, () => result as PromiseLike<Awaited<T>>);
  } catch (error) {
    if (isWebhookError(error, code, "token_key_unknown")) throw error;
    throw threw(code, `\`${name}\``, error);
  }
}

/** The error for a function of the receiver's owner that throws. Its own error may contain a secret, so that is not in the message. */
export function threw(code: WebhookErrorCode, name: string, cause: unknown): WebhookError {
  return new WebhookError(code, `${name} threw ${nameOf(cause)} (the \`cause\` of this error).`, { cause });
}

/** How long a handler may take, unless the options say otherwise, in milliseconds: longer than ZITADEL ever waits. */
export const longestHandler = 300_000;

/** Awaits what a handler returned. Throws `handler_timeout` or `caller_left` if that takes too long, or the caller leaves. */
export function handled<T>(result: PromiseLike<T>, limit: number, onLeave: OnLeave | undefined): Promise<T> {
  const late = () =>
    new WebhookError("handler_timeout", `The handler returned no answer within ${limit} ms (\`handlerTimeout\`).`);
  return withinTime(limit, late, () => result, onLeave, left);
}

function left(): WebhookError {
  return new WebhookError(
    "caller_left",
    "The caller closed the connection before the handler returned an answer. ZITADEL waits as long as the target's `timeout`: raise that, or let the handler return earlier.",
  );
}
