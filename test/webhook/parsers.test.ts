import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import Router from "@koa/router";
import { bodyParser } from "@koa/bodyparser";
import type { MiddlewareConsumer } from "@nestjs/common";
import express, { type ErrorRequestHandler } from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import {
  appendClaims,
  expressWebhook,
  fastifyWebhook,
  type Handler,
  honoWebhook,
  koaWebhook,
  type ReceiverOptions,
  webhook,
  type WebhookError,
} from "../../webhook";
import { type Answered, express4, nest, overHttp, type Service } from "../support/frameworks";
import { event, headersOf, options as plain, recordedKeys, recording } from "../support/webhook";

// Body parsers, which answer 400 to a JWT or JWE: the ways around them that docs/frameworks.md gives, and what happens otherwise.

/* eslint @typescript-eslint/no-unsafe-class-instance-assignment: "off" -- NestJS declares its options as classes */
/* eslint @typescript-eslint/no-misused-promises: "off" -- adapters are passed to frameworks as the documents do */

type KoaParser = typeof bodyParser;
/* eslint-disable-next-line @typescript-eslint/no-require-imports -- it has no types */
const koaBodyparser = require("koa-bodyparser") as KoaParser;

const names = ["request-json", "request-jwt", "request-jwe-ec", "request-jwe-rsa"];
const kinds: string[] = [];
const errors: WebhookError[] = [];
let now = new Date();
/** A receiver for JSON, JWT and JWE at once. */
const options: ReceiverOptions = {
  signingKey: names.map((name) => recording(name).target.signingKey),
  instanceKeys: recordedKeys,
  decryptionKeys: Object.fromEntries(
    names
      .map(recording)
      .flatMap(({ encryptionKeyId = "", privateKeyPem = "" }) =>
        encryptionKeyId === "" ? [] : [[encryptionKeyId, privateKeyPem]],
      ),
  ),
  payloadTypes: ["PAYLOAD_TYPE_JSON", "PAYLOAD_TYPE_JWT", "PAYLOAD_TYPE_JWE"],
  now: () => now,
  onRefused: (error) => errors.push(error),
};
const handler: Handler = ({ payloadType }) => void kinds.push(payloadType.replace("PAYLOAD_TYPE_", ""));

let printed: string[];
let services: Service[];
beforeEach(() => {
  [printed, services] = [[], []];
  kinds.length = errors.length = 0;
  jest.spyOn(console, "error").mockImplementation((...words: unknown[]) => void printed.push(words.join(" ")));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(services.map((service) => service.close()));
});

/** Sends a JSON delivery, a JWT and two JWEs. Returns the statuses. */
async function deliver(service: Service): Promise<Answered[]> {
  services.push(service);
  const answers: Answered[] = [];
  for (const name of names) {
    const { headers, body, receivedAtUnix } = recording(name);
    now = new Date(receivedAtUnix * 1_000);
    const signature = headers["Zitadel-Signature"] ?? "";
    answers.push(
      await service.post("/zitadel", { "Content-Type": "application/json", "Zitadel-Signature": signature }, body),
    );
  }
  return answers;
}
const statuses = async (service: Service) => (await deliver(service)).map(({ status }) => status);

const keep = (request: IncomingMessage, _: unknown, rawBody: Buffer) => void Object.assign(request, { rawBody });
/** An error handler for Express that answers with the message. */
const showing =
  (seen: unknown[]): ErrorRequestHandler =>
  (error: Error & { status?: number }, _request, response, next) => {
    seen.push(error);
    if (response.headersSent) next(error);
    else response.status(error.status ?? 500).send(error.message);
  };
const both = [
  ["Express 4", express4],
  ["Express 5", express],
] as const;
const parsers = [
  ["@koa/bodyparser", bodyParser],
  ["koa-bodyparser", koaBodyparser],
] as const;
const inKoa = (...middleware: Koa.Middleware[]) => {
  const app = new Koa().on("error", () => undefined);
  for (const one of middleware) app.use(one);
  return overHttp(createServer(app.callback()));
};
const koaRoute = () => new Router().post("/zitadel", koaWebhook(options, handler)).routes() as Koa.Middleware;

