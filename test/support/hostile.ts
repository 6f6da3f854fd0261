import type { RequestListener, ServerResponse } from "node:http";
import { createServer as createSocketServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { Client } from "../../provider/core/client";
import { executionLifecycle } from "../../provider/execution/lifecycle";
import { collect } from "../../cli/inventory";
import { listWords } from "../../provider/execution/calls";
import { connect } from "../../provider/api/http";
import type { Context, Lifecycle } from "../../provider/core/lifecycle";
import type { Properties } from "../../provider/core/properties";
import { findExecutions, findTarget, findTargets } from "../../provider/lookup/calls";
import { publicKeyLifecycle } from "../../provider/public-key/lifecycle";
import { targetLifecycle } from "../../provider/target/lifecycle";
import { newKey } from "./pairs";
import { fakeClock, instanceFor, serve } from "./provider";

/** A token that no message may show. */
export const token = "hostile-token-0123456789";

const dates = { creationDate: "2026-06-01T00:00:00Z", changeDate: "2026-06-01T00:00:00Z" };
const publicKey = newKey();

/** What the state holds of one resource each. */
export const states = {
  target: {
    name: "hook",
    endpoint: "https://example.com/hook",
    timeout: "10s",
    restWebhook: {},
    payloadType: "PAYLOAD_TYPE_JSON",
    signingKey: "the-key-in-the-state",
    ...dates,
  },
  execution: { condition: { function: { name: "preuserinfo" } }, targets: ["1"], ...dates },
  key: { targetId: "1", publicKey, active: true, keyId: "2", fingerprint: "SHA256:x", ...dates },
};

/** An act of the provider, by its name: each talks to ZITADEL at least once. */
export type Act = (client: Client) => Promise<unknown>;

function of(client: Client): Context {
  return { client, warn: () => undefined, info: () => undefined };
}

function checked(lifecycle: Lifecycle, news: Properties): Properties {
  return lifecycle.check({ olds: undefined, news, logicalName: "hook", claim: () => undefined }).inputs;
}

const inputs = {
  target: checked(targetLifecycle, {
    name: "hook",
    endpoint: "https://example.com/hook",
    timeout: "10s",
    restCall: { interruptOnError: true },
  }),
  execution: checked(executionLifecycle, { condition: states.execution.condition, targets: ["3"] }),
  key: checked(publicKeyLifecycle, { targetId: "1", publicKey }),
};

const functionId = "function/preuserinfo";

/** Reads of what the state holds: none of them may ever answer "gone" where ZITADEL did not say so. */
export const reads: Readonly<Record<string, Act>> = {
  "read target": (client) => targetLifecycle.read(of(client), "1", states.target),
  "read execution": (client) => executionLifecycle.read(of(client), functionId, states.execution),
  "read key": (client) => publicKeyLifecycle.read(of(client), "1/2", states.key),
};

/** Everything that the provider asks of a server. */
export const acts: Readonly<Record<string, Act>> = {
  ...reads,
  "create target": (client) => targetLifecycle.create(of(client), inputs.target),
  "adopt target": (client) => targetLifecycle.create(of(client), { ...inputs.target, adopt: true }),
  "update target": (client) => targetLifecycle.update(of(client), "1", states.target, inputs.target),
  "rotate target": (client) =>
    targetLifecycle.update(
      of(client),
      "1",
      { ...states.target, rotationTriggers: [1] },
      { ...inputs.target, rotationTriggers: [2] },
    ),
  "delete target": (client) => targetLifecycle.delete(of(client), "1", states.target),
  "adopt execution": (client) => executionLifecycle.create(of(client), { ...inputs.execution, adopt: true }),
  "update execution": (client) => {
    client.ledger.own("ZitadelTarget 3", undefined); // one of the program
    return executionLifecycle.update(of(client), functionId, states.execution, inputs.execution);
  },
  "delete execution": (client) =>
    executionLifecycle.delete(of(client), functionId, { ...states.execution, targets: ["3"] }),
  "create key": (client) => publicKeyLifecycle.create(of(client), inputs.key),
  "adopt key": (client) => publicKeyLifecycle.create(of(client), { ...inputs.key, adopt: true }),
  "update key": (client) => publicKeyLifecycle.update(of(client), "1/2", states.key, { ...inputs.key, active: false }),
  "delete key": (client) => publicKeyLifecycle.delete(of(client), "1/2", states.key),
  "get target by id": (client) => findTarget(client, { id: "1" }),
  "get target by name": (client) => findTarget(client, { name: "hook" }),
  "list targets": (client) => findTargets(client),
  "list executions": (client) => findExecutions(client),
  "list methods": (client) => listWords(client, "method"),
  export: (client) => collect(client),
};

export const actNames = Object.keys(acts);

export function act(name: string): Act {
  const found = acts[name];
  if (found === undefined) throw new Error(`there is no act ${name}`);
  return found;
}

/** A client of a hostile server, whose requests take at most so many milliseconds and whose pauses take none. */
export function victimOf(url: string, timeout = 30_000): Client {
  const instance = instanceFor({ url, accessToken: token });
  return new Client(instance, { clock: fakeClock(), send: connect(instance, timeout) });
}

/** A server that counts its requests, and the bytes that it could send before it was hung up on. */
export interface Hostile {
  readonly url: string;
  requests: number;
  bytes: number;
  close(): void;
}

export async function hostile(answer: (response: ServerResponse, server: Hostile) => void): Promise<Hostile> {
  const listener: RequestListener = (request, response) => {
    counted.requests++;
    request.resume();
    answer(response, counted);
  };
  const served = await serve(listener);
  const counted: Hostile = { url: served.url, requests: 0, bytes: 0, close: () => served.close() };
  return counted;
}

/** A server below HTTP: it writes what it likes as soon as it has heard the beginning of a request. */
export async function hostileSocket(answer: (socket: Socket, server: Hostile) => void): Promise<Hostile> {
  const sockets = new Set<Socket>();
  const server = createSocketServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    socket.once("data", () => {
      counted.requests++;
      socket.resume();
      answer(socket, counted);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const counted: Hostile = { url, requests: 0, bytes: 0, close };
  return counted;
}

/** Writes for ever, as fast as it is read, and counts what could be sent. */
export function pour(response: ServerResponse, server: Hostile, chunk: Buffer): void {
  const more = () => {
    do server.bytes += chunk.length;
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once("drain", more);
  };
  more();
}
