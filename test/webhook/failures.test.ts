import { once } from "node:events";
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import { serve } from "@hono/node-server";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import {
  type Answer,
  appendClaims,
  type Done,
  expressWebhook,
  fastifyWebhook,
  type Handler,
  honoWebhook,
  koaWebhook,
  memoryReplays,
  type NodeContext,
  type NodeRequest,
  type ReceiverOptions,
  webhook,
} from "../../webhook";
import { listeningAt } from "../support/listening";
import { event, headersOf, options } from "../support/webhook";

// If handlers and hooks fail, the caller still gets an answer, the process goes on, and the error is reported.

let written: jest.SpyInstance;
beforeEach(() => {
  written = jest.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => written.mockRestore());

/** What was written to the console, one string for each call. */
const lines = () =>
  (written.mock.calls as unknown[][]).map((parts) =>
    parts.map((part) => (part instanceof Error ? `${part.name}: ${part.message}` : String(part))).join(" "),
  );

type Start = (given: ReceiverOptions, handler: Handler) => Promise<string>;
const frameworks: Record<string, Start> = {
  "node:http": (given, handler) => listeningAt(createServer(expressWebhook(given, handler) as RequestListener)),
  express: (given, handler) => listeningAt(createServer(express().post("/zitadel", expressWebhook(given, handler)))),
  fastify: async (given, handler) => {
    const app = Fastify();
    void app.register(fastifyWebhook("/zitadel", given, handler));
    await app.ready();
    return listeningAt(app.server);
  },
  koa: (given, handler) => listeningAt(createServer(callbackOf(given, handler))),
  hono: async (given, handler) => {
    const app = new Hono().post("/zitadel", honoWebhook(given, handler));
    const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }) as Server;
    await once(server, "listening");
    return listeningAt(server);
  },
  fetch: async (given, handler) => {
    const server = serve({ fetch: webhook(given, handler), port: 0, hostname: "127.0.0.1" }) as Server;
    await once(server, "listening");
    return listeningAt(server);
  },
};

function callbackOf(given: ReceiverOptions, handler: Handler): RequestListener {
  const listener = new Koa().use(koaWebhook(given, handler)).callback();
  return (request, response) => void listener(request, response);
}

const body = JSON.stringify(event);
async function post(url: string, headers: object = headersOf(body), text = body): Promise<[number, string]> {
  const init = { method: "POST", body: text, headers: { "Content-Type": "application/json", ...headers } };
  const response = await fetch(url, init);
  return [response.status, await response.text()];
}
const ok: Handler = () => undefined;
const fail = (text: string) => () => {
  throw new TypeError(text);
};
const reject = (text: string) => () => Promise.reject(new TypeError(text));
const failed = [500, '{"error":"handler_failed"}'];

