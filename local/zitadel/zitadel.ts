import { DENY_LIST_WITHOUT_LOOPBACK, EndpointPolicy, SHIPPED_DENY_LIST } from "./endpoint";
import type { PayloadType, TargetKind, TargetRow } from "./events";
import type { Faults, Operation } from "./faults";
import { Gateway, type Instance } from "./gateway";
import { TokenEndpoint } from "./oauth";
import type { ReadModelControl } from "./read-model";
import type { RecordedRequest } from "./recorder";
import { HttpSide, type TlsOptions } from "./server";
import { loadState, saveState } from "./state-file";
import { Store } from "./store";
import { targetCalls } from "./targets";
import { Directory, type Role, type User } from "./users";
import { formatDuration } from "./wire";

export interface ZitadelOptions {
  /** The port to listen on, on loopback. Default: 0, any free one. */
  port?: number;
  /** The instance's domain; a request for another host gets 404. Default: `localhost`. */
  domain?: string;
  /** Serve HTTPS with this certificate. Default: plain HTTP. */
  tls?: TlsOptions;
  /** The clock for dates, tokens and the lag of the read model. Default: the machine's. */
  now?: () => Date;
  /** How long access tokens from the token endpoint are valid, in seconds. Default: 43199. */
  accessTokenLifetime?: number;
  /** Host names, addresses and ranges that no endpoint may have. Default: the list that ZITADEL ships with. */
  denyList?: readonly string[];
  /** Take loopback addresses and `localhost` off the shipped deny list. Default: false. */
  allowLoopback?: boolean;
  /** How long every answer takes, in milliseconds. Default: 0. */
  latency?: number;
  /**
   * Keep targets and users in this file: it is read at the start if there is one, and replaced after each write. Default:
   * they are kept in memory only. Tokens from the token endpoint end with the process.
   */
  file?: string;
}

/** A target as the stand-in's write side has it: what GET would show if the read model missed nothing. */
export interface TargetState {
  id: string;
  name: string;
  endpoint: string;
  /** Canonical, such as `10s`. */
  timeout: string;
  kind: TargetKind;
  interruptOnError: boolean;
  payloadType: PayloadType;
  signingKey: string;
  creationDate: string;
  changeDate: string;
}

/** The body of a create or update, as the API takes it. */
export type TargetBody = Record<string, unknown>;

/** A ZITADEL stand-in that is running. */
export interface Zitadel {
  /** `http://localhost:PORT`; also the issuer of its tokens. */
  readonly url: string;
  readonly domain: string;
  readonly port: number;
  /** The organisation whose id `x-zitadel-orgid` may name. */
  readonly organisationId: string;
  /** The default user, an `IAM_OWNER`, … */
  readonly owner: User;
  /** … and that user's personal access token. */
  readonly accessToken: string;

  addUser(user: { userName: string; role: Role }): User;
  /** The user of that name, for instance one from the state file. */
  findUser(userName: string): User | undefined;
  /** Makes all tokens worthless that the token endpoint has issued; personal access tokens stay. */
  expireTokens(): void;
  /** Lifetime of the tokens issued from now on, in seconds. */
  accessTokenLifetime: number;

  readonly faults: Faults;
  readonly readModel: ReadModelControl;
  /** How long every answer takes, in milliseconds. */
  latency: number;

  /** The requests since the start, or since `clearRequests()`, in the order in which they came. */
  readonly requests: readonly RecordedRequest[];
  /** How many requests of which kind there were. */
  count(): Record<Operation, number>;
  clearRequests(): void;
  /** The most creates, updates and deletes that were on their way at once, since the start or `clearRequests()`. */
  readonly maxConcurrentWrites: number;

  /** All targets of the write side, oldest first. */
  targets(): TargetState[];
  /** As POST /v2/actions/targets, but neither sent nor recorded. A refusal is thrown as an `ApiError`. */
  add(target: TargetBody): { id: string; creationDate: string; signingKey: string };
  /** As POST /v2/actions/targets/{id}, but neither sent nor recorded. */
  change(id: string, patch: TargetBody): { changeDate: string; signingKey?: string };
  /** As DELETE /v2/actions/targets/{id}, but neither sent nor recorded. */
  remove(id: string): { deletionDate?: string };

  /** Closes every connection and the server. */
  stop(): Promise<void>;
}

/** Starts a stand-in for a ZITADEL instance, as far as the API for targets of actions and logging in to it go. */
export async function startZitadel(options: ZitadelOptions = {}): Promise<Zitadel> {
  const now = options.now ?? (() => new Date());
  const save = () => {
    const state = { organisationId, users: directory.stored(), events: store.log() };
    if (options.file !== undefined) saveState(options.file, { version: 1, ...state });
  };
  const store = new Store(now, save);
  const directory = new Directory(store.ids, now, save);
  const stored = options.file === undefined ? undefined : loadState(options.file);
  const organisationId = stored?.organisationId ?? store.ids.next();
  store.load(stored?.events ?? []);
  directory.load(stored?.users ?? []);
  const calls = targetCalls(store, new EndpointPolicy(denyListOf(options)));

  const settings = { accessTokenLifetime: options.accessTokenLifetime ?? 43_199 };
  const instance: Instance = {
    scheme: options.tls ? "https" : "http",
    domain: options.domain ?? "localhost",
    port: 0,
    organisationId,
  };
  const oauth = new TokenEndpoint(directory, now, () => settings.accessTokenLifetime);
  const http = new HttpSide(now, new Gateway(instance, calls, directory, oauth), options.tls);
  http.latency = options.latency ?? 0;
  const owner = directory.find("owner") ?? directory.add("owner", "IAM_OWNER");
  instance.port = await http.listen(options.port ?? 0);

  const perform = (operation: "create" | "update" | "delete", id: string, body: TargetBody) =>
    calls[operation].prepare(id, JSON.stringify(body))();

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
    targets: () => store.truth.rows().map(stateOf),
    add: (target) => perform("create", "", target) as ReturnType<Zitadel["add"]>,
    change: (id, patch) => perform("update", id, patch) as ReturnType<Zitadel["change"]>,
    remove: (id) => perform("delete", id, {}),
    stop: () => http.stop(),
  };
}

function urlOf({ scheme, domain, port }: Instance): string {
  const standard = scheme === "https" ? 443 : 80;
  return `${scheme}://${domain}${port === standard ? "" : `:${port}`}`;
}

function denyListOf({ denyList, allowLoopback }: ZitadelOptions): readonly string[] {
  return denyList ?? (allowLoopback ? DENY_LIST_WITHOUT_LOOPBACK : SHIPPED_DENY_LIST);
}

function stateOf(row: TargetRow): TargetState {
  return { ...row, timeout: formatDuration(row.timeout) };
}
