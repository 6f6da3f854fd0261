import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { serve } from "@hono/node-server";
import express from "express";
import Fastify from "fastify";
import { expressWebhook, fastifyWebhook, type ReceiverOptions, verify, webhook } from "../../webhook";
import { listening, open } from "../support/listening";
import { at, event, headersOf, key, options, outcome } from "../support/webhook";

// What the headers alone show is answered before the body arrives: a stranger's body takes no memory.

const ok = () => undefined;
const frameworks: Record<string, (given: ReceiverOptions) => Promise<number>> = {
  "node:http": (given) => listening(createServer(expressWebhook(given, ok) as RequestListener)),
  fastify: async (given) => {
    const app = Fastify();
    void app.register(fastifyWebhook("/", given, ok));
    await app.ready();
    return listening(app.server);
  },
  fetch: async (given) => {
    const server = serve({ fetch: webhook(given, ok), port: 0, hostname: "127.0.0.1" }) as Server;
    await once(server, "listening");
    return listening(server);
  },
};

const body = JSON.stringify(event);
const signature = (time = at) => `ZITADEL-Signature: ${headersOf(body, key, time)["Zitadel-Signature"]}\r\n`;
const cases = [
  ["header_missing", 401, ""],
  ["header_malformed", 401, "ZITADEL-Signature: abc\r\n"],
  ["header_doubled", 401, signature().repeat(2)],
  ["too_old", 401, signature(at - 301)],
  ["in_future", 401, signature(at + 11)],
  ["body_too_large", 413, signature()],
] as const;

describe.each(Object.entries(frameworks))("%s", (_, start) => {
  test.each(cases)("answers %s while the body is still to come, and asks for no key", async (code, status, header) => {
    let asked = 0;
    const signingKey = () => {
      asked++;
      return key;
    };
    const port = await start({ ...options, signingKey });
    const socket = connect(port, "127.0.0.1");
    open.push(() => socket.destroy());
    // Announced, and never sent.
    const length = code === "body_too_large" ? 1_048_577 : 1_000;
    socket.write(
      `POST / HTTP/1.1\r\nHost: a\r\n${header}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`,
    );
    let text = "";
    while (!text.includes("}")) text += ((await once(socket, "data")) as [Buffer])[0].toString();
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*\\{"error":"${code}"\\}`));
    expect(asked).toBe(0);
  });

  test("takes a body of the largest length that comes in many pieces", async () => {
    const port = await start({ ...options, maxBodyBytes: body.length });
    const socket = connect(port, "127.0.0.1");
    open.push(() => socket.destroy());
    socket.write(`POST / HTTP/1.1\r\nHost: a\r\n${signature()}Content-Length: ${body.length}\r\n\r\n`);
    for (const character of body) await new Promise((resolve) => socket.write(character, resolve));
    const [data] = (await once(socket, "data")) as [Buffer];
    expect(data.toString()).toMatch(/^HTTP\/1.1 200 /);
  });
});

test.each(cases)("a Request with %s: no byte of its body is read", async (code, _status, header) => {
  let pulled = 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        pulled++;
        controller.enqueue(new Uint8Array(65_536));
      },
    },
    { highWaterMark: 0 },
  );
  const headers = header
    .split("\r\n")
    .slice(0, -1)
    .map((line) => line.split(": ") as [string, string]);
  if (code === "body_too_large") headers.push(["Content-Length", "1048577"]);
  const request = new Request("https://example.com", { method: "POST", body: stream, headers, duplex: "half" });
  expect(await outcome(verify(request, options))).toBe(code);
  expect(pulled).toBe(0);
});

/** Starts a server of each framework, and notes of every request whether its body was being read when the answer was sent. */
const watched: Record<string, (noted: unknown[]) => Promise<number>> = {
  "node:http": (noted) => listening(noting(createServer(expressWebhook(options, ok) as RequestListener), noted)),
  express: (noted) => listening(noting(createServer(express().post("/", expressWebhook(options, ok))), noted)),
  fastify: async (noted) => {
    const app = Fastify();
    void app.register(fastifyWebhook("/", options, ok));
    await app.ready();
    return listening(noting(app.server, noted));
  },
  fetch: async (noted) => {
    const server = serve({ fetch: webhook(options, ok), port: 0, hostname: "127.0.0.1" }) as Server;
    await once(noting(server, noted), "listening");
    return listening(server);
  },
};

function noting(server: Server, noted: unknown[]): Server {
  return server.prependListener("request", (request: IncomingMessage, response: ServerResponse) => {
    let bytes = 0;
    const emit = request.emit.bind(request);
    request.emit = (name: string, ...args: unknown[]) => {
      if (name === "data") bytes += (args[0] as Buffer).length;
      return emit(name, ...args);
    };
    const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse;
    response.writeHead = (...args: unknown[]) => {
      noted.push({ bytes, flowing: request.readableFlowing });
      return writeHead(...args);
    };
  });
}

describe.each(Object.entries(watched))("of 200 bodies without a signature, in %s", (_, start) => {
  test.each([
    ["announced", "Content-Length: 1000000", "x".repeat(16_384)],
    ["streamed", "Transfer-Encoding: chunked", `4000\r\n${"x".repeat(0x4000)}\r\n`],
  ])("that are %s, no byte is read before the answer", async (_how, header, part) => {
    const noted: unknown[] = [];
    const port = await start(noted);
    const sockets = Array.from({ length: 200 }, () => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => undefined); // it is closed while we write
      socket.resume();
      socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${header}\r\n\r\n`);
      for (let i = 0; i < 8; i++) socket.write(part);
      return socket;
    });
    open.push(() => sockets.forEach((socket) => socket.destroy()));
    await Promise.all(sockets.map(async (socket) => socket.closed || once(socket, "close")));
    expect(noted).toEqual(Array(200).fill({ bytes: 0, flowing: null }));
  });

  test("but a signed one is", async () => {
    const noted: unknown[] = [];
    const port = await start(noted);
    await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body, headers: headersOf(body) });
    expect(noted).toMatchObject([{ bytes: body.length }]);
  });
});

test("200 strangers who send on and on take no memory worth speaking of", async () => {
  const port = await frameworks["node:http"]?.(options);
  const chunk = Buffer.alloc(65_536, 0x20);
  globalThis.gc?.();
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  await Promise.all(
    Array.from({ length: 200 }, async () => {
      const socket = connect(port ?? 0, "127.0.0.1");
      open.push(() => socket.destroy());
      socket.on("error", () => undefined); // it is closed while we write
      socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
      for (let i = 0; i < 14; i++) socket.write(chunk);
      const [data] = (await once(socket, "data")) as [Buffer];
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      expect(data.toString()).toMatch(/^HTTP\/1.1 401 /);
    }),
  );
  // 200 bodies of which as much were kept as was sent would be 183 MB.
  expect(most).toBeLessThan(60_000_000);
});