describe.each(Object.entries(frameworks))("%s", (_, start) => {
  test.each([
    ["throws", fail("no database")],
    ["rejects", reject("no database")],
  ])("a handler that %s: the caller gets 500, and the console the error", async (_, handler) => {
    const url = await start(options, handler);
    expect([await post(url), await post(url)]).toEqual([failed, failed]);
    const line = "pulumi-zitadel-actions/webhook: the handler failed: TypeError: no database";
    expect(lines()).toEqual([line, line]);
  });

  test.each([
    ["a string", "ok"],
    ["a list", []],
    ["what JSON cannot hold", { a: 1n }],
    ["the whole payload", { fullMethod: "/a.B/C", request: {} }],
  ])("an answer that is %s is one to `onFailed`, and 500", async (_, answer) => {
    const told: unknown[] = [];
    const onFailed = (error: unknown) => void told.push(error);
    const url = await start({ ...options, onFailed }, () => answer as unknown as Answer);
    const request = '{"fullMethod":"/a.B/C","request":{}}';
    expect(await post(url, headersOf(request), request)).toEqual([500, '{"error":"answer_invalid"}']);
    expect([told, lines()]).toMatchObject([[{ name: "WebhookError", code: "answer_invalid" }], []]);
    // ZITADEL ignores the answer to an event.
    expect((await post(url))[0]).toBe(200);
    expect(told).toHaveLength(1);
  });

  test("claims of ZITADEL's own are an invalid answer too", async () => {
    const url = await start(options, () => appendClaims({ "urn:zitadel:iam:org:id": "1" }));
    expect(await post(url)).toEqual([500, '{"error":"answer_invalid"}']);
    expect(lines()).toEqual([expect.stringContaining("WebhookError: ZITADEL ignores claims")]);
  });

  test.each([
    ["throw", fail("hook")],
    ["reject", reject("hook")],
  ])("hooks that %s decide nothing, and that is written", async (_, hook) => {
    const url = await start({ ...options, onRefused: hook, onDone: hook }, ok);
    expect(await post(url)).toEqual([200, ""]);
    expect(await post(url, {})).toEqual([401, '{"error":"header_missing"}']);
    const failing = await start({ ...options, onFailed: hook }, reject("handler"));
    expect(await post(failing)).toEqual(failed);
    const line = (name: string) => `pulumi-zitadel-actions/webhook: \`${name}\` failed: TypeError: hook`;
    expect(lines()).toEqual(["onDone", "onRefused", "onDone", "onFailed"].map(line));
  });

  test.each([
    ["handler_timeout", 20, /^The handler returned no answer within 20 ms/],
    ["caller_left", undefined, /^The caller closed the connection before the handler returned an answer\./],
  ])("a handler that never returns does not end without a word: %s", async (code, handlerTimeout, message) => {
    const { promise, resolve } = Promise.withResolvers<Done>();
    const failures: unknown[] = [];
    const caller = new AbortController();
    const given: ReceiverOptions = {
      ...options,
      handlerTimeout,
      onFailed: (error) => failures.push(error),
      onDone: resolve,
    };
    const url = await start(given, () => {
      if (handlerTimeout === undefined) caller.abort();
      return new Promise(() => undefined);
    });
    const sent = fetch(url, { method: "POST", body, headers: headersOf(body), signal: caller.signal });
    const answered = sent.then(
      async (response): Promise<unknown> => [response.status, await response.json()],
      (error: unknown) => (error as Error).name,
    );
    const done = await promise;
    expect(done).toMatchObject({ outcome: "failed", status: 500, delivery: { kind: "event" }, error: { code } });
    expect(failures).toEqual([done.error]);
    expect((done.error as Error).message).toMatch(message);
    expect(await answered).toEqual(handlerTimeout === undefined ? "AbortError" : [500, { error: code }]);
    expect(lines()).toEqual([]);
  });

  test("the answer waits for hooks, but not for ever", async () => {
    let ended = false;
    const slow = () => new Promise<void>((resolve) => setImmediate(() => resolve(void (ended = true))));
    expect(await post(await start({ ...options, onRefused: slow }, ok), {})).toMatchObject([401, {}]);
    expect(ended).toBe(true);
    expect(await post(await start({ ...options, onDone: () => new Promise(() => undefined) }, ok))).toEqual([200, ""]);
  });

  test("`onDone` is called for every request with what came of it and how long it took", async () => {
    const all: Done[] = [];
    const contexts: unknown[] = [];
    let answer: () => Answer | undefined = () => undefined;
    const given: ReceiverOptions = {
      ...options,
      onFailed: () => undefined,
      onDone: (done, context) => {
        all.push(done);
        contexts.push(context.headers["x-trace"]);
      },
    };
    const url = await start(given, () => answer());
    await post(url, { ...headersOf(body), "X-Trace": "abc" });
    await post(url, headersOf(`${body} `));
    answer = fail("handler");
    await post(url);
    expect(all).toMatchObject([
      { outcome: "accepted", status: 200, delivery: { kind: "event" }, error: undefined },
      { outcome: "refused", status: 401, delivery: undefined, error: { code: "signature_mismatch" } },
      { outcome: "failed", status: 500, delivery: { kind: "event" }, error: { message: "handler" } },
    ]);
    for (const { milliseconds } of all) expect(milliseconds).toBeGreaterThan(0);
    expect(contexts).toEqual(["abc", undefined, undefined]);
  });

  test("rejections are written unless `onRefused` takes them: each code once a minute, since anybody can cause some", async () => {
    const clock = jest.spyOn(performance, "now");
    const given = { ...options, signingKey: () => undefined };
    const silent = await start(given, ok);
    for (let i = 0; i < 3; i++) expect(await post(silent)).toEqual([500, '{"error":"settings"}']);
    for (let i = 0; i < 3; i++) expect(await post(silent, {})).toMatchObject([401, {}]);
    const settings =
      /^pulumi-zitadel-actions\/webhook: a delivery was rejected \(settings\): The function in `signingKey` returned no key for /;
    expect(lines()).toEqual([
      expect.stringMatching(settings),
      expect.stringMatching(/^pulumi-zitadel-actions\/webhook: a delivery was rejected \(header_missing\): /),
    ]);
    const now = performance.now();
    clock.mockImplementation(() => now + 61_000);
    for (let i = 0; i < 2; i++) await post(silent);
    clock.mockRestore();
    expect(lines().slice(2)).toEqual([expect.stringMatching(/ \(2 more since the last such line\)$/)]);
    const told: string[] = [];
    const taking = await start({ ...given, onRefused: ({ code }) => told.push(code) }, ok);
    await post(taking);
    expect([told, lines().length]).toEqual([["settings"], 3]);
  });

  test("a full store of replays and a clock that is none are errors of the receiver", async () => {
    const replays = memoryReplays({ most: 1, now: () => options.now?.() ?? new Date() });
    const url = await start({ ...options, replays }, ok);
    const other = JSON.stringify({ ...event, sequence: 2 });
    expect([await post(url), await post(url, headersOf(other), other)]).toEqual([
      [200, ""],
      [503, '{"error":"replays_unavailable"}'],
    ]);
    const now = (() => 1) as unknown as () => Date;
    expect(await post(await start({ ...options, now }, ok))).toEqual([500, '{"error":"settings"}']);
    expect(lines()).toEqual([
      expect.stringContaining("Raise its `most`"),
      expect.stringContaining("`now` must return a Date"),
    ]);
  });

  test("the key function gets the request, so that one endpoint serves several targets", async () => {
    const keys: Readonly<Record<string, string>> = { one: "key-1", two: "key-2" };
    const signingKey: ReceiverOptions["signingKey"] = ({ headers, url }) => {
      const name = headers["x-target"] ?? "";
      expect(url).toMatch(/\/zitadel\?a=1$/);
      return Promise.resolve(keys[name]);
    };
    const url = `${await start({ ...options, signingKey, onRefused: () => undefined }, ok)}?a=1`;
    const as = (target: string, key: string) => post(url, { ...headersOf(body, key), "X-Target": target });
    expect(await Promise.all([as("one", "key-1"), as("two", "key-2"), as("one", "key-2"), as("x", "key-1")])).toEqual([
      [200, ""],
      [200, ""],
      [401, '{"error":"signature_mismatch"}'],
      [500, '{"error":"settings"}'],
    ]);
  });
});