/** NestJS with a controller that passes the request on to the receiver. */
async function nestController(given: object, before?: (use: (path: string, handler: unknown) => unknown) => void) {
  const { NestFactory } = await nest();
  const { Controller, Module, Post, Req, Res } = await import("@nestjs/common");
  const receive = expressWebhook(options, handler);
  class ZitadelController {
    receive(request: never, response: never) {
      return receive(request, response);
    }
  }
  Req()(ZitadelController.prototype, "receive", 0);
  Res()(ZitadelController.prototype, "receive", 1);
  Post()(ZitadelController.prototype, "receive", {
    value: ZitadelController.prototype.receive.bind(undefined),
    ...Object.getOwnPropertyDescriptor(ZitadelController.prototype, "receive"),
  });
  Controller("zitadel")(ZitadelController);
  class AppModule {
    readonly name = "app";
  }
  Module({ controllers: [ZitadelController] })(AppModule);
  const app = await NestFactory.create(AppModule, { logger: false, ...given });
  before?.((path, one) => app.use(path, one));
  await app.listen(0, "127.0.0.1");
  return overHttp(app.getHttpServer() as never, () => app.close());
}

/** NestJS with a module that registers the receiver as middleware. */
async function nestMiddleware(given: object) {
  const [{ NestFactory }, { Module }] = await Promise.all([nest(), import("@nestjs/common")]);
  class AppModule {
    configure(consumer: MiddlewareConsumer) {
      consumer.apply(expressWebhook(options, handler)).forRoutes("zitadel");
    }
  }
  Module({})(AppModule);
  const app = await NestFactory.create(AppModule, { logger: false, ...given });
  await app.listen(0, "127.0.0.1");
  return overHttp(app.getHttpServer() as never, () => app.close());
}

describe("JSON, JWT and JWE arrive", () => {
  const ways: [string, () => Promise<Service>][] = [
    ...both.flatMap(([name, framework]): [string, () => Promise<Service>][] => [
      [
        `${name}: the receiver above express.json()`,
        () => {
          const app = framework().post("/zitadel", expressWebhook(options, handler)).use(framework.json());
          return overHttp(createServer(app));
        },
      ],
      [
        `${name}: express.raw() for the route, above express.json()`,
        () => {
          const app = framework()
            .use("/zitadel", framework.raw({ type: "*/*", limit: "1mb" }))
            .use(framework.json());
          return overHttp(createServer(app.post("/zitadel", expressWebhook(options, handler))));
        },
      ],
      [
        `${name}: express.text() for the route, above express.json()`,
        () => {
          const app = framework()
            .use("/zitadel", framework.text({ type: "*/*", limit: "1mb" }))
            .use(framework.json());
          return overHttp(createServer(app.post("/zitadel", expressWebhook(options, handler))));
        },
      ],
    ]),
    ...parsers.flatMap(([name, parser]): [string, () => Promise<Service>][] => [
      [`Koa: the receiver above ${name}`, () => inKoa(koaRoute(), parser())],
      [
        `Koa: ${name} is told to skip the route`,
        () => {
          const skip: Koa.Middleware = (context, next) => {
            context["disableBodyParser"] = context.path === "/zitadel";
            return next();
          };
          return inKoa(skip, parser(), koaRoute());
        },
      ],
    ]),
    [
      "Fastify: a plugin of its own, although other routes have a parser for every type",
      async () => {
        const app = Fastify();
        app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
          done(null, JSON.parse(body.toString()) as unknown);
        });
        void app.register(fastifyWebhook("/zitadel", options, handler));
        await app.ready();
        return overHttp(app.server, () => app.close());
      },
    ],
    [
      "NestJS: app.use, although rawBody is on",
      async () => {
        const { NestFactory, AppModule } = await nest();
        const app = await NestFactory.create(AppModule, { logger: false, rawBody: true });
        app.use("/zitadel", expressWebhook(options, handler));
        await app.listen(0, "127.0.0.1");
        return overHttp(app.getHttpServer() as never, () => app.close());
      },
    ],
    [
      "NestJS: a controller, and express.raw() for its route",
      () => nestController({}, (use) => use("/zitadel", express.raw({ type: "*/*", limit: "1mb" }))),
    ],
    ["NestJS: a controller, and bodyParser: false", () => nestController({ bodyParser: false })],
    ["NestJS: middleware of a module, and bodyParser: false", () => nestMiddleware({ bodyParser: false })],
    [
      "Hono: a middleware reads a copy",
      () => {
        const app = new Hono().use(async (context, next) => {
          await context.req.raw.clone().text();
          await next();
        });
        app.post("/zitadel", honoWebhook(options, handler));
        return Promise.resolve({
          post: async (path, headers, body) => {
            const response = await app.request(path, { method: "POST", headers, body: Buffer.from(body) });
            return { status: response.status, text: await response.text() };
          },
          close: () => Promise.resolve(),
        });
      },
    ],
  ];

  test.each(ways)("%s", async (_, start) => {
    expect(await statuses(await start())).toEqual([200, 200, 200, 200]);
    expect({ kinds, errors, printed }).toEqual({ kinds: ["JSON", "JWT", "JWE", "JWE"], errors: [], printed: [] });
  });
});

