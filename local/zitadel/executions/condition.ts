import { ApiError } from "../errors";
import type { ConditionMessage } from "./messages";
import { EVENT_TYPES, FUNCTIONS, METHODS, SERVICES } from "./words";

/** What triggers an execution, in the API's form. */
export type ExecutionCondition =
  | {
      /** Before a call of the API. */
      request: ApiCondition;
    }
  | {
      /** After a call of the API. */
      response: ApiCondition;
    }
  | {
      /** While ZITADEL creates a token, the user info or a SAML response. */
      function: FunctionCondition;
    }
  | {
      /** After an event. */
      event: EventCondition;
    };

/** The calls of the API that a condition covers. */
export type ApiCondition =
  | {
      /** One method, with its leading slash. */
      method: string;
    }
  | {
      /** All methods of a service. */
      service: string;
    }
  | {
      /** Every call. */
      all: true;
    };

/** The function that a condition covers. */
export interface FunctionCondition {
  /** `preuserinfo`, `preaccesstoken` or `presamlresponse`. */
  name: string;
}

/** The events that a condition covers. */
export type EventCondition =
  | {
      /** The events of one type. */
      event: string;
    }
  | {
      /** The events whose type begins with this group. */
      group: string;
    }
  | {
      /** Every event. */
      all: true;
    };

const GROUP = ".*";

/**
 * Returns the id of a condition, such as `request/zitadel.session.v2.SessionService/ListSessions`, `response`,
 * `function/preuserinfo` or `event/user.human.*`. The condition must have passed validation.
 */
export function idOfCondition({ request, response, function: fn, event }: ConditionMessage): string {
  if (request) return idOf("request", request.method ?? request.service);
  if (response) return idOf("response", response.method ?? response.service);
  if (fn) return idOf("function", fn.name);
  return idOf("event", event?.event ?? withStar(event?.group));
}

export function conditionOfId(id: string): ExecutionCondition {
  const at = id.indexOf("/");
  const kind = at < 0 ? id : id.slice(0, at);
  const rest = at < 0 ? undefined : id.slice(at + 1);
  switch (kind) {
    case "request":
      return { request: apiCondition(rest) };
    case "response":
      return { response: apiCondition(rest) };
    case "function":
      return { function: { name: rest ?? "" } };
    default:
      return { event: eventCondition(rest) };
  }
}

/** Rejects a condition whose method, service, function or event the server does not know. It knows a group if an event begins with it. */
export function checkWord({ request, response, function: fn, event }: ConditionMessage): void {
  const { method, service } = request ?? response ?? {};
  if (method !== undefined && !METHODS.has(method)) throw unknownWord("COMMAND-vysplsevt8");
  if (service !== undefined && !SERVICES.has(service)) throw unknownWord("COMMAND-qu6dfhiioq");
  if (fn?.name !== undefined && !FUNCTIONS.has(fn.name)) throw unknownWord("COMMAND-cdy39t0ksr");
  if (event?.event !== undefined && !EVENT_TYPES.has(event.event)) throw unknownWord("COMMAND-74aaqj8fv9");
  const { group } = event ?? {};
  if (group !== undefined && ![...EVENT_TYPES].some((type) => type.startsWith(group))) {
    throw unknownWord("COMMAND-er5oneb5lz");
  }
}

function idOf(kind: string, word: string | undefined): string {
  return word === undefined ? kind : `${kind}/${word.replace(/^\//, "")}`;
}

function withStar(group: string | undefined): string | undefined {
  return group === undefined || group.endsWith(GROUP) ? group : `${group}${GROUP}`;
}

function apiCondition(rest: string | undefined): ApiCondition {
  if (rest === undefined) return { all: true };
  return rest.includes("/") ? { method: `/${rest}` } : { service: rest };
}

function eventCondition(rest: string | undefined): EventCondition {
  if (rest === undefined) return { all: true };
  return rest.endsWith(GROUP) ? { group: rest.slice(0, -GROUP.length) } : { event: rest };
}

function unknownWord(id: string): ApiError {
  return ApiError.domain(5, id, "Execution condition is invalid");
}
