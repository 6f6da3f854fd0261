import { ApiError } from "../errors";
import { by, isIn, pageOf, type Order, type Test } from "../paging";
import { microsOf, parseTimestamp } from "../timestamp";
import type { KeyRow } from "./events";
import {
  PUBLIC_KEY_FIELD_NAMES,
  TIMESTAMP_FILTER_METHODS,
  type ListPublicKeysMessage,
  type PublicKeySearchFilterMessage,
  type TimestampFilterMessage,
} from "./messages";

/** Later than every date: a database puts rows without one last. */
const NO_END = 2n ** 63n;

/** Answers a search over keys of one target that are ordered by creation. */
export function searchKeys(request: ListPublicKeysMessage, rows: readonly KeyRow[]): object {
  const order = orderOf(request.sortingColumn ?? 0);
  const { pagination, page } = pageOf(request, rows, { testOf, order, failureId: "QUERY-Dbg53" });
  return page.length === 0 ? { pagination } : { pagination, publicKeys: page.map(keyJson) };
}

function keyJson({ id, active, publicKey, fingerprint, expirationDate, creationDate, changeDate }: KeyRow): object {
  return {
    keyId: id,
    ...(active ? { active } : {}),
    publicKey,
    fingerprint,
    ...(expirationDate === undefined ? {} : { expirationDate }),
    creationDate,
    changeDate,
  };
}

function testOf({ keyIdsFilter, activeFilter, expirationDateFilter }: PublicKeySearchFilterMessage): Test<KeyRow> {
  if (keyIdsFilter) return isIn(keyIdsFilter.ids, (row) => row.id);
  if (activeFilter !== undefined) return (row) => row.active === activeFilter;
  if (expirationDateFilter) return expirationTest(expirationDateFilter);
  throw ApiError.domain(3, "GRPC-vR9nC", "List.Query.Invalid");
}

/** A key that does not expire does so after any date, and neither at nor before one. */
function expirationTest({ timestamp = { seconds: 0, nanos: 0 }, method = 0 }: TimestampFilterMessage): Test<KeyRow> {
  const wanted = microsOf(timestamp);
  switch (TIMESTAMP_FILTER_METHODS[method]) {
    case "TIMESTAMP_FILTER_METHOD_AFTER":
      return (row) => endOf(row) > wanted;
    case "TIMESTAMP_FILTER_METHOD_AFTER_OR_EQUALS":
      return (row) => endOf(row) >= wanted;
    case "TIMESTAMP_FILTER_METHOD_BEFORE":
      return (row) => endOf(row) < wanted;
    case "TIMESTAMP_FILTER_METHOD_BEFORE_OR_EQUALS":
      return (row) => endOf(row) <= wanted;
    default:
      return (row) => endOf(row) === wanted;
  }
}

function endOf({ expirationDate }: KeyRow): bigint {
  const timestamp = expirationDate === undefined ? undefined : parseTimestamp(expirationDate);
  return timestamp === undefined ? NO_END : microsOf(timestamp);
}

/** The ascending order of a sorting column; every number without a column means the date of creation. */
function orderOf(column: number): Order<KeyRow> {
  switch (PUBLIC_KEY_FIELD_NAMES[column]) {
    case "PUBLIC_KEY_FIELD_NAME_CHANGE_DATE":
      return by((row) => row.changeDate);
    case "PUBLIC_KEY_FIELD_NAME_EXPIRATION_DATE":
      return by(endOf);
    default:
      return by((row) => row.creationDate);
  }
}