describe("the framework's own context", () => {
  test("in Express and node:http is the request and the response", async () => {
    const app = express();
    app.use((request, _, next) => next(void Object.assign(request, { trace: "t1" })));
    const seen: unknown[] = [];
    app.post(
      "/zitadel",
      expressWebhook<express.Request & { trace?: string }, express.Response>(options, (_, { framework, url }) => {
        seen.push(framework.request.trace, framework.response.locals, url);
      }),
    );
    await post(await listeningAt(createServer(app)));
    expect(seen).toEqual(["t1", {}, "/zitadel"]);
  });

  test("in Hono is Hono's own, with the variables of the environment", async () => {
    interface Env {
      Bindings: { KEY: string };
    }
    const app = new Hono<Env>();
    const given: ReceiverOptions<import("hono").Context<Env>> = {
      ...options,
      signingKey: ({ framework }) => framework.env.KEY,
    };
    app.post("/zitadel", honoWebhook(given, ok));
    const init = { method: "POST", body, headers: headersOf(body, "from-env") };
    expect((await app.request("/zitadel", init, { KEY: "from-env" })).status).toBe(200);
    expect((await app.request("/zitadel", init, { KEY: "other" })).status).toBe(401);
  });

  test("in Workers holds what comes after the request", async () => {
    const fetch = webhook<[env: { KEY: string }]>(
      { ...options, signingKey: ({ framework }) => framework.args[0].KEY },
      (_, { framework }) => ({ key: framework.args[0].KEY }),
    );
    const request = () => new Request("https://example.com", { method: "POST", body, headers: headersOf(body, "e") });
    expect(await (await fetch(request(), { KEY: "e" })).json()).toEqual({ key: "e" });
    expect((await fetch(request(), { KEY: "other" })).status).toBe(401);
  });

  test("in Fastify is the request and the reply", async () => {
    const app = Fastify();
    const seen: unknown[] = [];
    const handler: Handler<{ request: { raw: { url?: string | undefined } } }> = (_, { framework }) => {
      seen.push(framework.request.raw.url);
    };
    void app.register(fastifyWebhook("/zitadel", options, handler));
    await app.inject({ method: "POST", url: "/zitadel", payload: body, headers: headersOf(body) });
    await app.close();
    expect(seen).toEqual(["/zitadel"]);
  });
});

test("an answer that something else has sent before is reported, and ends nothing", async () => {
  const app = express().post(
    "/zitadel",
    expressWebhook<express.Request, express.Response>(options, (_, { framework }) => {
      framework.response.status(202).end("mine");
    }),
  );
  const url = await listeningAt(createServer(app));
  expect([await post(url), await post(url)]).toEqual([
    [202, "mine"],
    [202, "mine"],
  ]);
  expect(lines()[0]).toContain("the answer was not sent, because something else has answered the request:");
});

