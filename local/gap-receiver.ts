import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

/** A receiver that checks every signature with the last two keys that it got. */
export interface Receiver {
  readonly url: string;
  /** Counts the results of the first `triggers` triggers, which are numbered from 0. */
  counts(triggers: number): { refused: number; missing: number; keys: number };
  /** Resolves when every delivery that arrived has been answered. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** @param learning How long it takes to learn a new key, in milliseconds. */
export async function openReceiver(learning: number): Promise<Receiver> {
  const ring: string[] = [];
  const seen = new Set<number>();
  const used = new Set<string>();
  const underWay = new Set<Promise<void>>();
  let refused = 0;

  const learn = async (key: string): Promise<number> => {
    await wait(learning);
    if (ring[0] !== key) ring.unshift(key);
    ring.length = Math.min(ring.length, 2);
    return 204;
  };
  const check = (body: string, signature: string): number => {
    seen.add(numberOf(body));
    const key = ring.find((one) => isSignedWith(one, body, signature));
    if (key === undefined) refused++;
    else used.add(key);
    return key === undefined ? 401 : 200;
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await textOf(request);
    const status =
      request.method === "PUT" ? await learn(body) : check(body, String(request.headers["zitadel-signature"]));
    response.writeHead(status).end();
  };
  const server = createServer((request, response) => {
    const one = answer(request, response).finally(() => underWay.delete(one));
    underWay.add(one);
    one.catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts: (triggers) => ({ refused, missing: triggers - seen.size, keys: used.size }),
    idle: () => Promise.all(underWay).then(() => undefined),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The header is `t=<seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`. */
function isSignedWith(key: string, body: string, header: string): boolean {
  const [, time = "", signature = ""] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  const expected = createHmac("sha256", key).update(`${time}.${body}`).digest();
  return signature !== "" && timingSafeEqual(expected, Buffer.from(signature, "hex"));
}

/** The number that the client gave the trigger. */
function numberOf(body: string): number {
  return (JSON.parse(body) as { request: { query: { offset: number } } }).request.query.offset;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
