import { type Answer, bodyOf } from "../answers.ts";
import type { RequestContext } from "../context.ts";
import { isWebhookError, WebhookError } from "../errors.ts";
import { settingsOf, type VerifyOptions } from "../options.ts";
import { checkPrivateKey } from "../token.ts";
import { isObject, isPromise, wholeNumber } from "../values.ts";
import { type Delivery, type Incoming, verifyWith } from "../verify.ts";
import { handled, longestHandler } from "../waiting.ts";

/** What a handler may return: an answer or nothing, at once or later. */
export type HandlerResult<Result> =
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a handler without an answer returns nothing at all
  Result | undefined | void | Promise<Result | undefined | void>;

/** Handles a delivery and returns the answer. `undefined` sends an empty 200, which is right for webhooks and events. */
export type Handler<Framework = unknown> = (
  delivery: Delivery,
  context: RequestContext<Framework>,
) => HandlerResult<Answer>;

/** What became of a request. */
export interface Done {
  /** `accepted`: the handler answered; `refused`: the request was rejected before; `failed`: the handler or its answer failed. */
  readonly outcome: "accepted" | "refused" | "failed";
  /** The status of the answer. */
  readonly status: number;
  /** How long it took from the headers to the answer, in milliseconds. */
  readonly milliseconds: number;
  /** The delivery; `undefined` if it was refused. */
  readonly delivery: Delivery | undefined;
  /** Why it was refused or failed; `undefined` if it was accepted. */
  readonly error: unknown;
}

/**
 * The options of a receiver.
 *
 * The answer waits for the hooks, but not longer than a second for each. If a hook throws or rejects, that is written to the console
 * and changes nothing else.
 */
export interface ReceiverOptions<Framework = unknown> extends VerifyOptions<Framework> {
  /**
   * How long a handler that returns a promise may take, in milliseconds. After that, or when the caller closes the connection
   * (in Node and Fetch), the request ends as failed (`handler_timeout`, `caller_left`). The handler itself goes on.
   *
   * @default 300 000, which is longer than ZITADEL ever waits
   */
  readonly handlerTimeout?: number | undefined;
  /**
   * Called for every rejected delivery, for example to log it: its `code` and message contain no secret.
   *
   * @default none; rejections are then written to the console, at most once a minute for each code
   */
  readonly onRefused?: ((error: WebhookError, context: RequestContext<Framework>) => unknown) | undefined;
  /**
   * Called if the handler throws, if it returns what is not an answer (a WebhookError `answer_invalid`), or if it does not return
   * in time (`handler_timeout`, `caller_left`). ZITADEL gets the status 500.
   *
   * @default the error is written to the console
   */
  readonly onFailed?: ((error: unknown, context: RequestContext<Framework>) => unknown) | undefined;
  /**
   * Called for every request at its end, for example for metrics.
   *
   * @default none
   */
  readonly onDone?: ((done: Done, context: RequestContext<Framework>) => unknown) | undefined;
}

/** Options and a handler in one: what `receiver()` makes, and every adapter takes. */
export interface Receiving<Framework = unknown> {
  /** The keys, and other options. */
  readonly options: ReceiverOptions<Framework>;
  /** Called with each verified delivery. */
  readonly handler: Handler<Framework>;
}

/** An answer to send. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A rejection is written to the console at most once in this time for each code, in milliseconds. */
const shortestSilence = 60_000;

/** The longest time for which an answer waits for a hook, in milliseconds. */
const longestHook = 1_000;

/**
 * What every adapter does with a request: verify it, call the handler and the hooks, and give the answer to send. It never throws
 * or rejects. A rejected request is answered with the error's status and `{"error": "<code>"}`.
 *
 * Throws `settings` at once if the options are invalid.
 */
