import type { DeliveryRecord } from "./delivery/deliveries";
import type { ExecutionCondition } from "./executions/condition";
import type { Faults } from "./faults";
import type { Operation } from "./operations";
import type { ReadModelControl } from "./read-model";
import type { RecordedRequest } from "./recorder";
import type { TlsOptions } from "./server";
import type { PayloadType, TargetKind } from "./targets/events";
import type { Role, User } from "./users";

/** The options of {@link startZitadel}. */
export interface ZitadelOptions {
  /**
   * The port to listen on, on loopback.
   *
   * @default 0: any free port
   */
  port?: number;
  /**
   * The instance's domain. A request for another host gets a 404.
   *
   * @default `localhost`
   */
  domain?: string;
  /**
   * The certificate for HTTPS.
   *
   * @default none: plain HTTP
   */
  tls?: TlsOptions;
  /**
   * The clock for dates, tokens and the lag of the read model.
   *
   * @default the machine's clock
   */
  now?: () => Date;
  /**
   * How long access tokens from the token endpoint are valid, in seconds.
   *
   * @default 43 199
   */
  accessTokenLifetime?: number;
  /**
   * Host names, addresses and ranges that are not allowed in endpoints.
   *
   * @default the list that ZITADEL ships with
   */
  denyList?: readonly string[];
  /**
   * Whether to remove loopback addresses and `localhost` from the default deny list.
   *
   * @default `false`
   */
  allowLoopback?: boolean;
  /**
   * The personal access token of the user `owner`.
   *
   * @default the token in `file`, or a new one
   */
  accessToken?: string;
  /**
   * Decides which host names resolve, without DNS: for example `(host) => ["example.com"].includes(host)`. If it returns `false`,
   * creating a target with that host fails with `COMMAND-NcJUKo`, and updating one fails with `COMMAND-jKbbu2`. A real server looks the
   * host up in DNS and fails in the same way. It is called with the host name in lower case, but not for IP addresses and `localhost`.
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
   * The longest time that a call of a target may take, in milliseconds, even if the target's own timeout is longer.
   *
   * @default 30 000
   */
  deliveryTimeout?: number;
  /**
   * The file that stores everything except tokens from the token endpoint, which become invalid when the process ends. The server reads
   * the file at the start, if it exists, and replaces it after each write.
   *
   * @default none: everything is kept in memory
   */
  file?: string;
}

/** A target as the write side has it. GET would show the same if the read model missed nothing. */
export interface TargetState {
  /** The id that the server gave it. */
  id: string;
  /** Its name, which is unique (case-insensitive). */
  name: string;
  /** The URL that the server calls. */
  endpoint: string;
  /** How long the server waits for an answer, in canonical form, such as `10s`. */
  timeout: string;
  /** Whether it is a webhook, a call or asynchronous. */
  kind: TargetKind;
  /** Whether a failure stops the call that triggered the target. */
  interruptOnError: boolean;
  /** The format of the payload. */
  payloadType: PayloadType;
  /** The key with which deliveries to the target are signed. */
  signingKey: string;
  /** When it was created, in RFC 3339. */
  creationDate: string;
  /** When it was last changed, in RFC 3339. */
  changeDate: string;
}

/** The answer to a create. */
export interface CreatedTarget {
  /** The id that the server gave the target. */
  id: string;
  /** When it was created, in RFC 3339. */
  creationDate: string;
  /** The key with which deliveries to the target are signed. */
  signingKey: string;
}

/** The answer to an update. */
export interface ChangedTarget {
  /** When the target was last changed, in RFC 3339. */
  changeDate: string;
  /** The new signing key, if the update asked for one. */
  signingKey?: string;
}

/** The answer to a delete. */
export interface RemovedTarget {
  /** When the target was removed, in RFC 3339. Left out if there was no such target. */
  deletionDate?: string;
}

/** The answer to setting an execution. */
export interface SetExecution {
  /** When its list was last set, in RFC 3339. */
  setDate: string;
}

/** A public key to add. */
export interface NewPublicKey {
  /** The PEM, in base64. */
  publicKey: string;
  /** When it expires, in RFC 3339. Without it, the key never expires. */
  expirationDate?: string;
}

/** The answer to adding a public key. */
export interface AddedPublicKey {
  /** The id that the server gave the key. */
  keyId: string;
  /** When it was added, in RFC 3339. */
  creationDate: string;
}

/** The answer to activating or deactivating a public key. */
export interface ChangedPublicKey {
  /** When the key was last changed, in RFC 3339. */
  changeDate: string;
}

/** The answer to removing a public key. */
export interface RemovedPublicKey {
  /** When the key was removed, in RFC 3339. */
  deletionDate: string;
}

/** A user to add. */
export interface NewUser {
  /** The user's name, which is also the client id. */
  userName: string;
  /** What the user may do. */
  role: Role;
}

/** The body of a create or update, as the API accepts it. */
export type TargetBody = Record<string, unknown>;

