import { ApiError } from "../errors";
import type { Store } from "../store";

/** Sets the targets of a condition. Compares with the list that was set last, even if some of its targets no longer exist. */
export function setExecution(store: Store, id: string, targets: readonly string[]): { setDate: string } {
  const written = store.written.executions.get(id);
  if (isSameList(written.targets, targets)) return { setDate: written.setDate };
  if (!store.written.targets.areAll(targets)) throw ApiError.domain(5, "COMMAND-17e8fq1ggk", "Target not found");
  return { setDate: store.push({ type: "execution.set", id, targets }) };
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
