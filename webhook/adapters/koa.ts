import { isObject } from "../values.ts";
import { incoming, type NodeRequest, type NodeResponse, parserWarning } from "./node.ts";
import { type Handler, type ReceiverOptions, receiverOf, type Receiving } from "./receive.ts";
import { forNode, misused, send } from "./reply.ts";

/** The used parts of a Koa context. */
export interface KoaContextLike {
  /** The request of Node's `http`. */
  readonly req: NodeRequest;
  /** The response of Node's `http`. */
  readonly res: NodeResponse;
  /** Koa's own request. */
  readonly request: KoaRequestLike;
  /** The status of the answer. */
  status: number;
  /** The body of the answer. */
  body: unknown;
  /** `false` if other code answers the request, instead of Koa. */
  readonly respond?: boolean | undefined;
  /** Sets headers. */
  set(headers: Record<string, string>): unknown;
}

/** The used parts of a Koa request. */
export interface KoaRequestLike {
  /** The body from a parser. */
  readonly body?: unknown;
  /** The raw text, if a parser has kept it. */
  readonly rawBody?: unknown;
}

/**
 * A middleware for Koa that answers every request it gets: use it on a route. It reads the raw body itself: register it before
 * `bodyParser()`. `context.framework` is Koa's context.
 *
 * It never rejects, so Koa's error handlers do not see its errors, but `onRefused` and `onFailed` do.
 *
 * @param options The keys, and other options; or a {@link receiver}, without a handler.
 * @param handler Called with each verified delivery.
 *
 * @example
 * ```ts
 * import Router from "@koa/router";
 * import Koa from "koa";
 * import { type Handler, koaWebhook } from "pulumi-zitadel-actions/webhook";
 *
 * const handler: Handler = ({ kind, payload }) => {
 *   console.log(kind, payload);
 * };
 * const options = { signingKey: process.env.ZITADEL_SIGNING_KEY };
 * const router = new Router().post("/zitadel", koaWebhook(options, handler));
 * export const app = new Koa().use(router.routes());
 * ```
 *
 * @throws {@link WebhookError} `settings`, when it is made with invalid options
 */
export function koaWebhook<Context extends KoaContextLike = KoaContextLike>(
  options: ReceiverOptions<Context> | Receiving<Context>,
  handler?: Handler<Context>,
): (context: Context) => Promise<void> {
  const receive = receiverOf(options, handler);
  const warn = parserWarning(options, fix);
  return async (context, ...others: unknown[]) => {
    if (!isObject((context as Partial<KoaContextLike> | undefined)?.req)) {
      await misused(receive, "koaWebhook", "a context of Koa", context, others[0]);
      return;
    }
    warn(context.request);
    const reply = await receive(incoming(context.req, context.res, context, fix, context.request));
    if (context.respond === false) {
      send(context.req, context.res, reply);
      return;
    }
    const { status, headers, body } = reply;
    context.status = status;
    context.set(forNode(context.req, status, headers));
    context.body = body;
  };
}

const fix = "Register `koaWebhook` above `app.use(bodyParser())`, or let the parser skip this route.";
