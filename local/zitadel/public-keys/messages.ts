import { searchRequest } from "../paging";
import type { Message, MessageType } from "../wire";

/** The columns to sort keys by, in the order of their numbers. */
export const PUBLIC_KEY_FIELD_NAMES = [
  "PUBLIC_KEY_FIELD_NAME_UNSPECIFIED",
  "PUBLIC_KEY_FIELD_NAME_CREATION_DATE",
  "PUBLIC_KEY_FIELD_NAME_CHANGE_DATE",
  "PUBLIC_KEY_FIELD_NAME_EXPIRATION_DATE",
] as const;

/** The ways to compare a point in time, in the order of their numbers. */
export const TIMESTAMP_FILTER_METHODS = [
  "TIMESTAMP_FILTER_METHOD_EQUALS",
  "TIMESTAMP_FILTER_METHOD_AFTER",
  "TIMESTAMP_FILTER_METHOD_AFTER_OR_EQUALS",
  "TIMESTAMP_FILTER_METHOD_BEFORE",
  "TIMESTAMP_FILTER_METHOD_BEFORE_OR_EQUALS",
] as const;

export const AddPublicKeyRequest = {
  name: "AddPublicKeyRequest",
  fields: { publicKey: { type: "bytes" }, expirationDate: { type: "timestamp" } },
} as const satisfies MessageType;

const InIDsFilter = { name: "InIDsFilter", fields: { ids: { type: "list", of: { type: "string" } } } } as const;

const TimestampFilter = {
  name: "TimestampFilter",
  fields: { timestamp: { type: "timestamp" }, method: { type: "enum", names: TIMESTAMP_FILTER_METHODS } },
} as const;

const PublicKeySearchFilter = {
  name: "PublicKeySearchFilter",
  fields: {
    keyIdsFilter: { type: "message", message: InIDsFilter, oneof: "filter" },
    activeFilter: { type: "bool", oneof: "filter" },
    expirationDateFilter: { type: "message", message: TimestampFilter, oneof: "filter" },
  },
} as const satisfies MessageType;

export const ListPublicKeysRequest = searchRequest(
  "ListPublicKeysRequest",
  PUBLIC_KEY_FIELD_NAMES,
  PublicKeySearchFilter,
);

export type AddPublicKeyMessage = Message<typeof AddPublicKeyRequest>;
export type ListPublicKeysMessage = Message<typeof ListPublicKeysRequest>;
export type PublicKeySearchFilterMessage = Message<typeof PublicKeySearchFilter>;
export type TimestampFilterMessage = Message<typeof TimestampFilter>;
