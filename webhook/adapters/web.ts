import { verify } from "../verify.ts";
import { type Handler, jsonHeaders, receive, type ReceiverOptions } from "./receive.ts";

/**
 * A receiver for every platform with the Fetch standard: Cloudflare Workers, Deno, Bun, the route handlers of Next.js.
 *
 * @param options The keys, and other options.
 * @param handler Called with each verified delivery.
 *
 * @example
 * ```ts
 * import { type Handler, webhook } from "pulumi-zitadel-actions/webhook";
 *
 * const handler: Handler = ({ kind, payload }) => {
 *   console.log(kind, payload);
 * };
 * export default { fetch: webhook({ signingKey: process.env.ZITADEL_SIGNING_KEY }, handler) };
 * ```
 */
export function webhook(options: ReceiverOptions, handler: Handler): (request: Request) => Promise<Response> {
  return async (request) => {
    const { status, body } = await receive(() => verify(request, options), options, handler);
    return new Response(body, { status, headers: jsonHeaders });
  };
}

/** The used parts of a Hono context. */
export interface HonoContextLike {
  /** Hono's own request. */
  readonly req: HonoRequestLike;
}

/** The used parts of a Hono request. */
export interface HonoRequestLike {
  /** The request of the Fetch standard. */
  readonly raw: Request;
}

/**
 * A handler for Hono.
 *
 * @param options The keys, and other options.
 * @param handler Called with each verified delivery.
 *
 * @example
 * ```ts
 * import { Hono } from "hono";
 * import { type Handler, honoWebhook } from "pulumi-zitadel-actions/webhook";
 *
 * const handler: Handler = ({ kind, payload }) => {
 *   console.log(kind, payload);
 * };
 * const options = { signingKey: process.env.ZITADEL_SIGNING_KEY };
 * export const app = new Hono().post("/zitadel", honoWebhook(options, handler));
 * ```
 */
export function honoWebhook(
  options: ReceiverOptions,
  handler: Handler,
): (context: HonoContextLike) => Promise<Response> {
  const answer = webhook(options, handler);
  return ({ req }) => answer(req.raw);
}
