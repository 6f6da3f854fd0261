import type { Exactly } from "../one-of";
import type { Condition } from "./condition";

/** By what triggers them. */
export interface InConditionsFilter {
  /** The conditions; those that no execution has are left out of the answer. */
  conditions: Condition[];
}

/** By kind. */
export interface ExecutionTypeFilter {
  /** The kind of condition. */
  executionType: ExecutionType;
}

/** By a target that they call. */
export interface ExecutionTargetFilter {
  /** The target's id. */
  targetId: string;
}

/** Which executions are listed, in the words of ZITADEL's API. */
export type ExecutionFilter = Exactly<{
  /** By what triggers them. */
  inConditionsFilter: InConditionsFilter;
  /** By kind. */
  executionTypeFilter: ExecutionTypeFilter;
  /** By a target that they call. */
  targetFilter: ExecutionTargetFilter;
}>;

/** The kind of an execution: what sort of condition triggers it. */
export type ExecutionType =
  "EXECUTION_TYPE_REQUEST" | "EXECUTION_TYPE_RESPONSE" | "EXECUTION_TYPE_FUNCTION" | "EXECUTION_TYPE_EVENT";