export function receiverOf<Framework>(
  given: ReceiverOptions<Framework> | Receiving<Framework>,
  givenHandler: Handler<Framework> | undefined,
): (incoming: Incoming<Framework>) => Promise<Reply> {
  const { options, handler } = partsOf(given, givenHandler);
  const settings = settingsOf(options);
  checkPrivateKeys(options);
  for (const name of ["onRefused", "onFailed", "onDone"] as const) {
    if (options[name] !== undefined && typeof options[name] !== "function")
      throw new WebhookError("settings", `\`${name}\` must be a function.`);
  }
  const { onRefused, onFailed, onDone } = options;
  const handlerTimeout = wholeNumber("handlerTimeout", options.handlerTimeout, longestHandler, 1);
  /** When each code was written to the console last, and how many rejections with it were not written since. */
  const reported = new Map<string, { at: number; left: number }>();
  const reportRefusal = ({ code, message }: WebhookError): void => {
    const at = performance.now();
    const before = reported.get(code);
    // Anybody can cause some of them, but a wrong signing key must not go unnoticed.
    if (before !== undefined && at - before.at < shortestSilence) {
      before.left++;
      return;
    }
    const more = before === undefined || before.left === 0 ? "" : ` (${before.left} more since the last such line)`;
    reported.set(code, { at, left: 0 });
    report(`a delivery was rejected (${code}): ${message}${more}`);
  };

  const come = async (incoming: Incoming<Framework>): Promise<Omit<Done, "milliseconds"> & { reply: Reply }> => {
    let delivery: Delivery | undefined;
    try {
      const verified = await verifyWith(settings, incoming);
      delivery = verified.delivery;
      const result: unknown = handler(delivery, incoming.context);
      // `await` would look into anything else, too, and fail on a revoked proxy.
      const answer = isPromise(result) ? await handled(result, handlerTimeout, incoming.onLeave) : result;
      const body = bodyOf(answer, delivery, verified.json);
      return { outcome: "accepted", status: 200, delivery, error: undefined, reply: replyOf(200, body) };
    } catch (error) {
      const outcome = delivery === undefined && isWebhookError(error) ? "refused" : "failed";
      const status = outcome === "refused" && isWebhookError(error) ? error.status : 500;
      const code =
        outcome === "refused" || isWebhookError(error, "answer_invalid", "handler_timeout", "caller_left")
          ? (error as WebhookError).code
          : "handler_failed";
      return { outcome, status, delivery, error, reply: replyOf(status, JSON.stringify({ error: code })) };
    }
  };

  return async (incoming) => {
    const start = performance.now();
    const { context } = incoming;
    const { reply, ...done } = await come(incoming);
    const { outcome, error } = done;
    if (outcome === "refused" && isWebhookError(error)) {
      if (onRefused !== undefined) await call("onRefused", () => onRefused(error, context));
      else reportRefusal(error);
    } else if (outcome === "failed") {
      if (onFailed !== undefined) await call("onFailed", () => onFailed(error, context));
      else report("the handler failed:", error);
    }
    const milliseconds = performance.now() - start;
    if (onDone !== undefined) await call("onDone", () => onDone({ ...done, milliseconds }, context));
    return reply;
  };
}

/** Whether the options accept JWT or JWE, which are not JSON but arrive as `application/json`. */
export function acceptsTokens<Framework>(given: ReceiverOptions<Framework> | Receiving<Framework>): boolean {
  const options = "handler" in given ? given.options : given;
  return options.instanceKeys !== undefined;
}

function replyOf(status: number, body: string): Reply {
  return { status, headers: { "content-type": "application/json" }, body };
}

function partsOf<Framework>(
  given: ReceiverOptions<Framework> | Receiving<Framework>,
  handler: Handler<Framework> | undefined,
): Receiving<Framework> {
  const isReceiver = (value: unknown) => isObject(value) && "handler" in value;
  if (handler === undefined && isReceiver(given)) return given;
  if (isReceiver(given) || isReceiver(handler))
    throw new WebhookError("settings", "Pass the `receiver()` alone: it has the options and the handlers in it.");
  if (typeof handler !== "function")
    throw new WebhookError("settings", "The handler is missing: pass the options and a function, or a `receiver()`.");
  return { options: given, handler };
}

/** A private key in the wrong format is found when the receiver starts, not when the first JWE arrives. */
function checkPrivateKeys({ decryptionKeys = {} }: VerifyOptions<never>): void {
  if (typeof decryptionKeys !== "function") Object.values(decryptionKeys).forEach(checkPrivateKey);
}

/** Calls a hook, and waits for it for a while. Its failure is reported and decides nothing. */
async function call(name: string, hook: () => unknown): Promise<void> {
  const ended = (async () => {
    try {
      await hook();
    } catch (error) {
      report(`\`${name}\` failed:`, error);
    }
  })();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, longestHook)));
  await Promise.race([ended, late]);
  clearTimeout(timer);
}

/** Tells the service's owner. Our own messages hold no secret; errors of handlers and hooks are the owner's own. */
export function report(message: string, ...errors: unknown[]): void {
  try {
    console.error(`pulumi-zitadel-actions/webhook: ${message}`, ...errors);
  } catch {
    console.error(`pulumi-zitadel-actions/webhook: ${message} an error that cannot be printed`);
  }
}
