import { readBody } from "../body.ts";
import { contextOf } from "../context.ts";
import { isObject, isRequest } from "../values.ts";
import type { Incoming } from "../verify.ts";
import { type Handler, type ReceiverOptions, receiverOf, type Receiving, type Reply } from "./receive.ts";
import { misused } from "./reply.ts";

/** What a handler of the Fetch standard is called with: `context.framework` in {@link webhook}. */
export interface FetchContext<Args extends unknown[] = unknown[]> {
  /** The request. Its body is read, or about to be. */
  readonly request: Request;
  /** What comes after the request: `env` and the execution context in Workers, the route's context in Next.js. */
  readonly args: Args;
}

/**
 * A receiver for every platform with the Fetch standard: Cloudflare Workers, Deno, Bun, the route handlers of Next.js. It never
 * rejects.
 *
 * @param options The keys, and other options; or a {@link receiver}, without a handler.
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
 *
 * @throws {@link WebhookError} `settings`, when it is made with invalid options
 */
export function webhook<Args extends unknown[] = unknown[]>(
  options: ReceiverOptions<FetchContext<Args>> | Receiving<FetchContext<Args>>,
  handler?: Handler<FetchContext<Args>>,
): (request: Request, ...args: Args) => Promise<Response> {
  const receive = receiverOf(options, handler);
  return async (request, ...args) => {
    if (isRequest(request)) return respond(await receive(incoming(request, { request, args }, fixInFetch)));
    const framework = { request, args };
    return respond(
      await misused(receive, "webhook", "a `Request` of the Fetch standard", framework, args[0], !isOfLambda(request)),
    );
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
 * A handler for Hono. `context.framework` is Hono's context. It never rejects.
 *
 * @param options The keys, and other options; or a {@link receiver}, without a handler.
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
 *
 * @throws {@link WebhookError} `settings`, when it is made with invalid options
 */
export function honoWebhook<Context extends HonoContextLike = HonoContextLike>(
  options: ReceiverOptions<Context> | Receiving<Context>,
  handler?: Handler<Context>,
): (context: Context) => Promise<Response> {
  const receive = receiverOf(options, handler);
  return async (context, ...others: unknown[]) => {
    const request: unknown = (context as Partial<HonoContextLike> | undefined)?.req?.raw;
    if (isRequest(request)) return respond(await receive(incoming(request, context, fixInHono)));
    return respond(
      await misused(receive, "honoWebhook", "a context of Hono", context, others[0], !isOfLambda(context)),
    );
  };
}

/** Whether it is an event of AWS Lambda, which would take a `Response` for an answer of 200. */
function isOfLambda(given: unknown): boolean {
  return isObject(given) && "requestContext" in given;
}

const fixInFetch =
  "Pass the request to `webhook` before other code calls `request.json()` or `request.text()`, or let that code read a copy (`request.clone()`).";
const fixInHono =
  "Register `honoWebhook` above the middleware that calls `c.req.json()` or `c.req.text()`, or let that read a copy (`c.req.raw.clone()`).";

function respond({ body, ...init }: Reply): Response {
  return new Response(body, init);
}

function incoming<Framework>(request: Request, framework: Framework, fix: string): Incoming<Framework> {
  return {
    headers: request.headers,
    context: contextOf(request.headers, request.url, framework),
    onLeave: (listener) => {
      // Not every runtime has one.
      const signal = request.signal as AbortSignal | null | undefined;
      if (signal?.aborted === true) listener();
      signal?.addEventListener("abort", listener);
      return () => signal?.removeEventListener("abort", listener);
    },
    read: (limits) => readBody(request, limits, fix),
  };
}