describe("the parser answers 400 to JWT and JWE before the route, and the receiver warns at the first JSON delivery", () => {
  const warning =
    "pulumi-zitadel-actions/webhook: a JSON parser runs before this route. It answers 400 to every JWT and JWE, because these are not JSON although ZITADEL sends them as application/json. ";
  const ways: [string, string, () => Promise<Service>][] = [
    ...both.map(([name, framework]): [string, string, () => Promise<Service>] => [
      `${name}: rawBody from the \`verify\` callback of express.json()`,
      "Register `expressWebhook` above `app.use(express.json())`",
      () => {
        const app = framework().use(framework.json({ verify: keep }));
        app.post("/zitadel", expressWebhook(options, handler));
        return overHttp(createServer(app.use(showing([]))));
      },
    ]),
    ["NestJS: rawBody: true", "(in NestJS: before `app.listen`)", () => nestController({ rawBody: true })],
    [
      "NestJS: middleware of a module, and rawBody: true",
      "(in NestJS: before `app.listen`)",
      () => nestMiddleware({ rawBody: true }),
    ],
    ...parsers.map(([name, parser]): [string, string, () => Promise<Service>] => [
      `Koa: ${name}`,
      "Register `koaWebhook` above `app.use(bodyParser())`, or let the parser skip this route.",
      () => inKoa(parser(), koaRoute()),
    ]),
  ];

  test.each(ways)("%s", async (_, fix, start) => {
    const answers = await deliver(await start());
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 400, 400]);
    expect({ kinds, errors }).toEqual({ kinds: ["JSON"], errors: [] });
    expect(printed).toEqual([expect.stringContaining(warning)]);
    expect(printed[0]).toContain(fix);
  });

  test("Express: the words of its answer are those in docs/frameworks.md", async () => {
    const [, , start] = ways[1] ?? [];
    const [, jwt] = await deliver((await start?.()) as Service);
    expect(jwt?.text).toMatch(/^Unexpected token '?e'?, "eyJ[^"]*"\.\.\. is not valid JSON$/);
  });

  test("it warns once, and not if only JSON is expected", async () => {
    const app = (given: ReceiverOptions) =>
      express()
        .use(express.json({ verify: keep }))
        .post(
          "/zitadel",
          expressWebhook(given, () => undefined),
        );
    const body = JSON.stringify(event);
    const post = async (service: Service) => {
      services.push(service);
      const headers = { "Content-Type": "application/json", ...headersOf(body) };
      const answers = [await service.post("/zitadel", headers, body), await service.post("/zitadel", headers, body)];
      return answers.map(({ status }) => status);
    };
    expect(await post(await overHttp(createServer(app(plain))))).toEqual([200, 200]);
    expect(printed).toEqual([]);
    const tokens: ReceiverOptions = {
      ...plain,
      instanceKeys: recordedKeys,
      payloadTypes: ["PAYLOAD_TYPE_JSON", "PAYLOAD_TYPE_JWT"],
    };
    expect(await post(await overHttp(createServer(app(tokens))))).toEqual([200, 200]);
    expect(printed).toHaveLength(1);
  });
});

