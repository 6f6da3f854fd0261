import type { KeyObject } from "node:crypto";
import type { PayloadType, TargetKind } from "../targets/events";

/** The key that a target's payloads are encrypted with. */
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
  /** That of its condition, such as `request/zitadel.session.v2.SessionService/ListSessions`. */
  id: string;
  /** In the order in which they are called. */
  targets: readonly DeliveryTarget[];
}

/** Where the executions in force come from. */
export interface ExecutionSource {
  /** The ids of all executions that call at least one target. */
  executionIds(): readonly string[];
  /** The targets of one of them. */
  targetsOf(executionId: string): readonly DeliveryTarget[];
}

/**
 * The execution that a request, a response, a function or an event leads to. There is at most one: that of the very
 * condition, or else the last in alphabetical order whose id the wanted one begins with. So a method comes before its
 * service and that before all; and a method's execution is also that of every method whose name is longer.
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
