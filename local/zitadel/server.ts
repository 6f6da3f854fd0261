import { randomUUID } from "node:crypto";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import { Socket, type AddressInfo } from "node:net";
import { normalize } from "node:path/posix";
import { setTimeout as sleep } from "node:timers/promises";
import { TLSSocket } from "node:tls";
import { refusal, type Answer } from "./answer";
import { ApiError } from "./errors";
import { Faults, type Fault, type FaultSubject } from "./faults";
import type { GatewayRequest } from "./call";
import { Recorder, type RecordedRequest } from "./recorder";
import { operationOf } from "./routes";
import { decodeUtf8 } from "./text";

/** A certificate and its private key, both PEM. */
export interface TlsOptions {
  /** The private key. */
  key: string | Buffer;
  /** The certificate, with any intermediate certificates. */
  cert: string | Buffer;
}

/** The HTTP server: reads requests, records them, applies faults, and sends the gateway's answers. */
export class HttpSide {
  readonly faults = new Faults();
  readonly recorder = new Recorder();
  latency = 0;
  private readonly server;
  private readonly stopping = new AbortController();

  constructor(
    private readonly now: () => Date,
    private readonly gateway: { answer(request: GatewayRequest): Answer | Promise<Answer> },
    tls: TlsOptions | undefined,
  ) {
    this.server = tls ? createHttpsServer(tls) : createHttpServer();
    // Do not close a connection that is kept for reuse: a client may be about to use it.
    this.server.keepAliveTimeout = 0;
    this.server.on("clientError", refuseUnreadable);
    this.server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      response.setHeader("date", this.now().toUTCString());
      this.handle(request, response).catch((error: unknown) => {
        // The client is gone, or the server is stopping, so the answer cannot be sent.
        if (response.destroyed || this.stopping.signal.aborted) return;
        send(response, { status: 500, body: { code: 13, message: `bug in the mock server: ${String(error)}` } });
      });
    });
  }

  /** Listens on loopback, and returns the port. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, "127.0.0.1", resolve);
    });
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "", headers } = request;
    const path = decodePath(url);
    const record: RecordedRequest = {
      method,
      path: path ?? url,
      operation: operationOf(method, path ?? url),
      body: undefined,
      status: undefined,
      at: this.now(),
      headers: withoutCredentials(headers),
    };
    const over = this.recorder.begin(record);
    // End the request before the client has the whole answer. Otherwise its next request could seem to be concurrent.
    response.on("prefinish", over).on("close", over);
    response.on("finish", () => (record.status = response.statusCode));
    const body = await text(request);
    record.body = recordedBody(record.operation, body);
    if (path === undefined) {
      send(response, { status: 400, body: "400 Bad Request" });
      return;
    }
    const elsewhere = tidied(path, url);
    if (elsewhere !== undefined) {
      send(response, { status: 301, headers: { location: elsewhere }, body: "" });
      return;
    }
    if (this.latency > 0) await this.wait(this.latency);
    const work = () => this.gateway.answer({ method, path, headers, body });
    const fault = this.faults.take(record);
    if (fault) await this.suffer(fault, record, response, work);
    else send(response, await work());
  }

  private async suffer(
    fault: Fault,
    subject: FaultSubject,
    response: ServerResponse,
    work: () => Answer | Promise<Answer>,
  ) {
    if ("work" in fault && fault.work) await work();
    switch (fault.kind) {
      case "delay":
      case "hold": {
        const wait = () => (fault.kind === "delay" ? this.wait(fault.ms) : fault.until);
        if (!fault.after) await wait();
        const answer = await work();
        if (fault.after) await wait();
        send(response, answer);
        break;
      }
      case "hang":
        break;
      case "reset":
        reset(response.socket);
        break;
      case "halfAnswer":
        sendHalf(response, await work());
        break;
      case "status":
        send(response, faultyAnswer(fault, subject));
        break;
      case "redirect":
        send(response, { status: fault.status ?? 307, headers: { location: fault.location } });
        break;
      case "answer":
        send(response, fault);
        break;
    }
  }

  private async wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal });
  }
}

function faultyAnswer(fault: Fault & { kind: "status" }, subject: FaultSubject): Answer {
  const { status, retryAfter, html } = fault;
  const headers: Record<string, string> = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
  const reason = { 429: "Too Many Requests", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Time-out" }[
    status
  ];
  if (html) {
    const title = `${status} ${reason}`;
    const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
    return { status, headers: { ...headers, "content-type": "text/html" }, body };
  }
  const body = { code: status === 429 ? 8 : 14, message: `${reason}: ${subject.operation}` };
  return { status, headers, body };
}

function send(response: ServerResponse, answer: Answer): void {
  response.end(writeHead(response, answer));
}

function sendHalf(response: ServerResponse, answer: Answer): void {
  const body = writeHead(response, answer);
  response.write(body.subarray(0, body.length / 2), () => response.socket?.destroy());
}

/** Sends the headers for the whole body, and returns the body. */
function writeHead(response: ServerResponse, { status, headers = {}, body }: Answer): Buffer {
  const isJson = body !== undefined && typeof body !== "string";
  const bytes = Buffer.from(isJson ? JSON.stringify(body) : (body ?? ""));
  response.writeHead(status, {
    "content-type": isJson ? "application/json" : "text/plain; charset=utf-8",
    "content-length": bytes.length,
    "x-request-id": randomUUID(),
    "set-cookie": "zitadel.quota.exhausted=; Max-Age=0",
    ...headers,
  });
  return bytes;
}

function reset(socket: Socket | null): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket?.resetAndDestroy();
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return decodeUtf8(Buffer.concat(chunks));
}

/** Returns the path with its escapes decoded, or `undefined` if an escape is invalid. */
function decodePath(url: string): string | undefined {
  const path = url.split("?", 1)[0] ?? "";
  if (/%(?![0-9a-fA-F]{2})/.test(path)) return undefined;
  const bytes = path.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** Answers a request that Node.js cannot read, above all one with a method that it does not know. */
function refuseUnreadable({ code }: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const { status, body } = refusal(ApiError.plain(12, "Method Not Allowed"));
  const [line, type, text] =
    code === "HPE_INVALID_METHOD"
      ? [`${status} Method Not Allowed`, "application/json", JSON.stringify(body)]
      : ["400 Bad Request", "text/plain; charset=utf-8", "400 Bad Request"];
  socket.end(
    `HTTP/1.1 ${line}\r\ncontent-type: ${type}\r\ncontent-length: ${text.length}\r\nconnection: close\r\n\r\n${text}`,
  );
}

/** Returns the path to which the server's router redirects a path with empty or dotted segments. It does this first. */
function tidied(path: string, url: string): string | undefined {
  const clean = normalize(path);
  return clean === path ? undefined : encodeURI(clean) + (/\?.*$/.exec(url)?.[0] ?? "");
}

function withoutCredentials(headers: IncomingMessage["headers"]): IncomingMessage["headers"] {
  const secret = ["authorization", "proxy-authorization", "cookie"];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !secret.includes(name)));
}

function recordedBody(operation: string, body: string): unknown {
  if (operation === "token") {
    const form = new URLSearchParams(body);
    const open = ["grant_type", "scope", "client_id"].filter((key) => form.has(key));
    return Object.fromEntries(open.map((key) => [key, form.get(key)]));
  }
  if (body === "") return undefined;
  try {
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return body;
    throw error;
  }
}
