import { type Answer, bodyOf } from "../answers.ts";
import { isWebhookError, type WebhookError } from "../errors.ts";
import type { VerifyOptions } from "../options.ts";
import type { Delivery } from "../verify.ts";

/** What is done with a delivery. `undefined` answers 200 with nothing, which is right for webhooks and events. */
export type Handler = (delivery: Delivery) => Answer | undefined | Promise<Answer | undefined>;

/** How a receiver checks, and whom it tells of what it refuses. */
export interface ReceiverOptions extends VerifyOptions {
  /**
   * Told of every delivery that is refused, for a log: `code` and message hold no secret.
   *
   * @default nobody is told
   */
  readonly onRefused?: ((error: WebhookError) => void) | undefined;
}

/** An answer, ready to be sent as JSON. */
export interface Reply {
  readonly status: number;
  readonly body: string;
}

export const jsonHeaders = { "content-type": "application/json" };

/**
 * Checks and handles one delivery. What is refused is answered with the error's status and `{"error": "<code>"}`; what the
 * handler throws is thrown on, for the framework to deal with.
 */
export async function receive(
  verified: () => Promise<Delivery>,
  { onRefused }: ReceiverOptions,
  handler: Handler,
): Promise<Reply> {
  let delivery: Delivery;
  try {
    delivery = await verified();
  } catch (error) {
    if (!isWebhookError(error)) throw error;
    onRefused?.(error);
    return { status: error.status, body: JSON.stringify({ error: error.code }) };
  }
  return { status: 200, body: bodyOf(await handler(delivery)) };
}
