import { searchRequest } from "../paging";
import type { Message, MessageType } from "../wire";

/** The names of payload types in the order of their numbers. */
export const PAYLOAD_TYPES = [
  "PAYLOAD_TYPE_UNSPECIFIED",
  "PAYLOAD_TYPE_JSON",
  "PAYLOAD_TYPE_JWT",
  "PAYLOAD_TYPE_JWE",
] as const;

/** The ways to compare a name, in the order of their numbers. */
export const TEXT_FILTER_METHODS = [
  "TEXT_FILTER_METHOD_EQUALS",
  "TEXT_FILTER_METHOD_EQUALS_IGNORE_CASE",
  "TEXT_FILTER_METHOD_STARTS_WITH",
  "TEXT_FILTER_METHOD_STARTS_WITH_IGNORE_CASE",
  "TEXT_FILTER_METHOD_CONTAINS",
  "TEXT_FILTER_METHOD_CONTAINS_IGNORE_CASE",
  "TEXT_FILTER_METHOD_ENDS_WITH",
  "TEXT_FILTER_METHOD_ENDS_WITH_IGNORE_CASE",
] as const;

/** The columns to sort targets by, in the order of their numbers. */
export const TARGET_FIELD_NAMES = [
  "TARGET_FIELD_NAME_UNSPECIFIED",
  "TARGET_FIELD_NAME_ID",
  "TARGET_FIELD_NAME_CREATED_DATE",
  "TARGET_FIELD_NAME_CHANGED_DATE",
  "TARGET_FIELD_NAME_NAME",
  "TARGET_FIELD_NAME_TARGET_TYPE",
  "TARGET_FIELD_NAME_URL",
  "TARGET_FIELD_NAME_TIMEOUT",
  "TARGET_FIELD_NAME_INTERRUPT_ON_ERROR",
] as const;

const interrupting = { fields: { interruptOnError: { type: "bool" } } } as const;

const targetFields = {
  name: { type: "string" },
  restWebhook: { type: "message", message: { name: "RESTWebhook", ...interrupting }, oneof: "target_type" },
  restCall: { type: "message", message: { name: "RESTCall", ...interrupting }, oneof: "target_type" },
  restAsync: { type: "message", message: { name: "RESTAsync", fields: {} }, oneof: "target_type" },
  timeout: { type: "duration" },
  endpoint: { type: "string" },
  payloadType: { type: "enum", names: PAYLOAD_TYPES },
} as const;

export const CreateTargetRequest = { name: "CreateTargetRequest", fields: targetFields } as const satisfies MessageType;

export const UpdateTargetRequest = {
  name: "UpdateTargetRequest",
  fields: { ...targetFields, expirationSigningKey: { type: "duration" } },
} as const satisfies MessageType;

const TargetNameFilter = {
  name: "TargetNameFilter",
  fields: { targetName: { type: "string" }, method: { type: "enum", names: TEXT_FILTER_METHODS } },
} as const satisfies MessageType;

const InTargetIDsFilter = {
  name: "InTargetIDsFilter",
  fields: { targetIds: { type: "list", of: { type: "string" } } },
} as const satisfies MessageType;

const TargetSearchFilter = {
  name: "TargetSearchFilter",
  fields: {
    targetNameFilter: { type: "message", message: TargetNameFilter, oneof: "filter" },
    inTargetIdsFilter: { type: "message", message: InTargetIDsFilter, oneof: "filter" },
  },
} as const satisfies MessageType;

export const ListTargetsRequest = searchRequest("ListTargetsRequest", TARGET_FIELD_NAMES, TargetSearchFilter);

export type CreateTargetMessage = Message<typeof CreateTargetRequest>;
export type UpdateTargetMessage = Message<typeof UpdateTargetRequest>;
export type ListTargetsMessage = Message<typeof ListTargetsRequest>;
export type TargetSearchFilterMessage = Message<typeof TargetSearchFilter>;
