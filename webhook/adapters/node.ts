import { asBytes, type BodyLimits, bytesOf, Collector, isRaw, parsed, tooSlow, unreadable } from "../body.ts";
import { contextOf } from "../context.ts";
import { WebhookError } from "../errors.ts";
import { isObject } from "../values.ts";
import type { Incoming } from "../verify.ts";
import { withinTime } from "../waiting.ts";
import { acceptsTokens, type Handler, type ReceiverOptions, receiverOf, type Receiving, report } from "./receive.ts";
import { forNode, misused, send } from "./reply.ts";

/** The used parts of a request of Node's `http`, with additions of Express and others. */
export interface NodeRequest {
  /** The headers, by their names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Path and query; in Express, without the path that the router is mounted at. */
  readonly url?: string | undefined;
  /** Path and query, in Express. */
  readonly originalUrl?: string | undefined;
  /** Whether the body has been read to its end. */
  readonly readableEnded: boolean;
  /** Whether nothing more arrives, for example because the client has closed the connection. */
  readonly destroyed?: boolean;
  /** The body from a parser. */
  readonly body?: unknown;
  /** The raw bytes, if something has read them and kept them under this name. */
  readonly rawBody?: unknown;
  /** In HTTP/2, the stream of the request and its response. */
  readonly stream?:
    | {
        /** As in Node's streams. */
        on(event: "finish", listener: () => void): unknown;
        /** Ends it, also if the request has not ended. */
        close(): unknown;
      }
    | undefined;
  /** As in Node's streams. */
  on(event: "data", listener: (chunk: unknown) => void): unknown;
  /** As in Node's streams. */
  on(event: "end" | "close", listener: () => void): unknown;
  /** As in Node's streams. */
  on(event: "error", listener: (error: unknown) => void): unknown;
  /** As in Node's streams. */
  off(event: string, listener: () => void): unknown;
  /** As in Node's streams. */
  pause(): unknown;
  /** As in Node's streams. */
  resume?(): unknown;
}

/** The used parts of a response of Node's `http`. */
export interface NodeResponse {
  /** Sends status and headers. */
  writeHead(status: number, headers: Record<string, string>): unknown;
  /** Sends the body and ends the response. */
  end(body: string): unknown;
  /** As in Node's streams. */
  on?(event: "close", listener: () => void): unknown;
  /** As in Node's streams. */
  off?(event: "close", listener: () => void): unknown;
  /** Whether the connection is closed. */
  readonly destroyed?: boolean;
  /** Whether something has answered. */
  readonly writableEnded?: boolean;
}

/** What a handler of Express or `node:http` is called with: `context.framework` in {@link expressWebhook}. */
export interface NodeContext<Request = NodeRequest, Response = NodeResponse> {
  /** The request. */
  readonly request: Request;
  /** The response. The adapter sends it. */
  readonly response: Response;
}

/**
 * A handler for Express 4 and 5, and a listener for Node's own `http.createServer`. It reads the raw body itself: register it
 * before `express.json()`, or on routes without it. If other code must read the body first, let `express.raw()` do it, for every
 * content type. A `rawBody` from the `verify` callback of `express.json()` works for JSON only: the parser answers 400 to a JWT or
 * JWE.
 *
 * It never rejects, and answers every request itself: Express' error handlers do not see its errors, but `onRefused` and `onFailed`
 * do.
 *
 * @param options The keys, and other options; or a {@link receiver}, without a handler.
 * @param handler Called with each verified delivery.
 *
 * @example
 * ```ts
 * import express from "express";
 * import { expressWebhook, type Handler } from "pulumi-zitadel-actions/webhook";
 *
 * const handler: Handler = ({ kind, payload }) => {
 *   console.log(kind, payload);
 * };
 * const options = { signingKey: process.env.ZITADEL_SIGNING_KEY };
 * export const app = express().post("/zitadel", expressWebhook(options, handler));
 * ```
 *
 * @throws {@link WebhookError} `settings`, when it is made with invalid options
 */
