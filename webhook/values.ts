import { closest } from "../provider/api/closest.ts";
import { WebhookError } from "./errors.ts";

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Whether a value is a request of the Fetch standard, also of another realm. */
export function isRequest(value: unknown): value is Request {
  const { headers } = isObject(value) ? (value as Partial<Request>) : {};
  return isObject(headers) && typeof headers.get === "function";
}

/** Whether a value is an object of no class, also of another realm. */
export function isPlain(value: unknown): value is object {
  if (!isObject(value)) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
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

/** Throws `settings` unless the options are an object whose members all have one of the names. */
export function checkNames<Options extends object>(
  options: Options,
  names: Readonly<Record<keyof Options, true>>,
): void {
  if (Object.prototype.toString.call(options) !== "[object Object]")
    throw new WebhookError("settings", "The options must be an object.");
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(names, name)) continue;
    const [meant] = closest(name, Object.keys(names));
    const question = meant === undefined ? "" : ` Did you mean \`${meant}\`?`;
    throw new WebhookError("settings", `Unknown option \`${name}\`.${question}`);
  }
}