test("a body that takes its time is checked for its age again, so that no replay gets through", async () => {
  let seconds = 0;
  const now = () => new Date((options.now?.() ?? new Date()).getTime() + seconds * 1_000);
  const added: number[] = [];
  const replays = {
    add: (_id: string, ttl: number) => {
      added.push(ttl);
      return true;
    },
  };
  const receive = webhook({ ...options, now, replays }, () => undefined);
  const slow = (duration: number) =>
    new ReadableStream({
      pull(controller) {
        seconds += duration;
        controller.enqueue(new TextEncoder().encode(body));
        controller.close();
      },
    });
  const send = (stream: ReadableStream) =>
    receive(new Request("http://a/", { method: "POST", headers: headersOf(body), body: stream, duplex: "half" }));
  seconds = 298;
  expect((await send(slow(1))).status).toBe(200);
  seconds = 298;
  const late = await send(slow(8));
  expect([late.status, await late.json()]).toEqual([401, { error: "too_old" }]);
  expect(added).toEqual([2]);
});

test.each(["constructor", "__proto__", "toString"])("a header named %s is one like any other", async (name) => {
  const seen: unknown[] = [];
  const receive = webhook(
    { ...options, onDone: (_, { headers }) => seen.push(headers[name.toLowerCase()]) },
    () => undefined,
  );
  const request = new Request("http://a/", { method: "POST", headers: { ...headersOf(body) }, body });
  request.headers.set(name, "x");
  expect((await receive(request)).status).toBe(200);
  expect(seen).toEqual(["x"]);
});

test.each<[string, () => unknown]>([
  [
    "that was revoked",
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    },
  ],
  [
    "whose name throws",
    () =>
      Object.defineProperty(new Error("x"), "name", {
        get: () => {
          throw new Error("name");
        },
      }),
  ],
])("a handler or a hook that throws an error %s decides nothing", async (_what, make) => {
  written.mockRestore();
  written = jest.spyOn(console, "error").mockImplementation((...parts: unknown[]) => void parts.map(String));
  const boom = () => {
    throw make();
  };
  const failing = webhook({ ...options, onFailed: boom, onDone: boom, onRefused: boom }, boom);
  const request = (headers: Record<string, string>) => new Request("http://a/", { method: "POST", headers, body });
  expect((await failing(request(headersOf(body)))).status).toBe(500);
  expect((await failing(request({}))).status).toBe(401);
  expect((await webhook(options, boom)(request(headersOf(body)))).status).toBe(500);
});

test.each(["[secret]", "null", "undefined"])("the text %s is no signing key", (signingKey) => {
  expect(() => webhook({ ...options, signingKey: ["a-genuine-signing-key", signingKey] }, () => undefined)).toThrow(
    "--show-secrets",
  );
});

test("a client that has left before the receiver starts is not waited for", async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const caller = new AbortController();
  const app = express().use((request, _response, next) => {
    request.on("close", () => setImmediate(next));
    caller.abort();
  });
  const receive = expressWebhook({ ...options, bodyTimeout: 2_147_483_647, onRefused: resolve }, ok);
  const url = await listeningAt(createServer(app.post("/zitadel", receive)));
  const parts = (async function* () {
    yield new TextEncoder().encode(body.slice(0, 1));
    await new Promise(() => undefined);
  })();
  const init = {
    method: "POST",
    headers: headersOf(body),
    body: parts,
    duplex: "half" as const,
    signal: caller.signal,
  };
  await expect(fetch(url, init)).rejects.toThrow("aborted");
  expect(await promise).toMatchObject({
    code: "body_unreadable",
    message: "Reading the body failed: the connection was closed.",
  });
});

test("a caller that got an answer from other code has not left", async () => {
  const { promise, resolve } = Promise.withResolvers<Done>();
  const given: ReceiverOptions<NodeContext<NodeRequest, ServerResponse>> = { ...options, onDone: resolve };
  const receive = expressWebhook(given, async (_, { framework: { response } }) => {
    response.writeHead(503).end("busy");
    await once(response, "close");
  });
  const url = await listeningAt(createServer((request, response) => void receive(request, response)));
  expect((await fetch(url, { method: "POST", body, headers: headersOf(body) })).status).toBe(503);
  expect(await promise).toMatchObject({ outcome: "accepted", error: undefined });
  expect(lines()).toEqual([expect.stringContaining("something else has answered the request")]);
});
