import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { startZitadel, type Zitadel, type ZitadelOptions } from "../../local/zitadel";
import recording from "../data/exchanges.json";
import { send, type Answer } from "./http";
import { liveAddress, noteBefore, removeOwn } from "./live";
import { mapTexts, PROTO, Symbols, withUnnumbered } from "./symbols";

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
  /** The conditions whose executions were set, as JSON, filled in by `call`. */
  conditions: Set<string>;
  /** Whether reads may be behind writes, so that they are repeated until they fit. Default: false. */
  live?: boolean;
}

export type { Answer } from "./http";

/** The header of what is sent to the token endpoint. */
export const FORM = { "content-type": "application/x-www-form-urlencoded" };

export const LIVE = process.env.ZITADEL_LIVE === "1";
const PATIENCE_MS = 15_000;

/** The conversations that were recorded on a real server, by name. */
export function conversations(): Record<string, Exchange[]> {
  return mapTexts(recording as Record<string, Exchange[]>, (text) => text.replace(PROTO, "proto: "));
}

/**
 * The server that contract tests run against: their own mock server, or the real one that the environment names if
 * `ZITADEL_LIVE` is 1. `close` removes what was created, also what reads do not show, and nothing else.
 */
export async function openServer(): Promise<Server & { zitadel?: Zitadel; close(): Promise<void> }> {
  const prefix = `pza-test-${randomBytes(5).toString("hex")}`;
  if (!LIVE) {
    const zitadel = await startZitadel();
    const { url, accessToken } = zitadel;
    const own = { created: new Set<string>(), conditions: new Set<string>() };
    return { baseUrl: url, accessToken, prefix, ...own, zitadel, close: () => zitadel.stop() };
  }
  const server: Server = { ...liveAddress(), prefix, created: new Set(), conditions: new Set(), live: true };
  return { ...server, close: () => removeOwn(server) };
}

/** Returns a function that starts mock servers. Each is stopped after the test that started it, even if the test fails. */
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

/** Sends one request, and notes what it leaves on the server; the body is JSON, or text that is sent as it is. */
export async function call(
  server: Pick<Server, "baseUrl"> & Partial<Server>,
  request: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  await noteBefore(server, request, body);
  const answer = await send(server, request, body, headers);
  if (request === "POST /v2/actions/targets" && answer.status === 200) {
    server.created?.add((answer.body as { id: string }).id);
  }
  return answer;
}

/** Repeats a read until its answer is as expected, because a real server's reads can lag. With a mock server, reads once. */
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
  const symbols = new Symbols(server.prefix, exchanges);
  const got: Exchange[] = [];
  for (const expected of exchanges) {
    const request = symbols.resolve(expected.request);
    const body = sendable(withUnnumbered(symbols.resolve(expected.body), expected.answer));
    const once = async (): Promise<Exchange> => {
      const { status, body: answer } = await call(server, request, body);
      return { ...expected, status, answer: symbols.stand(answer) };
    };
    const isRead = request.startsWith("GET ") || request.endsWith("/search");
    got.push(isRead ? await readUntil(server, once, (answer) => sameText(answer, expected)) : await once());
  }
  return got;
}

/** The recording sorted the keys of what was sent. Of two types in one body the webhook had come first. */
function sendable(body: unknown): unknown {
  const isBoth = typeof body === "object" && body !== null && "restWebhook" in body && "restCall" in body;
  return isBoth ? Object.assign({ restWebhook: body.restWebhook }, body) : body;
}

function sameText(a: unknown, b: unknown): boolean {
  return JSON.stringify(mapTexts(a, (text) => text)) === JSON.stringify(mapTexts(b, (text) => text));
}
