import { by, isIn, pageOf, type Order, type Test } from "../paging";
import { formatDuration } from "../duration";
import { compareBytes, toLower } from "../text";
import type { TargetRow } from "./events";
import {
  TARGET_FIELD_NAMES,
  TEXT_FILTER_METHODS,
  type ListTargetsMessage,
  type TargetSearchFilterMessage,
} from "./messages";

const KINDS = ["restWebhook", "restCall", "restAsync"] as const;

/** Answers a search over rows that are ordered by creation. */
export function searchTargets(request: ListTargetsMessage, rows: readonly TargetRow[]): object {
  const order = orderOf(request.sortingColumn ?? 0);
  const { pagination, page } = pageOf(request, rows, { testOf, order, failureId: "QUERY-y2u7vctrha" });
  return page.length === 0 ? { pagination } : { pagination, targets: page.map(targetJson) };
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

function testOf(filter: TargetSearchFilterMessage): Test<TargetRow> {
  const byName = filter.targetNameFilter;
  if (byName) return nameTest(byName.targetName ?? "", TEXT_FILTER_METHODS[byName.method ?? 0] ?? "");
  return isIn(filter.inTargetIdsFilter?.targetIds, (row) => row.id);
}

function nameTest(text: string, method: string): Test<TargetRow> {
  const ignoreCase = method.endsWith("_IGNORE_CASE");
  const fold = (name: string) => (ignoreCase ? toLower(name) : name);
  const wanted = fold(text);
  if (method.includes("STARTS_WITH")) return (row) => fold(row.name).startsWith(wanted);
  if (method.includes("ENDS_WITH")) return (row) => fold(row.name).endsWith(wanted);
  if (method.includes("CONTAINS")) return (row) => fold(row.name).includes(wanted);
  return (row) => fold(row.name) === wanted;
}

/** The ascending order of a sorting column; every number without a column means the date of creation. */
function orderOf(column: number): Order<TargetRow> {
  switch (TARGET_FIELD_NAMES[column]) {
    case "TARGET_FIELD_NAME_ID":
      return by((row) => row.id);
    case "TARGET_FIELD_NAME_CHANGED_DATE":
      return by((row) => row.changeDate);
    case "TARGET_FIELD_NAME_NAME":
      return (a, b) => compareBytes(a.name, b.name);
    case "TARGET_FIELD_NAME_TARGET_TYPE":
      return by((row) => KINDS.indexOf(row.kind));
    case "TARGET_FIELD_NAME_URL":
      return (a, b) => compareBytes(a.endpoint, b.endpoint);
    case "TARGET_FIELD_NAME_TIMEOUT":
      return by((row) => row.timeout);
    case "TARGET_FIELD_NAME_INTERRUPT_ON_ERROR":
      return by((row) => Number(row.interruptOnError));
    default:
      return by((row) => row.creationDate);
  }
}
