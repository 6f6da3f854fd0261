import type { Call, Instance } from "./call";
import { Deliveries } from "./delivery/deliveries";
import { GoClient } from "./delivery/go-client";
import { OwnCalls } from "./delivery/own-calls";
import { readModelSource } from "./delivery/read-model-source";
import { Triggers } from "./delivery/trigger";
import { directWrites } from "./direct";
import { DENY_LIST_WITHOUT_LOOPBACK, EndpointPolicy, SHIPPED_DENY_LIST } from "./endpoint";
import { executionCalls } from "./executions/calls";
import { conditionOfId } from "./executions/condition";
import type { ExecutionRow } from "./executions/events";
import { Gateway } from "./gateway";
import type { ExecutionState, PublicKeyState, TargetState, Zitadel, ZitadelOptions } from "./handle";
import { TokenEndpoint } from "./oauth";
import type { ApiOperation } from "./operations";
import { keyCalls } from "./public-keys/calls";
import type { KeyRow } from "./public-keys/events";
import { HttpSide } from "./server";
import { loadState, saveState } from "./state-file";
import { Store } from "./store";
import { targetCalls } from "./targets/calls";
import type { TargetRow } from "./targets/events";
import { Directory } from "./users";
import { formatDuration } from "./duration";

/**
 * Starts a mock ZITADEL server, with the API of Actions v2 and the ways to log in to it.
 *
 * @param options Where the server listens and how it behaves.
 *
 * @example A test that counts requests
 * ```ts
 * import { startZitadel } from "pulumi-zitadel-actions/local";
 *
 * const zitadel = await startZitadel({ allowLoopback: true });
 * zitadel.add({ name: "audit", endpoint: "http://localhost:3000", timeout: "10s", restAsync: {} });
 * console.log(zitadel.url, zitadel.targets(), zitadel.count());
 * await zitadel.stop();
 * ```
 */
export async function startZitadel(options: ZitadelOptions = {}): Promise<Zitadel> {
  const now = options.now ?? (() => new Date());
  const save = () => {
    const state = { organisationId, users: directory.stored(), events: store.log() };
    if (options.file !== undefined) saveState(options.file, state);
  };
  const store = new Store(now, save);
  const directory = new Directory(store.ids, now, save);
  const stored = options.file === undefined ? undefined : loadState(options.file);
  const organisationId = stored?.organisationId ?? store.ids.next();
  store.load(stored?.events ?? []);
  directory.load(stored?.users ?? []);
  const endpoints = new EndpointPolicy(denyListOf(options), options.resolves);
  const calls: Record<ApiOperation, Call> = {
    ...targetCalls(store, endpoints),
    ...executionCalls(store),
    ...keyCalls(store),
  };

  const settings = { accessTokenLifetime: options.accessTokenLifetime ?? 43_199 };
  const instance: Instance = {
    scheme: options.tls ? "https" : "http",
    domain: options.domain ?? "localhost",
    port: 0,
    organisationId,
  };
  const oauth = new TokenEndpoint(directory, now, () => settings.accessTokenLifetime);
  const client = new GoClient(endpoints, options.deliveryTimeout ?? 30_000);
  const deliveries = new Deliveries(client, () => oauth.signingKey(), now);
  const executions = readModelSource(store);
  const own = new OwnCalls(executions, deliveries, instance);
  const triggers = new Triggers(executions, deliveries, instance, store.ids, now);
  const http = new HttpSide(now, new Gateway(instance, calls, directory, oauth, own, triggers), options.tls);
  http.latency = options.latency ?? 0;
  const owner = directory.owner(options.accessToken);
  instance.port = await http.listen(options.port ?? 0);

  return {
    url: urlOf(instance),
    domain: instance.domain,
    port: instance.port,
    organisationId: instance.organisationId,
    owner,
    accessToken: owner.accessToken,
    addUser: ({ userName, role }) => directory.add(userName, role),
    findUser: (userName) => directory.find(userName),
    expireTokens: () => directory.expireTokens(),
    get accessTokenLifetime() {
      return settings.accessTokenLifetime;
    },
    set accessTokenLifetime(seconds) {
      settings.accessTokenLifetime = seconds;
    },
    faults: http.faults,
    readModel: store.readModel,
    get latency() {
      return http.latency;
    },
    set latency(ms) {
      http.latency = ms;
    },
    get requests() {
      return http.recorder.requests;
    },
    count: () => http.recorder.count(),
    clearRequests: () => http.recorder.clear(),
    get maxConcurrentWrites() {
      return http.recorder.maxConcurrentWrites;
    },
    targets: () => store.truth.targets.rows().map(targetState),
    executions: () => store.truth.executions.rows().map(executionState),
    publicKeys: (targetId) => store.truth.keys.of(targetId).map(publicKeyState),
    ...directWrites(calls),
    get deliveries() {
      return deliveries.records;
    },
    idle: () => deliveries.idle(),
    stop: async () => {
      await http.stop();
      await deliveries.stop();
    },
  };
}

function urlOf({ scheme, domain, port }: Instance): string {
  const standard = scheme === "https" ? 443 : 80;
  return `${scheme}://${domain}${port === standard ? "" : `:${port}`}`;
}

function denyListOf({ denyList, allowLoopback }: ZitadelOptions): readonly string[] {
  return denyList ?? (allowLoopback ? DENY_LIST_WITHOUT_LOOPBACK : SHIPPED_DENY_LIST);
}

function targetState(row: TargetRow): TargetState {
  return { ...row, timeout: formatDuration(row.timeout) };
}

function executionState(row: ExecutionRow): ExecutionState {
  return { ...row, condition: conditionOfId(row.id) };
}

function publicKeyState({ id, targetId, ...row }: KeyRow): PublicKeyState {
  return { keyId: id, ...row };
}
