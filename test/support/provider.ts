import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import type { User, Zitadel } from "../../local/zitadel";
import type { Call } from "../../provider/api/client";
import { Client } from "../../provider/core/client";
import type { Credential, Instance } from "../../provider/api/instance";
import type { ZitadelError } from "../../provider/api/errors";
import type { Clock } from "../../provider/api/retry";
import { marks } from "./marks";

export const TARGETS = "/v2/actions/targets";

/** A clock that stands still: sleeping moves it on at once, and so does `advance`. */
export interface FakeClock extends Clock {
  /** All pauses, in milliseconds. */
  readonly slept: number[];
  advance(milliseconds: number): void;
}

export function fakeClock(): FakeClock {
  let time = Date.parse("2026-07-01T12:00:00Z");
  const slept: number[] = [];
  return {
    slept,
    advance: (milliseconds) => void (time += milliseconds),
    now: () => time,
    date: () => time,
    sleep: (milliseconds, signal) => {
      slept.push(milliseconds);
      time += milliseconds;
      return signal?.aborted === true ? Promise.reject(new Error("aborted")) : Promise.resolve();
    },
    // The middle of the jitter: pauses of 188, 375, 750 ms and so on.
    random: () => 0.5,
  };
}

/** A mock server's instance, as the settings would describe it, with the owner's personal access token. */
export function instanceFor(zitadel: Pick<Zitadel, "url" | "accessToken">, changes: Partial<Instance> = {}): Instance {
  return {
    name: undefined,
    origin: zitadel.url,
    issuer: changes.origin ?? zitadel.url,
    credential: { kind: "accessToken", source: "environment", accessToken: zitadel.accessToken },
    headers: {},
    certificateAuthority: undefined,
    proxy: undefined,
    maxConcurrentWrites: 2,
    ...changes,
  };
}

interface ClientOptions {
  instance?: Partial<Instance>;
  clock?: Clock;
  signal?: AbortSignal;
}

export function clientFor(
  zitadel: Pick<Zitadel, "url" | "accessToken">,
  { instance = {}, clock = fakeClock(), signal }: ClientOptions = {},
): Client {
  return new Client(instanceFor(zitadel, instance), { clock, ...(signal !== undefined && { signal }) });
}

/** Client credentials of a user, whose secret is made anew. */
export function secretOf(user: User): Extract<Credential, { kind: "clientCredentials" }> {
  const { userName: clientId } = user;
  return { kind: "clientCredentials", source: "environment", clientId, clientSecret: user.clientSecret() };
}

export const search: Call = {
  operation: "search targets",
  what: "listing the targets",
  method: "POST",
  path: `${TARGETS}/search`,
  body: {},
  write: false,
  repeatable: true,
};

export function create(name = "hook"): Call {
  return {
    operation: "create target",
    what: `creating target ${JSON.stringify(name)}`,
    method: "POST",
    path: TARGETS,
    body: { name, endpoint: "https://example.com/hook", timeout: "10s", restWebhook: {} },
    write: true,
    repeatable: true,
  };
}

/** A call that must not be sent twice. */
export function rotate(id: string): Call {
  return {
    operation: "update target",
    what: `updating target ${id}`,
    method: "POST",
    path: `${TARGETS}/${id}`,
    body: { expirationSigningKey: "0s" },
    write: true,
    repeatable: false,
  };
}

/** The error that `act` ends with, after making sure that none of the secrets is anywhere in it. */
export async function failure(act: Promise<unknown> | (() => unknown), ...secrets: string[]): Promise<ZitadelError> {
  let error: unknown;
  try {
    await (typeof act === "function" ? act() : act);
  } catch (caught) {
    error = caught;
  }
  expect(error).toMatchObject({ name: "ZitadelError" });
  expectNone(error, ...secrets);
  return error as ZitadelError;
}

/** Looks for the secrets in everything that a log or a debugger would show of an error. */
export function expectNone(error: unknown, ...secrets: string[]): void {
  marks.writeError("an error", error);
  const own = JSON.stringify(error, Object.getOwnPropertyNames(error));
  const shown = [own, inspect(error, { showHidden: true, depth: Infinity, maxStringLength: Infinity })].join("\n");
  for (const secret of secrets) {
    for (const line of secret.split("\n").filter((part) => part.length >= 6)) expect(shown).not.toContain(line);
  }
}

/** A server of a few lines, for those who are not ZITADEL. */
export async function serve(answer: RequestListener): Promise<{ server: Server; url: string; close(): void }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { server, url: `http://127.0.0.1:${port}`, close };
}