export function expressWebhook<Request extends NodeRequest = NodeRequest, Response extends NodeResponse = NodeResponse>(
  options: ReceiverOptions<NodeContext<Request, Response>> | Receiving<NodeContext<Request, Response>>,
  handler?: Handler<NodeContext<Request, Response>>,
): (request: Request, response: Response) => Promise<void> {
  const receive = receiverOf(options, handler);
  const warn = parserWarning(options, fixInExpress);
  return async (request, response) => {
    if (!isObject(request) || !("on" in request)) {
      await misused(receive, "expressWebhook", "a request of Node", { request, response }, response);
      return;
    }
    warn(request);
    const fix = request.originalUrl === undefined ? fixInNode : fixInExpress;
    send(request, response, await receive(incoming(request, response, { request, response }, fix)));
  };
}

const fixInExpress =
  'Register `expressWebhook` above `app.use(express.json())`, or put `app.use("/zitadel", express.raw({ type: "*/*", limit: "1mb" }))` above every other parser (in NestJS: before `app.listen`).';
const fixInNode =
  "Call `expressWebhook` before other code reads the request. In an API route of Next.js, export `config = { api: { bodyParser: false } }`.";
const fixInFastify =
  "A hook has read the request (`onRequest` or `preParsing`): let it skip this route, or register it in a plugin without this route.";

/** The used parts of a Fastify request. */
export interface FastifyRequestLike {
  /** The request of Node's `http`. */
  readonly raw: NodeRequest;
}

/** The used parts of a Fastify reply. */
export interface FastifyReplyLike {
  /** Sets the status. */
  code(status: number): unknown;
  /** Sets headers. */
  headers(headers: Record<string, string>): unknown;
  /** Sends the body and ends the response. */
  send(body: string): unknown;
  /** The response of Node's `http`. */
  readonly raw?: NodeResponse;
}

