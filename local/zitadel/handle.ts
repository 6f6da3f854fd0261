import type { DeliveryRecord } from "./delivery/deliveries";
import type { ExecutionCondition } from "./executions/condition";
import type { Faults } from "./faults";
import type { Operation } from "./operations";
import type { ReadModelControl } from "./read-model";
import type { RecordedRequest } from "./recorder";
import type { TlsOptions } from "./server";
import type { PayloadType, TargetKind } from "./targets/events";
import type { Role, User } from "./users";

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
  /** The most that calling a target may take, in milliseconds, however long its own time-out. Default: 30000. */
  deliveryTimeout?: number;
  /**
   * Keep everything but issued tokens in this file: it is read at the start if there is one, and replaced after each write. Default:
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

/** An execution as search would show it if the read model missed nothing: targets that were removed are not in it. */
export interface ExecutionState {
  /**
   * The canonical id of its condition, such as `request/zitadel.session.v2.SessionService/ListSessions`,
   * `request/zitadel.session.v2.SessionService`, `request`, `function/preuserinfo`, `event/user.human.added`,
   * `event/user.human.*` or `event`.
   */
  id: string;
  condition: ExecutionCondition;
  /** The ids of its targets, in order. */
  targets: readonly string[];
  creationDate: string;
  changeDate: string;
}

/** A public key of a target as search would show it if the read model missed nothing. */
export interface PublicKeyState {
  keyId: string;
  active: boolean;
  /** The PEM, in base64. */
  publicKey: string;
  fingerprint: string;
  /** Not there if the key does not expire. */
  expirationDate?: string;
  creationDate: string;
  changeDate: string;
}

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
  /** The most writes that were on their way at once, since the start or `clearRequests()`. */
  readonly maxConcurrentWrites: number;

  /** All targets of the write side, oldest first. */
  targets(): TargetState[];
  /** As POST /v2/actions/targets, but neither sent nor recorded. A refusal is thrown as an `ApiError`. */
  add(target: TargetBody): { id: string; creationDate: string; signingKey: string };
  /** As POST /v2/actions/targets/{id}, but neither sent nor recorded. */
  change(id: string, patch: TargetBody): { changeDate: string; signingKey?: string };
  /** As DELETE /v2/actions/targets/{id}, but neither sent nor recorded. */
  remove(id: string): { deletionDate?: string };

  /** All executions of the write side that have targets, in the order in which they were first set. */
  executions(): ExecutionState[];
  /** As PUT /v2/actions/executions, but neither sent nor recorded. A refusal is thrown as an `ApiError`. */
  setExecution(condition: ExecutionCondition, targetIds: readonly string[]): { setDate: string };

  /** All public keys of a target, oldest first. */
  publicKeys(targetId: string): PublicKeyState[];
  /** As POST /v2/actions/targets/{id}/publickeys: the PEM is sent in base64. Neither sent nor recorded, like the rest. */
  addPublicKey(
    targetId: string,
    key: { publicKey: string; expirationDate?: string },
  ): { keyId: string; creationDate: string };
  /** As POST /v2/actions/targets/{id}/publickeys/{keyId}/activate. */
  activatePublicKey(targetId: string, keyId: string): { changeDate: string };
  /** As POST /v2/actions/targets/{id}/publickeys/{keyId}/deactivate. */
  deactivatePublicKey(targetId: string, keyId: string): { changeDate: string };
  /** As DELETE /v2/actions/targets/{id}/publickeys/{keyId}. */
  removePublicKey(targetId: string, keyId: string): { deletionDate: string };

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
