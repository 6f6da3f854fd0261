import type { Call } from "../call";
import { ApiError } from "../errors";
import type { Store } from "../store";
import { decode } from "../wire";
import { checkWord, idOfCondition } from "./condition";
import { ListExecutionsRequest, SetExecutionRequest, type SetExecutionMessage } from "./messages";
import { searchExecutions } from "./search";
import { validateListExecutions, validateSet } from "./validate";
import { FUNCTIONS, METHODS, SERVICES } from "./words";

const WORDS: Readonly<Record<string, ReadonlySet<string>>> = {
  functions: FUNCTIONS,
  methods: METHODS,
  services: SERVICES,
};

/** The API for executions. */
export function executionCalls(store: Store): Record<"setExecution" | "searchExecutions" | "listWords", Call> {
  return {
    setExecution: {
      permission: "action.execution.write",
      prepare: (_, body) => {
        const request = decode(SetExecutionRequest, body);
        return () => set(store, request);
      },
    },
    searchExecutions: {
      permission: "action.execution.read",
      prepare: (_, body) => {
        const request = decode(ListExecutionsRequest, body);
        return () => {
          validateListExecutions(request);
          return searchExecutions(request, store.readModel.read().executions.rows());
        };
      },
    },
    listWords: {
      permission: "authenticated",
      prepare:
        ([kind = ""]) =>
        () => ({ [kind]: [...(WORDS[kind] ?? [])] }),
    },
  };
}

function set(store: Store, request: SetExecutionMessage): object {
  validateSet(request);
  const { condition, targets = [] } = request;
  if (condition === undefined) throw ApiError.domain(3, "ACTION-5r5Ju", "Execution condition is invalid");
  if (targets.includes("")) throw ApiError.domain(3, "COMMAND-hdm4zl1hmd", "Execution is invalid");
  checkWord(condition);
  return setExecution(store, idOfCondition(condition), targets);
}

/** Sets the targets of a condition. Compares with the list that was set last, even if some of its targets no longer exist. */
function setExecution(store: Store, id: string, targets: readonly string[]): { setDate: string } {
  const written = store.written.executions.get(id);
  if (isSameList(written.targets, targets)) return { setDate: written.setDate };
  if (!store.written.targets.areAll(targets)) throw ApiError.domain(5, "COMMAND-17e8fq1ggk", "Target not found");
  return { setDate: store.push({ type: "execution.set", id, targets }) };
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