describe("`body_parsed` says what to do", () => {
  const lost = /^.* before, so the bytes that ZITADEL signed are lost\. /;
  const read: RequestListener = (request, response) =>
    void request.resume().on("end", () => void expressWebhook(options, handler)(request, response));
  const ways: [string, string, () => Promise<Service>][] = [
    ...both.map(([name, framework]): [string, string, () => Promise<Service>] => [
      name,
      'Register `expressWebhook` above `app.use(express.json())`, or put `app.use("/zitadel", express.raw({ type: "*/*", limit: "1mb" }))` above every other parser (in NestJS: before `app.listen`).',
      () =>
        overHttp(createServer(framework().use(framework.json()).post("/zitadel", expressWebhook(options, handler)))),
    ]),
    ["NestJS", "(in NestJS: before `app.listen`)", () => nestController({})],
    [
      "node:http",
      "Call `expressWebhook` before other code reads the request. In an API route of Next.js, export `config = { api: { bodyParser: false } }`.",
      () => overHttp(createServer(read)),
    ],
    [
      "Koa: the raw body was not kept",
      "Register `koaWebhook` above `app.use(bodyParser())`, or let the parser skip this route.",
      () =>
        inKoa(async (context, next) => {
          await text(context.req);
          await next();
        }, koaRoute()),
    ],
    [
      "Fastify: a hook has read the request",
      "A hook has read the request (`onRequest` or `preParsing`): let it skip this route",
      async () => {
        const app = Fastify();
        app.addHook("onRequest", async ({ raw }) => {
          await text(raw);
        });
        void app.register(fastifyWebhook("/zitadel", options, handler));
        await app.ready();
        return overHttp(app.server, () => app.close());
      },
    ],
  ];

  test.each(ways)("%s", async (_, fix, start) => {
    const [json] = await deliver(await start());
    expect(json).toEqual({ status: 500, text: '{"error":"body_parsed"}' });
    expect(errors[0]?.message).toMatch(lost);
    expect(errors[0]?.message).toContain(fix);
  });

  test("Koa: a parser with `onerror` lets a JWT through, but not its bytes", async () => {
    const answers = await deliver(await inKoa(koaBodyparser({ onerror: () => undefined } as object), koaRoute()));
    expect(answers.map(({ status }) => status)).toEqual([200, 500, 500, 500]);
    expect(errors.map(({ code }) => code)).toEqual(["body_parsed", "body_parsed", "body_parsed"]);
  });

  test("Fetch and Hono", async () => {
    const request = () =>
      new Request("https://example.com/zitadel", { method: "POST", body: "{}", headers: headersOf("{}") });
    const given = { ...plain, onRefused: (error: WebhookError) => errors.push(error) };
    const used = request();
    await used.text();
    await webhook(given, handler)(used);
    const app = new Hono().use(async (context, next) => {
      await context.req.json();
      await next();
    });
    await app.post("/zitadel", honoWebhook(given, handler)).request(request());
    expect(errors.map(({ code }) => code)).toEqual(["body_parsed", "body_parsed"]);
    expect(errors[0]?.message).toContain("Pass the request to `webhook` before other code calls `request.json()`");
    expect(errors[1]?.message).toContain("Register `honoWebhook` above the middleware that calls `c.req.json()`");
  });
});

