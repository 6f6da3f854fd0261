import type { DeliveryRecord } from "./delivery/deliveries";
import type { ExecutionCondition } from "./executions/condition";
import type { Faults } from "./faults";
import type { Operation } from "./operations";
import type { ReadModelControl } from "./read-model";
import type { RecordedRequest } from "./recorder";
import type { TlsOptions } from "./server";
import type { PayloadType, TargetKind } from "./targets/events";
import type { Role, User } from "./users";

/** What {@link startZitadel} takes. */
export interface ZitadelOptions {
  /**
   * The port to listen on, on loopback.
   *
   * @default 0, any free one
   */
  port?: number;
  /**
   * The instance's domain; a request for another host gets 404.
   *
   * @default `localhost`
   */
  domain?: string;
  /**
   * The certificate with which HTTPS is served.
   *
   * @default none: plain HTTP
   */
  tls?: TlsOptions;
  /**
   * The clock for dates, tokens and the lag of the read model.
   *
   * @default the machine's
   */
  now?: () => Date;
  /**
   * How long access tokens from the token endpoint are valid, in seconds.
   *
   * @default 43 199
   */
  accessTokenLifetime?: number;
  /**
   * Host names, addresses and ranges that no endpoint may have.
   *
   * @default the list that ZITADEL ships with
   */
  denyList?: readonly string[];
  /**
   * Whether loopback addresses and `localhost` are taken off the shipped deny list.
   *
   * @default `false`
   */
  allowLoopback?: boolean;
  /**
   * The personal access token of the user `owner`.
   *
   * @default the one in `file`, or a new one
   */
  accessToken?: string;
  /**
   * Decides which host names resolve. Where it returns `false`, creating a target with that host fails with `COMMAND-NcJUKo`, and
   * updating one with `COMMAND-jKbbu2`, as on a real server, which looks the host up in DNS. It is called with the host name in lower
   * case, and not for IP addresses and `localhost`. For tests that need no DNS: `(host) => ["example.com"].includes(host)`.
   *
   * @default every host name resolves, except those that cannot exist, such as `hooks.invalid`
   */
  resolves?: (host: string) => boolean;
  /**
   * How long every answer takes, in milliseconds.
   *
   * @default 0
   */
  latency?: number;
  /**
   * The most that calling a target may take, in milliseconds, however long its own time-out.
   *
   * @default 30 000
   */
  deliveryTimeout?: number;
  /**
   * The file that keeps everything but issued tokens: it is read at the start if there is one, and replaced after each write.
   * Tokens from the token endpoint end with the process.
   *
   * @default none: everything is kept in memory
   */
  file?: string;
}

/** A target as the stand-in's write side has it: what GET would show if the read model missed nothing. */
export interface TargetState {
  /** The id that it was given. */
  id: string;
  /** Its name, unique whatever the case. */
  name: string;
  /** The URL that is called. */
  endpoint: string;
  /** How long an answer is waited for, in canonical form, such as `10s`. */
  timeout: string;
  /** Whether it is a webhook, a call or asynchronous. */
  kind: TargetKind;
  /** Whether its failure stops the call that triggered it. */
  interruptOnError: boolean;
  /** How the payload is packed. */
  payloadType: PayloadType;
  /** The key with which what is sent is signed. */
  signingKey: string;
  /** When it was created, in RFC 3339. */
  creationDate: string;
  /** When it was last changed, in RFC 3339. */
  changeDate: string;
}

/** What a create answers. */
export interface CreatedTarget {
  /** The id that the target was given. */
  id: string;
  /** When it was created, in RFC 3339. */
  creationDate: string;
  /** The key with which what is sent to it is signed. */
  signingKey: string;
}

/** What an update answers. */
export interface ChangedTarget {
  /** When the target was last changed, in RFC 3339. */
  changeDate: string;
  /** The new key, where one was asked for. */
  signingKey?: string;
}

/** What a delete answers. */
export interface RemovedTarget {
  /** When the target was removed, in RFC 3339; left out where there was none. */
  deletionDate?: string;
}

/** What setting an execution answers. */
export interface SetExecution {
  /** When its list was last set, in RFC 3339. */
  setDate: string;
}

/** A public key to be added. */
export interface NewPublicKey {
  /** The PEM, in base64. */
  publicKey: string;
  /** When it ceases to count, in RFC 3339; never, where it is left out. */
  expirationDate?: string;
}

/** What adding a public key answers. */
export interface AddedPublicKey {
  /** The id that the key was given. */
  keyId: string;
  /** When it was added, in RFC 3339. */
  creationDate: string;
}

/** What activating or deactivating a public key answers. */
export interface ChangedPublicKey {
  /** When the key was last changed, in RFC 3339. */
  changeDate: string;
}

/** What removing a public key answers. */
export interface RemovedPublicKey {
  /** When the key was removed, in RFC 3339. */
  deletionDate: string;
}

/** A user to be added. */
export interface NewUser {
  /** The user's name, and the client id. */
  userName: string;
  /** What the user may do. */
  role: Role;
}

