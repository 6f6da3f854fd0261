import type { Condition } from "./condition";

/** Which executions are listed, in the words of ZITADEL's API. */
export type ExecutionFilter =
  /** By what triggers them. */
  | { inConditionsFilter: { conditions: Condition[] }; executionTypeFilter?: never; targetFilter?: never }
  /** By kind. */
  | { executionTypeFilter: { executionType: ExecutionType }; inConditionsFilter?: never; targetFilter?: never }
  /** By a target that they call. */
  | { targetFilter: { targetId: string }; inConditionsFilter?: never; executionTypeFilter?: never };

export type ExecutionType =
  "EXECUTION_TYPE_REQUEST" | "EXECUTION_TYPE_RESPONSE" | "EXECUTION_TYPE_FUNCTION" | "EXECUTION_TYPE_EVENT";
