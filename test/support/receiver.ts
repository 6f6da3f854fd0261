import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { TargetBody, Zitadel } from "../../local/zitadel";
import { call } from "./replay";

/** A request as a receiver got it. */
export interface Received {
  /** Method, path and version. */
  request: string;
  /** As they were sent, in their order. */
  headers: Record<string, string>;
  body: string;
}

/** What a receiver does with a request: answers with a status and a body, or whatever it likes. */
export type Reaction = (received: Received, response: ServerResponse, request: IncomingMessage) => void;

/** Something that a target may be at: a small HTTP server that remembers what it was sent. */
export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** How many connections there have been. */
  readonly connections: number;
  /** What it does from now on. */
  react: Reaction;
  /** Stops listening and closes what is open; `start` is on the same port again. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export const ok: Reaction = (_, response) => void response.end();

/** Answers with a status and a body; one that is no text is sent as JSON. */
export function answering(status: number, body: unknown = "", headers: Record<string, string> = {}): Reaction {
  return (_, response) => {
    response.writeHead(status, headers);
    response.end(typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  };
}

/** Never answers. */
export const silent: Reaction = () => undefined;

/** Writes this to the connection and closes it. */
export const writing =
  (answer: string): Reaction =>
  (_, response) =>
    void response.socket?.end(answer);

/** Switches to another protocol, and keeps the connection open. */
export const upgrading: Reaction = (_, response) =>
  void response.socket?.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");

/** A way to open receivers, each of which is closed after the test that opened it. */
export function receivers(): (react?: Reaction) => Promise<Receiver> {
  const open: Receiver[] = [];
  afterEach(async () => {
    for (const receiver of open.splice(0)) await receiver.stop();
  });
  return async (react = ok) => {
    const receiver = await openReceiver(react);
    open.push(receiver);
    return receiver;
  };
}

async function openReceiver(react: Reaction): Promise<Receiver> {
  const received: Received[] = [];
  let connections = 0;
  let port = 0;
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method = "", url = "", httpVersion, rawHeaders } = request;
      const names = rawHeaders.filter((_, index) => index % 2 === 0);
      const headers = Object.fromEntries(names.map((name, index) => [name, rawHeaders[2 * index + 1] ?? ""]));
      const arrived = { request: `${method} ${url} HTTP/${httpVersion}`, headers, body };
      received.push(arrived);
      receiver.react(arrived, response, request);
    });
  });
  server.on("connection", () => connections++);
  const receiver: Receiver = {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    received,
    get connections() {
      return connections;
    },
    react,
    start: async () => {
      await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
      port = (server.address() as AddressInfo).port;
    },
    stop: async () => {
      if (!server.listening) return;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  await receiver.start();
  return receiver;
}

let targets = 0;

/** Adds a target for a receiver, or for a URL; with a time-out of 10 s and as a webhook if nothing else is said. */
export function addTarget(zitadel: Zitadel, at: Receiver | string, body: TargetBody = {}) {
  const endpoint = typeof at === "string" ? at : `${at.url}/hook`;
  const kind = ["restWebhook", "restCall", "restAsync"].some((type) => type in body) ? {} : { restWebhook: {} };
  return zitadel.add({ name: `target-${++targets}`, endpoint, timeout: "10s", ...kind, ...body });
}

/** Something to let happen: see `POST /local/trigger`. */
export function trigger(zitadel: Zitadel, body: unknown, headers?: Record<string, string>) {
  const { url, accessToken } = zitadel;
  return call({ baseUrl: url, accessToken }, "POST /local/trigger", body, headers);
}

export const LIST_SESSIONS = "/zitadel.session.v2.SessionService/ListSessions";

/** A call of a method that the mock server knows only by name. */
export function triggerCall(zitadel: Zitadel, rest: Record<string, unknown> = {}) {
  return trigger(zitadel, { call: { method: LIST_SESSIONS, ...rest } });
}

/** The messages of the answer to a call that went wrong, or `undefined`. */
export function refusalOf(status: number, code: number, id: string, message: string) {
  const detail = { "@type": "type.googleapis.com/zitadel.v1.ErrorDetail", ...(id !== "" && { id }), message };
  return { status, body: { code, message: `${message} (${id})`, details: [detail] } };
}
