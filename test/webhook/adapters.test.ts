import { once } from "node:events";
import { createServer, request as send, type RequestListener, type Server } from "node:http";
import { connect } from "node:net";
import { serve } from "@hono/node-server";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import {
  appendClaims,
  expressWebhook,
  fastifyWebhook,
  type Handler,
  honoWebhook,
  koaWebhook,
  lambdaWebhook,
  type ReceiverOptions,
  webhook,
} from "../../webhook";
import { listeningAt, open } from "../support/listening";
import { event, headersOf, options, optionsFor, recorded } from "../support/webhook";

// The adapters in the frameworks that they are for, over HTTP.

type Start = (given: ReceiverOptions, handler: Handler) => Promise<string>;

const frameworks: Record<string, Start> = {
  // Nothing guards the adapters here: a rejection would end the process.
  "node:http": (given, handler) => listeningAt(createServer(expressWebhook(given, handler) as RequestListener)),
  express: (given, handler) => {
    const app = express();
    app.post("/zitadel", expressWebhook(given, handler));
    app.use(express.json());
    return listeningAt(createServer(app));
  },
  fastify: async (given, handler) => {
    const app = Fastify();
    void app.register(fastifyWebhook("/zitadel", given, handler));
    app.post("/other", (request) => ({ parsed: request.body }));
    await app.ready();
    open.push(() => app.close());
    return listeningAt(app.server);
  },
  hono: (given, handler) => {
    const app = new Hono();
    app.post("/zitadel", honoWebhook(given, handler));
    const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }) as Server;
    return once(server, "listening").then(() => listeningAt(server));
  },
  "fetch handlers": (given, handler) => {
    const server = serve({ fetch: webhook(given, handler), port: 0, hostname: "127.0.0.1" }) as Server;
    return once(server, "listening").then(() => listeningAt(server));
  },
};

async function post(
  url: string,
  body: string | Uint8Array,
  headers: object,
): Promise<{ status: number; text: string; type: string | null }> {
  const given = { "Content-Type": "application/json", ...headers };
  const response = await fetch(url, { method: "POST", body, headers: given });
  return { status: response.status, text: await response.text(), type: response.headers.get("content-type") };
}

const body = JSON.stringify(event);
/** The line of a genuine header. */
const signed = `Zitadel-Signature: ${headersOf(body)["Zitadel-Signature"]}\r\n`;

