import { ApiError } from "./errors";
import type { TargetRow } from "./events";
import {
  TARGET_FIELD_NAMES,
  TEXT_FILTER_METHODS,
  type ListTargetsMessage,
  type TargetSearchFilterMessage,
} from "./messages";
import { formatDuration } from "./wire";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;
const KINDS = ["restWebhook", "restCall", "restAsync"] as const;

type Test = (row: TargetRow) => boolean;
type Order = (a: TargetRow, b: TargetRow) => number;

/** Answers a search over rows that are ordered by creation. */
export function search(request: ListTargetsMessage, rows: TargetRow[]): object {
  const { offset = 0n, limit = 0, asc = false } = request.pagination ?? {};
  if (limit > MAX_LIMIT) throw ApiError.domain(3, "QUERY-4M0fs", "Limit exceeded");
  // What the database cannot take: an offset beyond 63 bits, a NUL.
  if (offset >= 2n ** 63n || JSON.stringify(request.filters ?? []).includes("\\u0000")) {
    throw ApiError.domain(13, "QUERY-y2u7vctrha", "An internal error occurred");
  }
  const appliedLimit = limit === 0 ? DEFAULT_LIMIT : limit;
  const tests = (request.filters ?? []).map(testOf);
  const order = orderOf(request.sortingColumn ?? 0);
  const found = rows
    .filter((row) => tests.every((test) => test(row)))
    .sort((a, b) => (asc ? order(a, b) : order(b, a)));
  const begin = offset > BigInt(found.length) ? found.length : Number(offset);
  const page = found.slice(begin, begin + appliedLimit);
  // The total comes with the rows: a page beyond the last row has none.
  if (page.length === 0) return { pagination: { appliedLimit: String(appliedLimit) } };
  const pagination = { totalResult: String(found.length), appliedLimit: String(appliedLimit) };
  return { pagination, targets: page.map(targetJson) };
}

/** A target as GET and search show it: fields that hold their default are left out. */
export function targetJson(row: TargetRow): object {
  const flag = row.interruptOnError && row.kind !== "restAsync" ? { interruptOnError: true } : {};
  return {
    id: row.id,
    creationDate: row.creationDate,
    changeDate: row.changeDate,
    name: row.name,
    [row.kind]: flag,
    timeout: formatDuration(row.timeout),
    endpoint: row.endpoint,
    signingKey: row.signingKey,
    ...(row.payloadType === "PAYLOAD_TYPE_UNSPECIFIED" ? {} : { payloadType: row.payloadType }),
  };
}

function testOf(filter: TargetSearchFilterMessage): Test {
  const byName = filter.targetNameFilter;
  if (byName) return nameTest(byName.targetName ?? "", TEXT_FILTER_METHODS[byName.method ?? 0] ?? "");
  const ids = new Set(filter.inTargetIdsFilter?.targetIds);
  if (ids.size === 0) throw ApiError.domain(2, "", "values array must not be empty");
  return (row) => ids.has(row.id);
}

function nameTest(text: string, method: string): Test {
  const ignoreCase = method.endsWith("_IGNORE_CASE");
  const fold = (name: string) => (ignoreCase ? name.toLowerCase() : name);
  const wanted = fold(text);
  if (method.includes("STARTS_WITH")) return (row) => fold(row.name).startsWith(wanted);
  if (method.includes("ENDS_WITH")) return (row) => fold(row.name).endsWith(wanted);
  if (method.includes("CONTAINS")) return (row) => fold(row.name).includes(wanted);
  return (row) => fold(row.name) === wanted;
}

/** The ascending order of a sorting column; every number without a column means the date of creation. */
function orderOf(column: number): Order {
  switch (TARGET_FIELD_NAMES[column]) {
    case "TARGET_FIELD_NAME_ID":
      return by((row) => row.id);
    case "TARGET_FIELD_NAME_CHANGED_DATE":
      return by((row) => row.changeDate);
    case "TARGET_FIELD_NAME_NAME":
      return (a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
    case "TARGET_FIELD_NAME_TARGET_TYPE":
      return by((row) => KINDS.indexOf(row.kind));
    case "TARGET_FIELD_NAME_URL":
      return by((row) => row.endpoint);
    case "TARGET_FIELD_NAME_TIMEOUT":
      return by((row) => row.timeout);
    case "TARGET_FIELD_NAME_INTERRUPT_ON_ERROR":
      return by((row) => Number(row.interruptOnError));
    default:
      return by((row) => row.creationDate);
  }
}

function by(value: (row: TargetRow) => string | number): Order {
  return (a, b) => {
    const [x, y] = [value(a), value(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  };
}
