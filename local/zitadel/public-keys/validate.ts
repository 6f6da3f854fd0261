import { check, defined, embedded, embeddedIn, firstOf, id, runes, type Failure } from "../validate";
import {
  TIMESTAMP_FILTER_METHODS,
  type AddPublicKeyMessage,
  type ListPublicKeysMessage,
  type PublicKeySearchFilterMessage,
} from "./messages";

const MOST_BYTES = 8192;

export function validateAddKey(targetId: string, { publicKey }: AddPublicKeyMessage): void {
  const size = publicKey?.length ?? 0;
  check(
    id("AddPublicKeyRequest.TargetId", targetId),
    size >= 1 && size <= MOST_BYTES
      ? undefined
      : `invalid AddPublicKeyRequest.PublicKey: value length must be between 1 and ${MOST_BYTES} bytes, inclusive`,
  );
}

/** The rules of a request that names nothing but a key. */
export function validateKey(message: string, targetId: string, keyId: string): void {
  check(id(`${message}.TargetId`, targetId), id(`${message}.KeyId`, keyId));
}

export function validateListKeys(targetId: string, { filters = [] }: ListPublicKeysMessage): void {
  check(
    id("ListPublicKeysRequest.TargetId", targetId),
    embeddedIn("ListPublicKeysRequest.Filters", filters, filterFailure),
  );
}

function filterFailure({ keyIdsFilter, expirationDateFilter }: PublicKeySearchFilterMessage): Failure {
  if (keyIdsFilter) return embedded("PublicKeySearchFilter.KeyIdsFilter", idsFailure(keyIdsFilter.ids ?? []));
  const failure = defined("TimestampFilter.Method", TIMESTAMP_FILTER_METHODS, expirationDateFilter?.method);
  return embedded("PublicKeySearchFilter.ExpirationDateFilter", failure);
}

function idsFailure(ids: readonly string[]): Failure {
  return firstOf(
    ...ids.map((value, index) => {
      const field = `InIDsFilter.Ids[${index}]`;
      if (ids.indexOf(value) < index) return `invalid ${field}: repeated value must contain unique items`;
      return runes(field, value, 1, 200);
    }),
  );
}
