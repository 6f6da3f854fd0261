import type { Exactly } from "../core/one-of";
import type { Condition } from "./condition";

/** Selects executions by their conditions. */
export interface InConditionsFilter {
  /** The conditions. One without an execution is not an error: it just adds no result. */
  conditions: Condition[];
}

/** Selects executions by the kind of their condition. */
export interface ExecutionTypeFilter {
  /** The kind of condition. */
  executionType: ExecutionType;
}

/** Selects executions by a target that they call. */
export interface ExecutionTargetFilter {
  /** The target's id. */
  targetId: string;
}

/** Which executions to list: exactly one of these filters, as in ZITADEL's API. */
export type ExecutionFilter = Exactly<{
  /** By condition. */
  inConditionsFilter: InConditionsFilter;
  /** By kind of condition. */
  executionTypeFilter: ExecutionTypeFilter;
  /** By a target that they call. */
  targetFilter: ExecutionTargetFilter;
}>;

/** The kind of an execution's condition. */
export type ExecutionType =
  "EXECUTION_TYPE_REQUEST" | "EXECUTION_TYPE_RESPONSE" | "EXECUTION_TYPE_FUNCTION" | "EXECUTION_TYPE_EVENT";
