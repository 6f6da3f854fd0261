import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { startZitadel, type Zitadel, type ZitadelOptions } from "../../local/zitadel";
import recording from "../data/exchanges.json";

/** One request of a recorded conversation and what the server answered; ids, keys, dates and names are symbols. */
export interface Exchange {
  /** Method and path. */
  request: string;
  /** JSON to send, or text to send as it is. */
  body?: unknown;
  status: number;
  answer?: unknown;
}

/** A server to test against, and the names that a test may use there. */
export interface Server {
  baseUrl: string;
  accessToken: string;
  /** What every name begins with that is created; lower case. */
  prefix: string;
  /** The ids of the targets created, filled in by `call`. */
  created: Set<string>;
  /** Whether reads may be behind writes, so that they are repeated until they fit. Default: false. */
  live?: boolean;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

/** The header of what is sent to the token endpoint. */
export const FORM = { "content-type": "application/x-www-form-urlencoded" };

export const LIVE = process.env.ZITADEL_LIVE === "1";
const PATIENCE_MS = 15_000;

/** How protobuf's errors begin: which kind of blank follows depends on the build of the server. */
const PROTO = /^proto:\s+/;

/** The conversations that were recorded on a real server, by name. */
export function conversations(): Record<string, Exchange[]> {
  return mapTexts(recording as Record<string, Exchange[]>, (text) => text.replace(PROTO, "proto: "));
}

/**
 * The server that contract tests run against: a stand-in of their own, or the real one that the environment names if
 * `ZITADEL_LIVE` is 1. `close` removes what was created, also what reads do not show, and nothing else.
 */
export async function openServer(): Promise<Server & { zitadel?: Zitadel; close(): Promise<void> }> {
  const prefix = `pza-test-${randomBytes(5).toString("hex")}`;
  if (!LIVE) {
    const zitadel = await startZitadel();
    const { url, accessToken } = zitadel;
    return { baseUrl: url, accessToken, prefix, created: new Set(), zitadel, close: () => zitadel.stop() };
  }
  const accessToken = setting("ZITADEL_ACCESS_TOKEN");
  const server: Server = { baseUrl: liveUrl(), accessToken, prefix, created: new Set(), live: true };
  return { ...server, close: () => removeOwn(server) };
}

/** A way to start stand-ins, each of which is stopped after the test that started it, however that ends. */
export function standIns(): (options?: ZitadelOptions) => Promise<Zitadel> {
  const running: Zitadel[] = [];
  afterEach(async () => {
    for (const zitadel of running.splice(0)) await zitadel.stop();
  });
  return async (options) => {
    const zitadel = await startZitadel(options);
    running.push(zitadel);
    return zitadel;
  };
}

/** Sends one request; the body is JSON, or text that is sent as it is. */
export async function call(
  server: Pick<Server, "baseUrl"> & Partial<Server>,
  request: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const [method = "", path = ""] = request.split(" ");
  const authorization = server.accessToken === undefined ? {} : { authorization: `Bearer ${server.accessToken}` };
  const response = await fetch(server.baseUrl + path, {
    method,
    headers: { "content-type": "application/json", ...authorization, ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    redirect: "manual",
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json") ?? false;
  const answer: Answer = { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  if (request === "POST /v2/actions/targets" && answer.status === 200) {
    server.created?.add((answer.body as { id: string }).id);
  }
  return answer;
}

/** Repeats a read until its answer fits, since a real server's reads may be behind; against a stand-in, reads once. */
export async function readUntil<T>(server: Server, read: () => Promise<T>, fits: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await read();
    if (!server.live || fits(answer) || Date.now() > deadline) return answer;
    await sleep(50);
  }
}

/** What a conversation came to: the statuses and answers that were got, in the symbols of the recording. */
export async function replay(server: Server, exchanges: readonly Exchange[]): Promise<Exchange[]> {
  const symbols = new Symbols(server.prefix);
  const got: Exchange[] = [];
  for (const expected of exchanges) {
    const request = symbols.resolve(expected.request);
    const body = sendable(symbols.resolve(expected.body));
    const once = async (): Promise<Exchange> => {
      const { status, body: answer } = await call(server, request, body);
      return { ...expected, status, answer: symbols.stand(answer) };
    };
    const isRead = request.startsWith("GET ") || request.endsWith("/search");
    got.push(isRead ? await readUntil(server, once, (answer) => sameText(answer, expected)) : await once());
  }
  return got;
}

/**
 * Stands symbols in for what differs from run to run, the way it was done for the recording: ids, keys and dates are
 * numbered by kind in the order in which they are first seen, the same value always getting the same symbol.
 */
class Symbols {
  private readonly symbols = new Map<string, string>();

  constructor(private readonly prefix: string) {}

  /** A recorded request with this run's values in it. */
  resolve<T>(recorded: T): T {
    return mapTexts(recorded, (text) => {
      let resolved = text.replaceAll("<u>", this.prefix).replaceAll("<U>", this.prefix.toUpperCase());
      for (const [value, symbol] of this.symbols) resolved = resolved.replaceAll(symbol, value);
      return resolved;
    });
  }

  /** This run's answer in symbols. */
  stand(answer: unknown): unknown {
    return mapTexts(answer, (text) => {
      const kind = kindOf(text);
      if (kind !== undefined) return this.symbol(kind, text);
      return text
        .replaceAll(this.prefix, "<u>")
        .replaceAll(this.prefix.toUpperCase(), "<U>")
        .replace(/\(line \d+:\d+\)/, "(line)")
        .replace(PROTO, "proto: ");
    });
  }

  private symbol(kind: string, value: string): string {
    const known = this.symbols.get(value);
    if (known !== undefined) return known;
    const ofKind = [...this.symbols.values()].filter((symbol) => symbol.startsWith(`<${kind}`)).length;
    const symbol = `<${kind}${ofKind + 1}>`;
    this.symbols.set(value, symbol);
    return symbol;
  }
}

function kindOf(text: string): "id" | "key" | "date" | undefined {
  if (/^\d{18}$/.test(text)) return "id";
  if (/^[0-9A-Za-z]{36}$/.test(text)) return "key";
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(text) ? "date" : undefined;
}

/** Applies a function to every text in a JSON value, going through objects by sorted keys, as the recording did. */
function mapTexts<T>(value: T, map: (text: string) => string): T {
  const visit = (node: unknown): unknown => {
    if (typeof node === "string") return map(node);
    if (Array.isArray(node)) return node.map(visit);
    if (typeof node !== "object" || node === null) return node;
    const keys = Object.keys(node).sort();
    return Object.fromEntries(keys.map((key) => [key, visit((node as Record<string, unknown>)[key])]));
  };
  return visit(value) as T;
}

/** The recording sorted the keys of what was sent. Of two types in one body the webhook had come first. */
function sendable(body: unknown): unknown {
  const isBoth = typeof body === "object" && body !== null && "restWebhook" in body && "restCall" in body;
  return isBoth ? Object.assign({ restWebhook: body.restWebhook }, body) : body;
}

function sameText(a: unknown, b: unknown): boolean {
  return JSON.stringify(mapTexts(a, (text) => text)) === JSON.stringify(mapTexts(b, (text) => text));
}

function liveUrl(): string {
  const insecure = process.env.ZITADEL_INSECURE === "true";
  const port = process.env.ZITADEL_PORT ?? (insecure ? "80" : "443");
  return new URL(`${insecure ? "http" : "https"}://${setting("ZITADEL_DOMAIN")}:${port}`).origin;
}

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`live tests need ${name}`);
  return value;
}

/** Removes the targets that were created, and those of the prefix whose creation was never answered. */
async function removeOwn(server: Server): Promise<void> {
  const byPrefix = { targetName: server.prefix, method: "TEXT_FILTER_METHOD_STARTS_WITH_IGNORE_CASE" };
  const found = await call(server, "POST /v2/actions/targets/search", {
    filters: [{ targetNameFilter: byPrefix }],
    pagination: { limit: 1000 },
  });
  const shown = (found.body as { targets?: { id: string }[] }).targets ?? [];
  const left: string[] = [];
  for (const id of new Set([...server.created, ...shown.map((target) => target.id)])) {
    await call(server, `DELETE /v2/actions/targets/${id}`);
    // An empty update asks the write side, which is never behind.
    const { status } = await call(server, `POST /v2/actions/targets/${id}`, {});
    if (status !== 404) left.push(id);
  }
  if (left.length > 0) throw new Error(`targets that could not be removed: ${left.join(", ")}`);
}
