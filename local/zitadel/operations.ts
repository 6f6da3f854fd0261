/** The calls that write. Each of them writes one kind of event. */
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
 * A method of the API. Names that are only a verb are for targets.
 *
 * @useDeclaredType
 */
export type ApiOperation = Write | (typeof READS)[number];

/**
 * What a request does. `other` is everything that is neither a call of the API nor a request for a token.
 *
 * @useDeclaredType
 */
export type Operation = ApiOperation | "token" | "other";

export const OPERATIONS: readonly Operation[] = [...WRITES, ...READS, "token", "other"];

export function isWrite(operation: Operation): operation is Write {
  return (WRITES as readonly Operation[]).includes(operation);
}
