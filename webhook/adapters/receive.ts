import { type Answer, bodyOf } from "../answers.ts";
import { isWebhookError, type WebhookError } from "../errors.ts";
import type { VerifyOptions } from "../options.ts";
import type { Delivery } from "../verify.ts";

/** Handles a delivery and returns the answer. `undefined` sends an empty 200, which is right for webhooks and events. */
export type Handler = (delivery: Delivery) => Answer | undefined | Promise<Answer | undefined>;

/** The options of a receiver. */
export interface ReceiverOptions extends VerifyOptions {
  /**
   * Called for every rejected delivery, for example to log it: its `code` and message contain no secret.
   *
   * @default none
   */
  readonly onRefused?: ((error: WebhookError) => void) | undefined;
}

/** An answer to send as JSON. */
export interface Reply {
  readonly status: number;
  readonly body: string;
}

export const jsonHeaders = { "content-type": "application/json" };

/**
 * Verifies and handles one delivery. A rejected one is answered with the error's status and `{"error": "<code>"}`; errors of the
 * handler are rethrown to the framework.
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
