import { once } from "node:events";
import { connect, constants, createServer, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import Fastify from "fastify";
import Koa from "koa";
import { expressWebhook, fastifyWebhook, type Handler, koaWebhook, type ReceiverOptions } from "../../webhook";
import { open } from "../support/listening";
import { event, headersOf, options } from "../support/webhook";

// HTTP/2, where requests share a connection: what one of them leaves unread must not stay in memory, nor hinder the others.

setFlagsFromString("--expose_gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** The bytes that buffers hold when no more of them can be freed. What a stream holds is freed only some turns after its end. */
async function held(): Promise<number> {
  let least = Infinity;
  for (let turn = 0; turn < 20; turn++) {
    await new Promise(setImmediate);
    collectGarbage();
    least = Math.min(least, process.memoryUsage().arrayBuffers);
  }
  return least;
}

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
    /** The code that each stream was closed with. */
    const closed: Promise<number>[] = [];
    server.on("stream", (stream) => closed.push(once(stream, "close").then(() => stream.rstCode)));
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
    return { closed, post };
  }

  test("answers a delivery, and warns of nothing", async () => {
    const warnings: unknown[] = [];
    const warn = (warning: unknown) => warnings.push(warning);
    process.on("warning", warn);
    open.push(() => process.off("warning", warn));
    const { post, closed } = await start(options);
    expect(await post(headersOf(body), body, true)).toBe(200);
    expect(await post({}, body, true)).toBe(401);
    expect(await Promise.all(closed)).toEqual([constants.NGHTTP2_NO_ERROR, constants.NGHTTP2_NO_ERROR]);
    expect(warnings).toEqual([]);
  });

  test.each<[string, number, object, Uint8Array, ReceiverOptions]>([
    ["without a signature", 401, {}, Buffer.alloc(1_000), options],
    ["too large", 413, headersOf(body), Buffer.alloc(1_048_577), options],
    ["too slow", 408, headersOf(body), Buffer.alloc(1_000_000), { ...options, bodyTimeout: 300 }],
  ])("closes the stream of a body that never ends, %s, and frees its memory", async (_what, status, ...given) => {
    const [headers, bytes, more] = given;
    const { closed, post } = await start(more);
    const before = await held();
    const count = 8; // Node takes up to 10 MB at a time for a connection
    const statuses = await Promise.all(Array.from({ length: count }, () => post(headers, bytes, false)));
    expect(statuses).toEqual(Array(count).fill(status));
    expect(await Promise.all(closed)).toEqual(Array(count).fill(constants.NGHTTP2_NO_ERROR));
    expect((await held()) - before).toBeLessThan(4_000_000);
    expect(await post(headersOf(body), body, true)).toBe(200);
  });
});
