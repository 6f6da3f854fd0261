import type { KeyObject } from "node:crypto";
import type { PayloadType, TargetKind } from "../targets/events";

/** The key with which a target's payloads are encrypted. */
export interface EncryptionKey {
  keyId: string;
  /** RSA or EC. */
  key: KeyObject;
}

/** A target as an execution calls it. */
export interface DeliveryTarget {
  id: string;
  endpoint: string;
  kind: TargetKind;
  /** Nanoseconds. */
  timeout: number;
  interruptOnError: boolean;
  payloadType: PayloadType;
  signingKey: string;
  /** The active public key, unless it has expired. */
  encryptionKey?: EncryptionKey | undefined;
}

/** An execution that calls at least one target. */
export interface Execution {
  /** The id of its condition, such as `request/zitadel.session.v2.SessionService/ListSessions`. */
  id: string;
  /** The targets, in the order in which they are called. */
  targets: readonly DeliveryTarget[];
}

/** Provides the executions that are in effect. */
export interface ExecutionSource {
  /** Returns the ids of all executions that call at least one target. */
  executionIds(): readonly string[];
  /** Returns the targets of an execution. */
  targetsOf(executionId: string): readonly DeliveryTarget[];
}

/**
 * Returns the execution for a request, a response, a function or an event. There is at most one: the execution of exactly this
 * condition, or otherwise the last one in alphabetical order whose id is a prefix of the condition's id. So a method wins over its
 * service, and the service over all. The execution of a method also runs for every method whose name begins with that name.
 */
export function executionFor(source: ExecutionSource, wanted: string): Execution | undefined {
  const ids = source.executionIds();
  const id = ids.includes(wanted)
    ? wanted
    : ids
        .filter((id) => wanted.startsWith(prefixOf(id)))
        .sort()
        .at(-1);
  return id === undefined ? undefined : { id, targets: source.targetsOf(id) };
}

function prefixOf(executionId: string): string {
  return executionId.endsWith(".*") ? executionId.slice(0, -2) : executionId;
}
