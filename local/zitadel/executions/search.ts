import { by, isIn, pageOf, type Order, type Test } from "../paging";
import { conditionOfId, idOfCondition } from "./condition";
import type { ExecutionRow } from "./events";
import {
  EXECUTION_FIELD_NAMES,
  EXECUTION_TYPES,
  type ExecutionSearchFilterMessage,
  type ListExecutionsMessage,
} from "./messages";

/** Answers a search over rows that are ordered by creation. */
export function searchExecutions(request: ListExecutionsMessage, rows: readonly ExecutionRow[]): object {
  const order = orderOf(request.sortingColumn ?? 0);
  const { pagination, page } = pageOf(request, rows, { testOf, order, failureId: "QUERY-y2u7vctrha" });
  return page.length === 0 ? { pagination } : { pagination, executions: page.map(executionJson) };
}

function executionJson({ id, targets, creationDate, changeDate }: ExecutionRow): object {
  return { condition: conditionOfId(id), creationDate, changeDate, targets };
}

function testOf({
  inConditionsFilter,
  executionTypeFilter,
  targetFilter,
}: ExecutionSearchFilterMessage): Test<ExecutionRow> {
  if (inConditionsFilter) return isIn(inConditionsFilter.conditions?.map(idOfCondition), (row) => row.id);
  if (executionTypeFilter) return typeTest(executionTypeFilter.executionType ?? 0);
  // An empty id is not a condition.
  const targetId = targetFilter?.targetId ?? "";
  return (row) => targetId === "" || row.targets.includes(targetId);
}

/** Every number without a type, as UNSPECIFIED, means all types. */
function typeTest(number: number): Test<ExecutionRow> {
  const name = EXECUTION_TYPES[number] ?? EXECUTION_TYPES[0];
  if (name === "EXECUTION_TYPE_UNSPECIFIED") return () => true;
  const kind = name.slice("EXECUTION_TYPE_".length).toLowerCase();
  return (row) => row.id.startsWith(kind);
}

/** The ascending order of a sorting column; every number without a column means the date of creation. */
function orderOf(column: number): Order<ExecutionRow> {
  switch (EXECUTION_FIELD_NAMES[column]) {
    case "EXECUTION_FIELD_NAME_ID":
      return by((row) => row.id);
    case "EXECUTION_FIELD_NAME_CHANGED_DATE":
      return by((row) => row.changeDate);
    default:
      return by((row) => row.creationDate);
  }
}
