import { verify } from "../verify.ts";
import { type Handler, jsonHeaders, receive, type ReceiverOptions } from "./receive.ts";

/**
 * A receiver for everything that speaks the Fetch standard: Cloudflare Workers, Deno, Bun, the route handlers of Next.js.
 *
 * @example
 * export default { fetch: webhook({ signingKey }, async ({ kind, payload }) => { … }) };
 */
export function webhook(options: ReceiverOptions, handler: Handler): (request: Request) => Promise<Response> {
  return async (request) => {
    const { status, body } = await receive(() => verify(request, options), options, handler);
    return new Response(body, { status, headers: jsonHeaders });
  };
}

/**
 * A handler for Hono.
 *
 * @example
 * app.post("/zitadel", honoWebhook({ signingKey }, async ({ kind, payload }) => { … }));
 */
export function honoWebhook(
  options: ReceiverOptions,
  handler: Handler,
): (context: { readonly req: { readonly raw: Request } }) => Promise<Response> {
  const answer = webhook(options, handler);
  return ({ req }) => answer(req.raw);
}