/** The used parts of a Fastify instance. */
export interface FastifyLike {
  /** Removes the parsers of all content types. */
  removeAllContentTypeParsers(): void;
  /** Adds a parser for a content type. */
  addContentTypeParser(
    type: string,
    parser: (request: unknown, payload: unknown, done: (error: null, body?: unknown) => void) => void,
  ): unknown;
  /** Adds a route. */
  post(path: string, handler: (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<unknown>): unknown;
}

/** What a handler of Fastify is called with: `context.framework` in {@link fastifyWebhook}. */
export interface FastifyContext<Request = FastifyRequestLike, FastifyReply = FastifyReplyLike> {
  /** The request. */
  readonly request: Request;
  /** The reply. The adapter sends it. */
  readonly reply: FastifyReply;
}

/**
 * A plugin for Fastify with one route. Only within this plugin, bodies are not parsed.
 *
 * @param path The route.
 * @param options The keys, and other options; or a {@link receiver}, without a handler.
 * @param handler Called with each verified delivery.
 *
 * @example
 * ```ts
 * import { fastify } from "fastify";
 * import { fastifyWebhook, type Handler } from "pulumi-zitadel-actions/webhook";
 *
 * const handler: Handler = ({ kind, payload }) => {
 *   console.log(kind, payload);
 * };
 * const options = { signingKey: process.env.ZITADEL_SIGNING_KEY };
 * export const app = fastify().register(fastifyWebhook("/zitadel", options, handler));
 * ```
 *
 * @throws {@link WebhookError} `settings`, when it is made with invalid options
 */
export function fastifyWebhook(
  path: string,
  options: ReceiverOptions<FastifyContext> | Receiving<FastifyContext>,
  handler?: Handler<FastifyContext>,
): (scope: FastifyLike) => Promise<void> {
  if (typeof path !== "string")
    throw new WebhookError("settings", 'The path is missing: `fastifyWebhook("/zitadel", options, handler)`.');
  const receive = receiverOf(options, handler);
  return (scope) => {
    if (typeof (scope as Partial<FastifyLike>).removeAllContentTypeParsers !== "function")
      throw new WebhookError(
        "settings",
        `\`fastifyWebhook\` makes a plugin, and not a handler: \`fastify.register(fastifyWebhook("${path}", …))\`.`,
      );
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
    scope.post(path, async (request, reply) => {
      const from = incoming(request.raw, reply.raw, { request, reply }, fixInFastify);
      const { status, headers, body } = await receive(from);
      reply.code(status);
      reply.headers(forNode(request.raw, status, headers));
      return reply.send(body);
    });
    return Promise.resolve();
  };
}

/**
 * @param fix What to do if the body was read before.
 * @param kept Where the framework's parsers keep the body, beside the request itself.
 */
export function incoming<Framework>(
  request: NodeRequest,
  response: NodeResponse | undefined,
  framework: Framework,
  fix: string,
  kept: KeptBody = request,
): Incoming<Framework> {
  const { headers, url } = request;
  const { stream } = request;
  stream?.on("finish", () => {
    if (request.readableEnded) return;
    // Otherwise, a stream of HTTP/2 with an unread body stays open as long as its connection. Closing waits until what arrived is read.
    // The answer's last frame is sent after this event, and must be sent before the stream is closed.
    setTimeout(() => {
      stream.close();
      request.resume?.();
    });
  });
  return {
    headers,
    context: contextOf(headers, request.originalUrl ?? url, framework),
    onLeave: (listener) => {
      // A response also closes after an answer, which other code may have sent.
      const closed = () => {
        if (response?.writableEnded !== true) listener();
      };
      if (response?.destroyed === true) closed();
      response?.on?.("close", closed);
      return () => response?.off?.("close", closed);
    },
    read: (limits) => bodyOf(request, limits, fix, kept),
  };
}

/** What a body parser leaves behind. */
export interface KeptBody {
  /** What it made of the body. */
  readonly body?: unknown;
  /** The bytes or the text of the body. */
  readonly rawBody?: unknown;
}

/**
 * Warns once if a JSON parser runs first and keeps the raw body: JSON deliveries arrive, but the parser answers 400 to every JWT and
 * JWE, so that the receiver never sees one.
 */
export function parserWarning<Framework>(
  options: ReceiverOptions<Framework> | Receiving<Framework>,
  fix: string,
): (kept: KeptBody) => void {
  let wanted = acceptsTokens(options);
  return ({ body, rawBody }) => {
    if (!wanted || !isRaw(rawBody) || isRaw(body) || !isObject(body)) return;
    wanted = false;
    report(
      `a JSON parser runs before this route. It answers 400 to every JWT and JWE, because these are not JSON although ZITADEL sends them as application/json. ${fix}`,
    );
  };
}

async function bodyOf(
  request: NodeRequest,
  { maxBodyBytes, bodyTimeout }: BodyLimits,
  fix: string,
  { rawBody, body }: KeptBody,
): Promise<Uint8Array> {
  const kept = [rawBody, body].find(isRaw);
  if (kept !== undefined) return bytesOf(kept, maxBodyBytes);
  if (request.readableEnded) throw parsed("A body parser has read the body before", fix);
  if (request.destroyed === true) throw unreadable(undefined);
  const { bytes, stop } = collect(request, new Collector(maxBodyBytes));
  try {
    const late = () => tooSlow(bodyTimeout);
    return bytesOf(await withinTime(bodyTimeout, late, () => bytes), maxBodyBytes);
  } finally {
    stop();
  }
}

/** Uses listeners instead of an iteration: leaving an iteration early closes the connection before the answer is sent. */
function collect(request: NodeRequest, collector: Collector): { bytes: Promise<Uint8Array>; stop: () => void } {
  let stop: () => void = ignore;
  const bytes = new Promise<Uint8Array>((resolve, reject) => {
    const take = (chunk?: unknown) => {
      try {
        collector.add(asBytes(chunk));
      } catch (error) {
        reject(error instanceof Error ? error : unreadable(error));
      }
    };
    const end = () => resolve(collector.bytes());
    const fail = (error?: unknown) => reject(unreadable(error));
    request.on("data", take);
    request.on("end", end);
    request.on("error", fail);
    request.on("close", fail);
    stop = () => {
      request.pause();
      request.off("data", take);
      request.off("end", end);
      request.off("error", fail);
      request.off("close", fail);
      // Later errors do not matter, but without a listener they would be thrown. This one keeps no bytes in memory.
      request.on("error", ignore);
    };
  });
  return { bytes, stop };
}

function ignore(): void {
  // Nothing to do.
}
