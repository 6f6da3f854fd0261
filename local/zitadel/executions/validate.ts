import { check, embedded, embeddedIn, required, runes, type Failure } from "../validate";
import type {
  ConditionMessage,
  ExecutionSearchFilterMessage,
  ListExecutionsMessage,
  SetExecutionMessage,
} from "./messages";

/** Does not check that there is a condition: ZITADEL checks that later. */
export function validateSet({ condition }: SetExecutionMessage): void {
  check(condition && embedded("SetExecutionRequest.Condition", conditionFailure(condition)));
}

export function validateListExecutions({ filters = [] }: ListExecutionsMessage): void {
  check(embeddedIn("ListExecutionsRequest.Filters", filters, filterFailure));
}

function filterFailure(filter: ExecutionSearchFilterMessage): Failure {
  const { inConditionsFilter, executionTypeFilter, targetFilter } = filter;
  if (inConditionsFilter === undefined) {
    return required("ExecutionSearchFilter.Filter", executionTypeFilter ?? targetFilter);
  }
  const failure = embeddedIn("InConditionsFilter.Conditions", inConditionsFilter.conditions ?? [], conditionFailure);
  return embedded("ExecutionSearchFilter.InConditionsFilter", failure);
}

function conditionFailure({ request, response, function: fn, event }: ConditionMessage): Failure {
  if (request) return embedded("Condition.Request", oneFailure("RequestExecution", request));
  if (response) return embedded("Condition.Response", oneFailure("ResponseExecution", response));
  if (fn) return embedded("Condition.Function", runes("FunctionExecution.Name", fn.name ?? "", 1, 1000));
  return event
    ? embedded("Condition.Event", oneFailure("EventExecution", event))
    : required("Condition.ConditionType", event);
}

/** The rules of a condition that is one word, or all of its kind. */
function oneFailure(message: string, condition: Readonly<Record<string, string | boolean>>): Failure {
  const [name, value] = Object.entries(condition)[0] ?? [];
  if (name === undefined || value === undefined) return required(`${message}.Condition`, undefined);
  if (typeof value === "string") return runes(`${message}.${capitalised(name)}`, value, 1, 1000);
  return value ? undefined : `invalid ${message}.All: value must equal true`;
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
