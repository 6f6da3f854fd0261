import { asBytes, bytesOf, Collector, isRaw, parsed, unreadable, withinTime } from "../body.ts";
import { settingsOf } from "../options.ts";
import { type Delivery, verifyRaw } from "../verify.ts";
import { type Handler, jsonHeaders, receive, type ReceiverOptions } from "./receive.ts";

/** What is used of a request of Node's `http`, with what Express and others add to it. */
export interface NodeRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly readableEnded: boolean;
  /** What a parser made of it. */
  readonly body?: unknown;
  /** The bytes, where something has read them and kept them under this name. */
  readonly rawBody?: unknown;
  on(event: "data", listener: (chunk: unknown) => void): unknown;
  on(event: "end" | "close", listener: () => void): unknown;
  on(event: "error", listener: (error: unknown) => void): unknown;
  off(event: string, listener: () => void): unknown;
  pause(): unknown;
}

/** What is used of an answer of Node's `http`. */
export interface NodeResponse {
  writeHead(status: number, headers: Record<string, string>): unknown;
  end(body: string): unknown;
}

/**
 * A handler for Express, and a listener for Node's own `http.createServer`. It reads the raw body itself: put it before
 * `express.json()`, or where that does not come. Where something else must read the body, it may keep the bytes in
 * `request.rawBody`, or as `express.raw()` does in `request.body`.
 *
 * @example
 * app.post("/zitadel", expressWebhook({ signingKey }, async ({ kind, payload }) => { … }));
 */
export function expressWebhook(
  options: ReceiverOptions,
  handler: Handler,
): (request: NodeRequest, response: NodeResponse, next?: (error: unknown) => void) => Promise<void> {
  return async (request, response, next) => {
    try {
      const { status, body } = await receive(() => verifyNode(request, options), options, handler);
      // What is left of a body that was not read would be taken for the next request.
      response.writeHead(status, status === 200 ? jsonHeaders : { ...jsonHeaders, connection: "close" });
      response.end(body);
    } catch (error) {
      if (next === undefined) throw error;
      next(error);
    }
  };
}

interface FastifyRequestLike {
  readonly raw: NodeRequest;
}
interface FastifyReplyLike {
  code(status: number): unknown;
  headers(headers: Record<string, string>): unknown;
  send(body: string): unknown;
}
/** What is used of a Fastify instance. */
export interface FastifyLike {
  removeAllContentTypeParsers(): void;
  addContentTypeParser(
    type: string,
    parser: (request: unknown, payload: unknown, done: (error: null, body?: unknown) => void) => void,
  ): unknown;
  post(path: string, handler: (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<unknown>): unknown;
}

/**
 * A plugin for Fastify with one route. Within it, and nowhere else, bodies are left unparsed.
 *
 * @example
 * app.register(fastifyWebhook("/zitadel", { signingKey }, async ({ kind, payload }) => { … }));
 */
export function fastifyWebhook(
  path: string,
  options: ReceiverOptions,
  handler: Handler,
): (scope: FastifyLike) => Promise<void> {
  return (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
    scope.post(path, async ({ raw }, reply) => {
      const { status, body } = await receive(() => verifyNode(raw, options), options, handler);
      reply.code(status);
      reply.headers(status === 200 ? jsonHeaders : { ...jsonHeaders, connection: "close" });
      return reply.send(body);
    });
    return Promise.resolve();
  };
}

async function verifyNode(request: NodeRequest, options: ReceiverOptions): Promise<Delivery> {
  return verifyRaw(await bodyOf(request, options), request.headers, options);
}

async function bodyOf(request: NodeRequest, options: ReceiverOptions): Promise<Uint8Array> {
  const { maxBodyBytes, bodyTimeout } = settingsOf(options);
  const kept = [request.rawBody, request.body].find(isRaw);
  if (kept !== undefined) return bytesOf(kept, maxBodyBytes);
  if (request.readableEnded) throw parsed("Another parser has read the body");
  const collector = new Collector(maxBodyBytes);
  return withinTime(bodyTimeout, () => collect(request, collector));
}

/** Listens instead of iterating: to leave an iteration closes the connection, and nobody would get the answer. */
async function collect(request: NodeRequest, collector: Collector): Promise<Uint8Array> {
  let stop: () => void = () => undefined;
  try {
    return await new Promise<Uint8Array>((resolve, reject) => {
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
        // What goes wrong later concerns nobody, but somebody has to listen to it: `fail` stays.
      };
    });
  } finally {
    stop();
  }
}
