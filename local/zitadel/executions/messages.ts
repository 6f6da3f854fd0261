import { searchRequest } from "../paging";
import type { Message, MessageType } from "../wire";

/** The types of executions, in the order of their numbers. */
export const EXECUTION_TYPES = [
  "EXECUTION_TYPE_UNSPECIFIED",
  "EXECUTION_TYPE_REQUEST",
  "EXECUTION_TYPE_RESPONSE",
  "EXECUTION_TYPE_EVENT",
  "EXECUTION_TYPE_FUNCTION",
] as const;

/** The columns to sort executions by, in the order of their numbers. */
export const EXECUTION_FIELD_NAMES = [
  "EXECUTION_FIELD_NAME_UNSPECIFIED",
  "EXECUTION_FIELD_NAME_ID",
  "EXECUTION_FIELD_NAME_CREATED_DATE",
  "EXECUTION_FIELD_NAME_CHANGED_DATE",
] as const;

const apiCondition = {
  method: { type: "string", oneof: "condition" },
  service: { type: "string", oneof: "condition" },
  all: { type: "bool", oneof: "condition" },
} as const;

const eventCondition = {
  event: { type: "string", oneof: "condition" },
  group: { type: "string", oneof: "condition" },
  all: { type: "bool", oneof: "condition" },
} as const;

const RequestExecution = { name: "RequestExecution", fields: apiCondition } as const;
const ResponseExecution = { name: "ResponseExecution", fields: apiCondition } as const;
const FunctionExecution = { name: "FunctionExecution", fields: { name: { type: "string" } } } as const;
const EventExecution = { name: "EventExecution", fields: eventCondition } as const;

const Condition = {
  name: "Condition",
  fields: {
    request: { type: "message", message: RequestExecution, oneof: "condition_type" },
    response: { type: "message", message: ResponseExecution, oneof: "condition_type" },
    function: { type: "message", message: FunctionExecution, oneof: "condition_type" },
    event: { type: "message", message: EventExecution, oneof: "condition_type" },
  },
} as const satisfies MessageType;

export const SetExecutionRequest = {
  name: "SetExecutionRequest",
  fields: {
    condition: { type: "message", message: Condition },
    targets: { type: "list", of: { type: "string" } },
  },
} as const satisfies MessageType;

const InConditionsFilter = {
  name: "InConditionsFilter",
  fields: { conditions: { type: "list", of: { type: "message", message: Condition } } },
} as const;

const ExecutionTypeFilter = {
  name: "ExecutionTypeFilter",
  fields: { executionType: { type: "enum", names: EXECUTION_TYPES } },
} as const;

const TargetFilter = { name: "TargetFilter", fields: { targetId: { type: "string" } } } as const;

const ExecutionSearchFilter = {
  name: "ExecutionSearchFilter",
  fields: {
    inConditionsFilter: { type: "message", message: InConditionsFilter, oneof: "filter" },
    executionTypeFilter: { type: "message", message: ExecutionTypeFilter, oneof: "filter" },
    targetFilter: { type: "message", message: TargetFilter, oneof: "filter" },
  },
} as const satisfies MessageType;

export const ListExecutionsRequest = searchRequest(
  "ListExecutionsRequest",
  EXECUTION_FIELD_NAMES,
  ExecutionSearchFilter,
);

export type ConditionMessage = Message<typeof Condition>;
export type SetExecutionMessage = Message<typeof SetExecutionRequest>;
export type ListExecutionsMessage = Message<typeof ListExecutionsRequest>;
export type ExecutionSearchFilterMessage = Message<typeof ExecutionSearchFilter>;