describe.each(Object.entries(frameworks))("%s", (_, start) => {
  test.each(Object.entries(recorded))("takes %s, whose Content-Type is JSON whatever it is", async (name, genuine) => {
    const kinds: string[] = [];
    const url = await start(optionsFor(genuine), ({ kind }) => {
      kinds.push(kind);
      return undefined;
    });
    const { "Zitadel-Signature": signature = "", "Content-Type": type = "" } = genuine.headers;
    const reply = await post(url, genuine.body, { "Zitadel-Signature": signature, "Content-Type": type });
    expect({ ...reply, kinds }).toMatchObject({
      status: 200,
      text: "",
      kinds: [name.split("-")[0]],
    });
  });

  test("answers with what the handler says, as JSON", async () => {
    const url = await start(options, () => Promise.resolve(appendClaims({ team: "blue" })));
    const { status, text, type } = await post(url, body, headersOf(body));
    expect({ status, answer: JSON.parse(text) as unknown }).toEqual({
      status: 200,
      answer: appendClaims({ team: "blue" }),
    });
    expect(type).toMatch(/^application\/json/);
  });

  test("keeps the body as it is, byte for byte", async () => {
    const odd = '{ "event_type" :"ä\\u0041\u2028",\n"event_payload":{"n":1.50,"big":12345678901234567890} }';
    const url = await start(options, () => undefined);
    expect(await post(url, odd, headersOf(odd))).toMatchObject({ status: 200 });
  });

  test("rejects forgeries with the code, calls `onRefused`, and does not call the handler", async () => {
    const told: string[] = [];
    let called = 0;
    const url = await start({ ...options, onRefused: ({ code }) => told.push(code) }, () => {
      called++;
      return undefined;
    });
    const big = "x".repeat(10_000_000);
    const replies = [
      await post(url, body, headersOf(`${body} `)),
      await post(url, body, {}),
      await post(url, "", headersOf("")),
      await post(url, body, headersOf(body, undefined, 1)),
      await post(url, "{}", headersOf("{}")),
      await post(url, big, headersOf(big)),
    ];
    const codes = [
      "signature_mismatch",
      "header_missing",
      "body_missing",
      "too_old",
      "payload_invalid",
      "body_too_large",
    ];
    expect(replies.map(({ status, text }) => [status, text])).toEqual([
      [401, '{"error":"signature_mismatch"}'],
      [401, '{"error":"header_missing"}'],
      [400, '{"error":"body_missing"}'],
      [401, '{"error":"too_old"}'],
      [400, '{"error":"payload_invalid"}'],
      [413, '{"error":"body_too_large"}'],
    ]);
    expect({ told, called }).toEqual({ told: codes, called: 0 });
  });

  test("rejects a header that comes twice", async () => {
    const url = await start(options, () => undefined);
    const headers = {
      "ZITADEL-Signature": [headersOf(body)["Zitadel-Signature"], headersOf(body)["Zitadel-Signature"]],
    };
    const request = send(url, { method: "POST", headers: { ...headers, "content-length": body.length } });
    request.end(body);
    const [response] = (await once(request, "response")) as [{ statusCode: number; resume(): void }];
    response.resume();
    expect(response.statusCode).toBe(401);
  });

  test("believes no Content-Length: of a body in chunks without end it reads the limit, and answers", async () => {
    const url = new URL(await start({ ...options, maxBodyBytes: 100_000 }, () => undefined));
    const socket = connect(Number(url.port), url.hostname);
    open.push(() => socket.destroy());
    let text = "";
    socket.on("data", (data: Buffer) => (text += data.toString()));
    socket.on("error", () => undefined); // it may be closed while we write
    socket.write(
      `POST /zitadel HTTP/1.1\r\nHost: a\r\n${signed}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    socket.write(`4000\r\n${"x".repeat(0x4000)}\r\n`.repeat(8));
    while (!text.includes("\r\n\r\n")) await once(socket, "data");
    expect(text).toMatch(/^HTTP\/1.1 413 /);
  });

  test("is done with a body that breaks off", async () => {
    const told: string[] = [];
    let refused: () => void = () => undefined;
    const done = new Promise<void>((resolve) => (refused = resolve));
    const onRefused = ({ code }: { code: string }) => {
      told.push(code);
      refused();
    };
    const url = new URL(await start({ ...options, onRefused }, () => undefined));
    const socket = connect(Number(url.port), url.hostname);
    socket.write(`POST /zitadel HTTP/1.1\r\nHost: a\r\n${signed}Content-Length: 1000\r\n\r\n{"event_type"`);
    await once(socket, "connect");
    setImmediate(() => socket.resetAndDestroy());
    await done;
    expect(told).toEqual(["body_unreadable"]);
  });
});

describe("where something has read the body before", () => {
  // Told, so that it is not written to the console.
  const told: string[] = [];
  const given: ReceiverOptions = { ...options, onRefused: ({ code }) => told.push(code) };
  beforeEach(() => void told.splice(0));

  test("Express says so, unless the bytes were kept", async () => {
    const app = express();
    const route = expressWebhook(given, () => undefined);
    app.post("/parsed", express.json(), route);
    app.post("/raw", express.raw({ type: "*/*" }), route);
    const keep = (request: object, _: unknown, rawBody: Buffer) => void Object.assign(request, { rawBody });
    app.post("/kept", express.json({ verify: keep }), route);
    app.post("/form", express.urlencoded(), route);
    const url = new URL(await listeningAt(createServer(app)));
    const to = async (path: string) => (await post(new URL(path, url).href, body, headersOf(body))).text;
    expect(await Promise.all(["/parsed", "/raw", "/kept", "/form"].map(to))).toEqual([
      '{"error":"body_parsed"}',
      "",
      "",
      "",
    ]);
  });

  test("Hono says so", async () => {
    const app = new Hono();
    app.use(async (context, next) => {
      await context.req.json();
      await next();
    });
    app.post(
      "/zitadel",
      honoWebhook(given, () => undefined),
    );
    const reply = await app.request("/zitadel", { method: "POST", body, headers: headersOf(body) });
    expect([reply.status, await reply.text(), told]).toEqual([500, '{"error":"body_parsed"}', ["body_parsed"]]);
  });

  test("Fastify's other routes parse as before", async () => {
    const app = Fastify();
    void app.register(fastifyWebhook("/zitadel", options, () => undefined));
    app.post("/other", (request) => ({ parsed: request.body }));
    const reply = await app.inject({ method: "POST", url: "/other", payload: { a: 1 } });
    expect(reply.json()).toEqual({ parsed: { a: 1 } });
    await app.close();
  });
});

describe("an adapter in another framework rejects all, as a mistake of the owner, and leaves no client waiting", () => {
  const told: string[] = [];
  const given: ReceiverOptions = { ...options, onRefused: ({ code, message }) => told.push(`${code}: ${message}`) };
  const handler: Handler = () => undefined;
  const mistake = { name: "WebhookError", code: "settings" };
  beforeEach(() => void told.splice(0));
  type Route = (request: express.Request, response: express.Response) => Promise<unknown>;

  test.each<[string, string, unknown]>([
    ["webhook", "a `Request` of the Fetch standard", webhook(given, handler)],
    ["honoWebhook", "a context of Hono", honoWebhook(given, handler)],
    ["koaWebhook", "a context of Koa", koaWebhook(given, handler)],
    ["lambdaWebhook", "an event of AWS Lambda", lambdaWebhook(given, handler)],
  ])("%s in Express, before and after a parser", async (name, needs, route) => {
    const app = express().post("/zitadel", route as Route);
    app.post("/zitadel/parsed", express.json(), route as Route);
    const url = await listeningAt(createServer(app));
    for (const path of ["", "/parsed"]) {
      const { status, text } = await post(`${url}${path}`, body, headersOf(body));
      expect([status, text]).toEqual([500, '{"error":"settings"}']);
    }
    const message = `settings: This is not ${needs}, which \`${name}\` needs. Pass on what the framework gives, or use an adapter such as \`expressWebhook\`: each framework has its own.`;
    expect(told).toEqual([message, message]);
  });

  test("expressWebhook in Fastify and in Hono", async () => {
    const route = expressWebhook(given, handler) as unknown as () => Promise<void>;
    const fastify = Fastify();
    await fastify.post("/zitadel", route).ready();
    open.push(() => fastify.close());
    const { status, text } = await post(await listeningAt(fastify.server), body, headersOf(body));
    expect([status, text]).toEqual([500, '{"error":"settings"}']);
    const hono = new Hono().onError((_, context) => context.text("Hono's", 500));
    hono.post("/zitadel", route as unknown as () => Response);
    expect((await hono.request("/zitadel", { method: "POST", body, headers: headersOf(body) })).status).not.toBe(200);
    expect(told).toEqual(Array(2).fill(expect.stringMatching(/^settings: This is not a request of Node, which/)));
  });

  const rejecting: [string, (...args: never[]) => Promise<unknown>][] = [
    ["expressWebhook", expressWebhook(given, handler)],
    ["koaWebhook", koaWebhook(given, handler)],
  ];
  const answering: typeof rejecting = [
    ["webhook", webhook(given, handler)],
    ["honoWebhook", honoWebhook(given, handler)],
  ];

  test("adapters that get nothing at all", async () => {
    for (const [, receive] of answering) expect(await receive()).toMatchObject({ status: 500 });
    for (const [, receive] of rejecting) await expect(receive()).rejects.toMatchObject(mistake);
    expect(told).toHaveLength(4);
  });

  // AWS Lambda would take what they return for 200.
  test.each([...answering, ...rejecting])("%s in AWS Lambda rejects", async (_, receive) => {
    const event = { requestContext: {}, headers: {}, body: "{}" };
    await expect(receive(...([event, {}] as never[]))).rejects.toMatchObject(mistake);
  });

  test.each<[string, unknown]>([
    ["koaWebhook", koaWebhook(given, handler)],
    ["lambdaWebhook", lambdaWebhook(given, handler)],
  ])("%s in Fastify answers 500", async (_, receive) => {
    const fastify = Fastify();
    await fastify.post("/zitadel", receive as () => Promise<unknown>).ready();
    open.push(() => fastify.close());
    expect((await post(await listeningAt(fastify.server), body, headersOf(body))).status).toBe(500);
  });
});