/** The body of a create or update, as the API takes it. */
export type TargetBody = Record<string, unknown>;

/** An execution as search would show it if the read model missed nothing: targets that were removed are not in it. */
export interface ExecutionState {
  /**
   * The canonical id of its condition, such as `request/zitadel.session.v2.SessionService/ListSessions`,
   * `request/zitadel.session.v2.SessionService`, `request`, `function/preuserinfo`, `event/user.human.added`,
   * `event/user.human.*` or `event`.
   */
  id: string;
  /** When it happens. */
  condition: ExecutionCondition;
  /** The ids of its targets, in order. */
  targets: readonly string[];
  /** When it was first set, in RFC 3339. */
  creationDate: string;
  /** When its list was last set, in RFC 3339. */
  changeDate: string;
}

/** A public key of a target as search would show it if the read model missed nothing. */
export interface PublicKeyState {
  /** The id that it was given. */
  keyId: string;
  /** Whether it is the one that is encrypted with. */
  active: boolean;
  /** The PEM, in base64. */
  publicKey: string;
  /** `SHA256:` and the digest of the key. */
  fingerprint: string;
  /** When it ceases to count, in RFC 3339; not there if it never does. */
  expirationDate?: string;
  /** When it was added, in RFC 3339. */
  creationDate: string;
  /** When it was last changed, in RFC 3339. */
  changeDate: string;
}

/** A ZITADEL stand-in that is running. */
export interface Zitadel {
  /** `http://localhost:PORT`; also the issuer of its tokens. */
  readonly url: string;
  /** The instance's domain: what `zitadel:domain` has to be. */
  readonly domain: string;
  /** The port on loopback: what `zitadel:port` has to be. */
  readonly port: number;
  /** The organisation whose id `x-zitadel-orgid` may name. */
  readonly organisationId: string;
  /** The default user, an `IAM_OWNER`, … */
  readonly owner: User;
  /** … and that user's personal access token. */
  readonly accessToken: string;

  /** Adds a machine user with a personal access token. */
  addUser(user: NewUser): User;
  /** The user of that name, for instance one from the state file. */
  findUser(userName: string): User | undefined;
  /** Makes all tokens worthless that the token endpoint has issued; personal access tokens stay. */
  expireTokens(): void;
  /** Lifetime of the tokens issued from now on, in seconds. */
  accessTokenLifetime: number;

  /** What is to go wrong. */
  readonly faults: Faults;
  /** How far the read side may fall behind. */
  readonly readModel: ReadModelControl;
  /** How long every answer takes, in milliseconds. */
  latency: number;

  /** The requests since the start, or since `clearRequests()`, in the order in which they came. */
  readonly requests: readonly RecordedRequest[];
  /** How many requests of which kind there were. */
  count(): Record<Operation, number>;
  /** Forgets the requests so far. */
  clearRequests(): void;
  /** The most writes that were on their way at once, since the start or `clearRequests()`. */
  readonly maxConcurrentWrites: number;

  /** All targets of the write side, oldest first. */
  targets(): TargetState[];
  /** As POST /v2/actions/targets, but neither sent nor recorded. A refusal is thrown as an `ApiError`. */
  add(target: TargetBody): CreatedTarget;
  /** As POST /v2/actions/targets/{id}, but neither sent nor recorded. */
  change(id: string, patch: TargetBody): ChangedTarget;
  /** As DELETE /v2/actions/targets/{id}, but neither sent nor recorded. */
  remove(id: string): RemovedTarget;

  /** All executions of the write side that have targets, in the order in which they were first set. */
  executions(): ExecutionState[];
  /** As PUT /v2/actions/executions, but neither sent nor recorded. A refusal is thrown as an `ApiError`. */
  setExecution(condition: ExecutionCondition, targetIds: readonly string[]): SetExecution;

  /** All public keys of a target, oldest first. */
  publicKeys(targetId: string): PublicKeyState[];
  /** As POST /v2/actions/targets/{id}/publickeys: the PEM is sent in base64. Neither sent nor recorded, like the rest. */
  addPublicKey(targetId: string, key: NewPublicKey): AddedPublicKey;
  /** As POST /v2/actions/targets/{id}/publickeys/{keyId}/activate. */
  activatePublicKey(targetId: string, keyId: string): ChangedPublicKey;
  /** As POST /v2/actions/targets/{id}/publickeys/{keyId}/deactivate. */
  deactivatePublicKey(targetId: string, keyId: string): ChangedPublicKey;
  /** As DELETE /v2/actions/targets/{id}/publickeys/{keyId}. */
  removePublicKey(targetId: string, keyId: string): RemovedPublicKey;

  /**
   * The latest targets that executions called since the start, in the order in which they did: the last thousand. What is
   * under way has neither a status nor a failure yet.
   */
  readonly deliveries: readonly DeliveryRecord[];
  /** Resolves when nothing is being delivered in the background: neither events nor calls of `restAsync` targets. */
  idle(): Promise<void>;

  /** Ends deliveries, and closes every connection and the server. */
  stop(): Promise<void>;
}