describe("what surrounds the route", () => {
  const body = JSON.stringify(event);
  const headers = { "Content-Type": "application/json", ...headersOf(body) };
  const answer: Handler = () => appendClaims({ team: "blue" });
  const expected = { status: 200, text: JSON.stringify(appendClaims({ team: "blue" })) };

  test("Koa: `ctx.respond = false` before the route; the answer is sent all the same", async () => {
    const off: Koa.Middleware = (context, next) => {
      context.respond = false;
      return next();
    };
    const service = await inKoa(off, koaWebhook(plain, answer) as Koa.Middleware);
    services.push(service);
    expect(await service.post("/zitadel", headers, body)).toEqual(expected);
    expect((await service.post("/zitadel", headers, `${body} `)).status).toBe(401);
  });

  test("Koa: middleware above the route sees the answer, and its own headers are kept", async () => {
    const seen: unknown[] = [];
    const log: Koa.Middleware = async (context, next) => {
      context.set("X-Log", "1");
      await next();
      seen.push(context.status, context.body, context.response.get("X-Log"));
    };
    const service = await inKoa(log, koaWebhook(plain, answer) as Koa.Middleware);
    services.push(service);
    expect(await service.post("/zitadel", headers, body)).toEqual(expected);
    expect(seen).toEqual([200, expected.text, "1"]);
  });

  test("Fastify: an onSend hook gets the answer as text, and can skip the route", async () => {
    const payloads: unknown[] = [];
    const app = Fastify();
    app.addHook("onSend", (request, _reply, payload, done) => {
      payloads.push(payload);
      done(null, request.url === "/zitadel" ? payload : JSON.stringify({ data: payload }));
    });
    void app.register(fastifyWebhook("/zitadel", plain, answer));
    void app.register(fastifyWebhook("/wrapped", plain, answer));
    await app.ready();
    const service = await overHttp(app.server, () => app.close());
    services.push(service);
    expect(await service.post("/zitadel", headers, body)).toEqual(expected);
    expect(await service.post("/wrapped", headers, body)).toEqual({
      status: 200,
      text: JSON.stringify({ data: expected.text }),
    });
    expect(payloads).toEqual([expected.text, expected.text]);
  });

  test("Express: error handlers see no error of a receiver or its handler", async () => {
    const seen: unknown[] = [];
    const failing = () => Promise.reject(new Error("handler"));
    for (const [, framework] of both) {
      const app = framework().post("/zitadel", expressWebhook({ ...plain, onRefused: () => undefined }, failing));
      const service = await overHttp(createServer(app.use(showing(seen))));
      services.push(service);
      expect(await service.post("/zitadel", headers, body)).toEqual({
        status: 500,
        text: '{"error":"handler_failed"}',
      });
      expect((await service.post("/zitadel", headers, `${body} `)).status).toBe(401);
    }
    expect(seen).toEqual([]);
    expect(printed).toHaveLength(2);
  });

  test("Express: express.raw() without a limit answers 413 above 100 kB", async () => {
    const long = JSON.stringify({ ...event, event_payload: { text: "x".repeat(110_000) } });
    for (const [limit, status] of [
      ["1mb", 200],
      [undefined, 413],
    ] as const) {
      const app = express().use(express.raw({ type: "*/*", ...(limit !== undefined && { limit }) }));
      app.post("/zitadel", expressWebhook(plain, answer));
      const service = await overHttp(createServer(app.use(showing([]))));
      services.push(service);
      const given = { "Content-Type": "application/json", ...headersOf(long) };
      expect((await service.post("/zitadel", given, long)).status).toBe(status);
    }
  });

  test("Workers: `signingKey` gets the `env` of the call", async () => {
    interface Env {
      readonly ZITADEL_SIGNING_KEY: string;
    }
    const worker = {
      fetch: webhook<[env: Env]>(
        {
          ...plain,
          signingKey: ({
            framework: {
              args: [env],
            },
          }) => env.ZITADEL_SIGNING_KEY,
          onRefused: () => undefined,
        },
        (_, { framework }) => appendClaims({ key: framework.args[0].ZITADEL_SIGNING_KEY.length }),
      ),
    };
    const request = () => new Request("https://example.com/zitadel", { method: "POST", body, headers });
    const replies = [
      await worker.fetch(request(), { ZITADEL_SIGNING_KEY: plain.signingKey as string }),
      await worker.fetch(request(), { ZITADEL_SIGNING_KEY: "another" }),
      await worker.fetch(request(), {} as Env),
    ];
    expect(replies.map(({ status }) => status)).toEqual([200, 401, 500]);
  });
});
