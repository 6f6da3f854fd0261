import "reflect-metadata";
import { once } from "node:events";
import {
  Agent,
  createServer,
  type IncomingMessage,
  request as send,
  type RequestListener,
  type Server,
} from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import Router from "@koa/router";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { bodyParser } from "@koa/bodyparser";
import {
  expressWebhook,
  fastifyWebhook,
  type Handler,
  honoWebhook,
  koaWebhook,
  lambdaWebhook,
  type ReceiverOptions,
  webhook,
} from "../../webhook";
import { lambdaEvents, lambdaReply } from "./lambda";

// Every adapter in the real framework that it is for.

/* eslint @typescript-eslint/no-unsafe-class-instance-assignment: "off" -- NestJS declares its options as classes */
/* eslint @typescript-eslint/no-misused-promises: "off" -- a listener of Koa's returns a promise */

/** What a receiver answers. */
export interface Answered {
  readonly status: number;
  readonly text: string;
}

/** A running service with receivers. */
export interface Service {
  post(path: string, headers: Readonly<Record<string, string>>, body: string | Uint8Array): Promise<Answered>;
  close(): Promise<unknown>;
}

/** Starts a service with a receiver at each path, as a service would have it that also parses bodies of other routes. */
export type Start = (routes: Readonly<Record<string, ReceiverOptions>>, handler: Handler) => Promise<Service>;

/** A service over HTTP. */
export async function overHttp(server: Server, close?: () => Promise<unknown>): Promise<Service> {
  if (!server.listening) await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true });
  return {
    post: (path, headers, body) =>
      new Promise((resolve, reject) => {
        const bytes = Buffer.from(body);
        const options = {
          port,
          host: "127.0.0.1",
          path,
          method: "POST",
          agent,
          headers: { ...headers, "Content-Length": bytes.length },
        };
        const request = send(options, (response: IncomingMessage) => {
          let text = "";
          response.setEncoding("utf8").on("data", (data: string) => (text += data));
          response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
          response.on("error", reject);
        });
        request.on("error", reject);
        request.end(bytes);
      }),
    close: async () => {
      agent.destroy();
      server.closeAllConnections();
      await (close?.() ?? new Promise((resolve) => server.close(resolve)));
    },
  };
}

/** A service in this process, for what takes a `Request`. */
function inProcess(answer: (request: Request) => Response | Promise<Response>): Service {
  return {
    post: async (path, headers, body) => {
      const request = new Request(`https://example.com${path}`, { method: "POST", headers, body: Buffer.from(body) });
      const response = await answer(request);
      return { status: response.status, text: await response.text() };
    },
    close: () => Promise.resolve(),
  };
}

/** As Node's types have a listener. It never rejects. */
const asListener =
  (receive: ReturnType<typeof expressWebhook>): RequestListener =>
  (request, response) =>
    void receive(request, response);

type ExpressModule = typeof express;
/* eslint-disable-next-line @typescript-eslint/no-require-imports -- it has no types: Express 5 has them */
export const express4 = require("express4") as ExpressModule;

const inExpress =
  (framework: ExpressModule): Start =>
  (routes, handler) => {
    const app = framework();
    for (const [path, options] of Object.entries(routes)) app.post(path, expressWebhook(options, handler));
    app.use(framework.json());
    return overHttp(createServer(app));
  };

class AppModule {
  readonly name = "app";
}

/** NestJS with an empty module. Its packages are ES modules. */
export async function nest() {
  const [{ Module }, { NestFactory }] = await Promise.all([import("@nestjs/common"), import("@nestjs/core")]);
  Module({})(AppModule);
  return { NestFactory, AppModule };
}

export const frameworks: Readonly<Record<string, Start>> = {
  // Nothing guards the adapter here: a rejection would end the process.
  "node:http": (routes, handler) => {
    const receivers = new Map(
      Object.entries(routes).map(([path, options]) => [path, expressWebhook(options, handler)]),
    );
    const listener = ((request, response) =>
      void receivers.get(request.url ?? "")?.(request, response)) as RequestListener;
    return overHttp(createServer(listener));
  },
  "Express 4": inExpress(express4),
  "Express 5": inExpress(express),
  Fastify: async (routes, handler) => {
    const app = Fastify();
    for (const [path, options] of Object.entries(routes)) void app.register(fastifyWebhook(path, options, handler));
    app.post("/other", (request) => ({ parsed: request.body }));
    await app.ready();
    return overHttp(app.server, () => app.close());
  },
  Koa: (routes, handler) => {
    const router = new Router();
    for (const [path, options] of Object.entries(routes)) router.post(path, koaWebhook(options, handler));
    const app = new Koa().use(router.routes()).use(bodyParser());
    return overHttp(createServer(app.callback()));
  },
  "NestJS on Express": async (routes, handler) => {
    const { NestFactory, AppModule: module } = await nest();
    const app = await NestFactory.create(module, { logger: false });
    for (const [path, options] of Object.entries(routes)) app.use(path, asListener(expressWebhook(options, handler)));
    await app.listen(0, "127.0.0.1");
    return overHttp(app.getHttpServer() as Server, () => app.close());
  },
  "NestJS on Fastify": async (routes, handler) => {
    const { NestFactory, AppModule: module } = await nest();
    const { FastifyAdapter } = await import("@nestjs/platform-fastify");
    const app = await NestFactory.create<import("@nestjs/platform-fastify").NestFastifyApplication>(
      module,
      new FastifyAdapter(),
      { logger: false },
    );
    for (const [path, options] of Object.entries(routes)) await app.register(fastifyWebhook(path, options, handler));
    await app.listen(0, "127.0.0.1");
    return overHttp(app.getHttpServer(), () => app.close());
  },
  "Hono on Node": async (routes, handler) => {
    const app = new Hono();
    for (const [path, options] of Object.entries(routes)) app.post(path, honoWebhook(options, handler));
    const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }) as Server;
    await once(server, "listening");
    return overHttp(server);
  },
  Fetch: (routes, handler) => {
    const receivers = new Map(Object.entries(routes).map(([path, options]) => [path, webhook(options, handler)]));
    const answer = (request: Request) => receivers.get(new URL(request.url).pathname)?.(request) ?? Response.error();
    return Promise.resolve(inProcess(answer));
  },
  "AWS Lambda": (routes, handler) => {
    const receivers = new Map(Object.entries(routes).map(([path, options]) => [path, lambdaWebhook(options, handler)]));
    const forms = Object.values(lambdaEvents);
    let calls = 0;
    return Promise.resolve({
      post: async (path, headers, body) => {
        const event = forms[calls++ % forms.length]?.(path, headers, Buffer.from(body)) ?? {};
        return lambdaReply(event, await receivers.get(path)?.(event, {}));
      },
      close: () => Promise.resolve(),
    });
  },
};
