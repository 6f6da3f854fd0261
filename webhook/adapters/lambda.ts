import { bytesOf, fromBase64, isRaw, parsed } from "../body.ts";
import { contextOf } from "../context.ts";
import { WebhookError } from "../errors.ts";
import { isObject, isPlain } from "../values.ts";
import type { Incoming } from "../verify.ts";
import { type Handler, type ReceiverOptions, receiverOf, type Receiving } from "./receive.ts";
import { misused } from "./reply.ts";

/** The used parts of an event of API Gateway (payload format 1.0 or 2.0), of a function URL or of a load balancer. */
export interface LambdaEventLike {
  /** The headers. */
  readonly headers?: Readonly<Record<string, string | undefined>> | null | undefined;
  /** All values of each header: format 1.0, and load balancers that are set to send them. */
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null | undefined;
  /** The body, or its base64. */
  readonly body?: string | null | undefined;
  /** Whether the body is in base64. */
  readonly isBase64Encoded?: boolean | undefined;
  /** The path: format 2.0 and function URLs. */
  readonly rawPath?: string | undefined;
  /** The query: format 2.0 and function URLs. */
  readonly rawQueryString?: string | undefined;
  /** The path: format 1.0 and load balancers. */
  readonly path?: string | undefined;
}

/** An answer for API Gateway, a function URL or a load balancer. */
export interface LambdaReply {
  /** The status. */
  readonly statusCode: number;
  /** The headers; for a load balancer that sends all values of each header, in `multiValueHeaders` instead. */
  readonly headers?: Record<string, string>;
  /** The headers, for a load balancer that sends all values of each header. */
  readonly multiValueHeaders?: Record<string, string[]>;
  /** The body, as text. */
  readonly body: string;
  /** Always `false`. */
  readonly isBase64Encoded: boolean;
}

/** What a handler of AWS Lambda is called with: `context.framework` in {@link lambdaWebhook}. */
export interface LambdaCall<Event = LambdaEventLike, Context = unknown> {
  /** The event. */
  readonly event: Event;
  /** Lambda's context. */
  readonly context: Context;
}

/**
 * A handler for AWS Lambda behind API Gateway (REST and HTTP APIs, payload formats 1.0 and 2.0, with proxy integration), a function
 * URL or an Application Load Balancer. It decodes a body in base64. It never rejects.
 *
 * Lambda stops the process after the answer, so do not leave work for later: put it on a queue before you answer.
 *
 * @param options The keys, and other options; or a {@link receiver}, without a handler.
 * @param handler Called with each verified delivery.
 *
 * @example
 * ```ts
 * import { type Handler, lambdaWebhook } from "pulumi-zitadel-actions/webhook";
 *
 * const onDelivery: Handler = ({ kind, payload }) => {
 *   console.log(kind, payload);
 * };
 * export const handler = lambdaWebhook({ signingKey: process.env.ZITADEL_SIGNING_KEY }, onDelivery);
 * ```
 *
 * @throws {@link WebhookError} `settings`, when it is made with invalid options
 */
export function lambdaWebhook<Event extends LambdaEventLike = LambdaEventLike, Context = unknown>(
  options: ReceiverOptions<LambdaCall<Event, Context>> | Receiving<LambdaCall<Event, Context>>,
  handler?: Handler<LambdaCall<Event, Context>>,
): (event: Event, context: Context) => Promise<LambdaReply> {
  const receive = receiverOf(options, handler);
  return async (event, context) => {
    const isEvent = !isObject(event) || isPlain(event);
    const given: LambdaEventLike = isObject(event) ? event : {};
    const { status, headers, body } = isEvent
      ? await receive(incoming(given, { event, context }))
      : await misused(receive, "lambdaWebhook", "an event of AWS Lambda", { event, context }, context);
    const reply = { statusCode: status, body, isBase64Encoded: false };
    if (isObject(given.headers) || !isObject(given.multiValueHeaders)) return { ...reply, headers: { ...headers } };
    const multiValueHeaders: Record<string, string[]> = {};
    for (const [name, value] of Object.entries(headers)) multiValueHeaders[name] = [value];
    return { ...reply, multiValueHeaders };
  };
}

function incoming<Framework>(event: LambdaEventLike, framework: Framework): Incoming<Framework> {
  const all = event.multiValueHeaders ?? event.headers;
  return {
    get headers() {
      if (!isObject(all)) throw parsed("The event has no headers: it is not the request but its parsed body", fix);
      return all;
    },
    context: contextOf(all ?? {}, urlOf(event), framework),
    read: ({ maxBodyBytes }) => Promise.resolve().then(() => bodyOf(event, maxBodyBytes)),
  };
}

const fix =
  "Turn on the Lambda proxy integration of this API method, without a mapping template, and pass the event on as it is.";

function urlOf({ rawPath, rawQueryString = "", path }: LambdaEventLike): string | undefined {
  return rawPath === undefined || rawQueryString === "" ? (rawPath ?? path) : `${rawPath}?${rawQueryString}`;
}

/** Throws one of the `body_…` codes. */
function bodyOf({ body, isBase64Encoded }: LambdaEventLike, limit: number): Uint8Array {
  const given: unknown = body ?? "";
  if (!isRaw(given)) throw parsed("The body was parsed before", fix);
  if (isBase64Encoded !== true || typeof given !== "string") return bytesOf(given, limit);
  // The limit is for the decoded bytes, as in `verify` of the command line. AWS Lambda passes on 6 MB at most.
  const bytes = fromBase64(given);
  if (bytes === undefined)
    throw new WebhookError(
      "body_unreadable",
      "The body is not base64, although the event says so (`isBase64Encoded`).",
    );
  return bytesOf(bytes, limit);
}
