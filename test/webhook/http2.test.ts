import { once } from "node:events";
import { connect, constants, createServer, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
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

/** The bytes that buffers hold after a collection of garbage. */
function held(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
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
    return { client, closed, post };
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

  // Otherwise, the caller takes the answer for one that was cut off, and waits on.
  test("ends the answer before it closes the stream", async () => {
    const { client } = await start(options);
    const streams = Array.from({ length: 8 }, () => client.request({ ":method": "POST", ":path": "/" }));
    const answers = streams.map(async (stream) => {
      const closed = once(stream, "close");
      stream.on("error", () => undefined); // it may be closed while we write
      stream.write(Buffer.alloc(200_000));
      const answer = await text(stream);
      await closed;
      return [answer, stream.rstCode];
    });
    expect(await Promise.all(answers)).toEqual(
      Array(8).fill(['{"error":"header_missing"}', constants.NGHTTP2_NO_ERROR]),
    );
  });

  test.each<[string, number, object, Uint8Array, ReceiverOptions]>([
    ["without a signature", 401, {}, Buffer.alloc(1_000), options],
    ["too large", 413, headersOf(body), Buffer.alloc(1_048_577), options],
    ["too slow", 408, headersOf(body), Buffer.alloc(1_000_000), { ...options, bodyTimeout: 300 }],
  ])("closes the stream of a body that never ends, %s, and frees its memory", async (_what, status, ...given) => {
    const [headers, bytes, settings] = given;
    const { closed, post } = await start(settings);
    const before = held();
    const count = 8; // Node takes up to 10 MB at a time for a connection
    const statuses = await Promise.all(Array.from({ length: count }, () => post(headers, bytes, false)));
    expect(statuses).toEqual(Array(count).fill(status));
    expect(await Promise.all(closed)).toEqual(Array(count).fill(constants.NGHTTP2_NO_ERROR));
    // What a stream holds is freed only some turns after its end.
    let more = Infinity;
    for (let turn = 0; turn < 20 && more >= 4_000_000; turn++) {
      await new Promise(setImmediate);
      more = held() - before;
    }
    expect(more).toBeLessThan(4_000_000);
    expect(await post(headersOf(body), body, true)).toBe(200);
  });
});