/** An execution, without targets that were removed. A search would show the same if the read model missed nothing. */
export interface ExecutionState {
  /**
   * The canonical id of its condition, such as `request/zitadel.session.v2.SessionService/ListSessions`,
   * `request/zitadel.session.v2.SessionService`, `request`, `function/preuserinfo`, `event/user.human.added`,
   * `event/user.human.*` or `event`.
   */
  id: string;
  /** What triggers it. */
  condition: ExecutionCondition;
  /** The ids of its targets, in order. */
  targets: readonly string[];
  /** When it was first set, in RFC 3339. */
  creationDate: string;
  /** When its list was last set, in RFC 3339. */
  changeDate: string;
}

/** A public key of a target. A search would show the same if the read model missed nothing. */
export interface PublicKeyState {
  /** The id that the server gave it. */
  keyId: string;
  /** Whether the server encrypts deliveries with it. */
  active: boolean;
  /** The PEM, in base64. */
  publicKey: string;
  /** `SHA256:` and the digest of the key. */
  fingerprint: string;
  /** When it expires, in RFC 3339. Left out if it never expires. */
  expirationDate?: string;
  /** When it was added, in RFC 3339. */
  creationDate: string;
  /** When it was last changed, in RFC 3339. */
  changeDate: string;
}

/** A mock ZITADEL server that is running. */
export interface Zitadel {
  /** `http://localhost:PORT`, which is also the issuer of its tokens. */
  readonly url: string;
  /** The instance's domain: the value for `zitadel-actions:domain`. */
  readonly domain: string;
  /** The port on loopback: the value for `zitadel-actions:port`. */
  readonly port: number;
  /** The id of the only organisation, for the header `x-zitadel-orgid`. */
  readonly organisationId: string;
  /** The default user, an `IAM_OWNER`. */
  readonly owner: User;
  /** The default user's personal access token. */
  readonly accessToken: string;

  /** Adds a machine user with a personal access token. */
  addUser(user: NewUser): User;
  /** Returns the user with this name, for example one from the state file. */
  findUser(userName: string): User | undefined;
  /** Makes all tokens from the token endpoint invalid. Personal access tokens stay valid. */
  expireTokens(): void;
  /** How long new tokens are valid, in seconds. */
  accessTokenLifetime: number;

  /** Makes requests fail. */
  readonly faults: Faults;
  /** Makes the read model lag, or lose events. */
  readonly readModel: ReadModelControl;
  /** How long every answer takes, in milliseconds. */
  latency: number;

  /** The requests since the start or since `clearRequests()`, in the order of their arrival. */
  readonly requests: readonly RecordedRequest[];
  /** Returns the number of these requests, by operation. */
  count(): Record<Operation, number>;
  /** Forgets all requests so far. */
  clearRequests(): void;
  /** The largest number of writes that were in flight at once, since the start or `clearRequests()`. */
  readonly maxConcurrentWrites: number;

  /** Returns all targets of the write side, oldest first. */
  targets(): TargetState[];
  /** Creates a target as POST /v2/actions/targets does, but sends and records no request. Throws an `ApiError` if it is rejected. */
  add(target: TargetBody): CreatedTarget;
  /** Updates a target as POST /v2/actions/targets/{id} does, but sends and records no request. */
  change(id: string, patch: TargetBody): ChangedTarget;
  /** Deletes a target as DELETE /v2/actions/targets/{id} does, but sends and records no request. */
  remove(id: string): RemovedTarget;

  /** Returns all executions of the write side that have targets, in the order in which they were first set. */
  executions(): ExecutionState[];
  /** Sets an execution as PUT /v2/actions/executions does, but sends and records no request. Throws an `ApiError` if it is rejected. */
  setExecution(condition: ExecutionCondition, targetIds: readonly string[]): SetExecution;

  /** Returns all public keys of a target, oldest first. */
  publicKeys(targetId: string): PublicKeyState[];
  /** Adds a key as POST /v2/actions/targets/{id}/publickeys does (the PEM is in base64), but sends and records no request. */
  addPublicKey(targetId: string, key: NewPublicKey): AddedPublicKey;
  /** Activates a key as POST /v2/actions/targets/{id}/publickeys/{keyId}/activate does, but sends and records no request. */
  activatePublicKey(targetId: string, keyId: string): ChangedPublicKey;
  /** Deactivates a key as POST /v2/actions/targets/{id}/publickeys/{keyId}/deactivate does, but sends and records no request. */
  deactivatePublicKey(targetId: string, keyId: string): ChangedPublicKey;
  /** Removes a key as DELETE /v2/actions/targets/{id}/publickeys/{keyId} does, but sends and records no request. */
  removePublicKey(targetId: string, keyId: string): RemovedPublicKey;

  /**
   * The last thousand deliveries since the start, in order. A delivery that is still in progress has neither a status nor a
   * failure.
   */
  readonly deliveries: readonly DeliveryRecord[];
  /** Resolves when no delivery is in progress in the background: neither of events nor to `restAsync` targets. */
  idle(): Promise<void>;

  /** Stops all deliveries, and closes every connection and the server. */
  stop(): Promise<void>;
}
