import { once } from "node:events";
import { connect, constants, createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import Fastify from "fastify";
import Koa from "koa";
import { expressWebhook, fastifyWebhook, type Handler, koaWebhook, type ReceiverOptions } from "../../webhook";
import { open } from "../support/listening";
import { event, headersOf, options } from "../support/webhook";

// HTTP/2, where requests share a connection: what one of them leaves unread must not stay in memory, nor hinder the others.

const handler: Handler = () => undefined;
const servers: Record<string, (given: ReceiverOptions) => Promise<Http2Server>> = {
  "node:http2": (given) => {
    const listener = expressWebhook(given, handler);
    return Promise.resolve(createServer((request, response) => void listener(request, response)));
  },
  fastify: async (given) => {
    const app = Fastify({ http2: true });
    void app.register(fastifyWebhook("/", given, handler));
    await app.ready();
    return app.server;
  },
  koa: (given) => {
    const listener = new Koa().use(koaWebhook(given, handler)).callback();
    return Promise.resolve(createServer((request, response) => void listener(request, response)));
  },
};

const body = JSON.stringify(event);
const lowerCase = (headers: object) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value as string]));

describe.each(Object.entries(servers))("%s", (_, create) => {
  /** Starts it, and connects once. */
  async function start(given: ReceiverOptions) {
    const server = await create({ ...options, onRefused: () => undefined, ...given });
    const streams: { readonly stream: ServerHttp2Stream; readonly closed: Promise<unknown> }[] = [];
    server.on("stream", (stream) => streams.push({ stream, closed: once(stream, "close") }));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    open.push(() => {
      client.destroy();
      server.close();
    });
    /** Sends these bytes, and perhaps more later. Resolves with the status. */
    const post = async (headers: object, bytes: Uint8Array | string, isAll: boolean): Promise<unknown> => {
      const stream = client.request({ ":method": "POST", ":path": "/", ...lowerCase(headers) }).resume();
      stream.on("error", () => undefined); // it may be closed while we write
      stream.write(bytes);
      if (isAll) stream.end();
      const [{ ":status": status }] = (await once(stream, "response")) as [Record<string, unknown>];
      return status;
    };
    return { streams, post };
  }

  test("answers a delivery, and warns of nothing", async () => {
    const warnings: unknown[] = [];
    const warn = (warning: unknown) => warnings.push(warning);
    process.on("warning", warn);
    open.push(() => process.off("warning", warn));
    const { post, streams } = await start(options);
    expect(await post(headersOf(body), body, true)).toBe(200);
    expect(await post({}, body, true)).toBe(401);
    await Promise.all(streams.map(({ closed }) => closed));
    expect(warnings).toEqual([]);
  });

  test.each<[string, number, object, Uint8Array, ReceiverOptions]>([
    ["without a signature", 401, {}, Buffer.alloc(1_000), options],
    ["too large", 413, headersOf(body), Buffer.alloc(1_048_577), options],
    ["too slow", 408, headersOf(body), Buffer.alloc(1_000_000), { ...options, bodyTimeout: 300 }],
  ])("closes the stream of a body that never ends, %s", async (_what, status, ...given) => {
    const [headers, bytes, more] = given;
    const { streams, post } = await start(more);
    const count = 20;
    // More than the connection's window at once, which only those that are closed give back.
    for (let sent = 0; sent < count; sent++) expect(await post(headers, bytes, false)).toBe(status);
    await Promise.all(streams.map(({ closed }) => closed));
    expect(streams.map(({ stream }) => stream.rstCode)).toEqual(Array(count).fill(constants.NGHTTP2_NO_ERROR));
    expect(await post(headersOf(body), body, true)).toBe(200);
  });
});
