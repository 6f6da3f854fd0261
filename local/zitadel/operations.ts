/** The calls that write, each of them one kind of event. */
export const WRITES = [
  "create",
  "update",
  "delete",
  "setExecution",
  "addKey",
  "activateKey",
  "deactivateKey",
  "deleteKey",
] as const;

const READS = ["get", "search", "searchExecutions", "listWords", "searchKeys"] as const;

/**
 * A kind of write: to targets (`create`, `update`, `delete`), to executions, or to the public keys of targets.
 *
 * @useDeclaredType
 */
export type Write = (typeof WRITES)[number];

/**
 * A method of the API. Those with a bare verb are for targets.
 *
 * @useDeclaredType
 */
export type ApiOperation = Write | (typeof READS)[number];

/**
 * What a request is for. Everything that is neither a call of the API nor for a token is `other`.
 *
 * @useDeclaredType
 */
export type Operation = ApiOperation | "token" | "other";

export const OPERATIONS: readonly Operation[] = [...WRITES, ...READS, "token", "other"];

export function isWrite(operation: Operation): operation is Write {
  return (WRITES as readonly Operation[]).includes(operation);
}
