import { WebhookError } from "./errors.ts";

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Whether a value is a promise, or anything else that can be awaited. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  try {
    return typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === "function";
  } catch {
    // A revoked proxy, or a getter that throws.
    return false;
  }
}

/** The longest time of a timer. */
const most = 2_147_483_647;

/** The value of an option, or its default. Throws `settings` for anything but a whole number from `least`. */
export function wholeNumber(name: string, value: number | undefined, otherwise: number, least = 0): number {
  if (value === undefined) return otherwise;
  if (!Number.isInteger(value) || value < least || value > most)
    throw new WebhookError("settings", `\`${name}\` must be a whole number from ${least} to ${most}.`);
  return value;
}
