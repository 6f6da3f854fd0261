import type * as pulumi from "@pulumi/pulumi";
import type { OneOf } from "../core/one-of";
import type { EventGroup, EventType, FunctionName, Method, Service } from "./vocabulary";

/** A string for which editors offer the known words. A server may know others. */
export type Open<Known extends string> = Known | (string & Record<never, never>);

/** What can trigger an execution. The type parameters are the forms of calls, functions and events. */
export interface Triggers<Call, Function, Event> {
  /** Runs before ZITADEL carries out a request: a target can change the request or stop it. */
  request: Call;
  /** Runs after ZITADEL carried out a request and before it answers: a target can change the response. */
  response: Call;
  /** Runs when ZITADEL creates a token, the user info or a SAML response: a target can add to it. */
  function: Function;
  /** Runs after something happened: a target's answer changes nothing. */
  event: Event;
}

/** How a condition selects calls. */
export interface CallWords {
  /** One method: its full name with a leading slash, such as `/zitadel.session.v2.SessionService/ListSessions`. */
  method: pulumi.Input<Open<Method>>;
  /** All methods of a service: its name without slashes, such as `zitadel.session.v2.SessionService`. */
  service: pulumi.Input<Open<Service>>;
  /** Every call of the API: `true`, never `false`. */
  all: true;
}

/** How a condition selects events. */
export interface EventWords {
  /** One type of event, such as `user.human.added`. */
  event: pulumi.Input<Open<EventType>>;
  /** All event types that begin with this, without `.*`: `user.human`. */
  group: pulumi.Input<Open<EventGroup>>;
  /** Every event: `true`, never `false`. */
  all: true;
}

/** Calls of ZITADEL's API that trigger an execution: one method, all methods of a service, or every call. */
export type CallConditionArgs = OneOf<"method" | "service" | "all", CallWords>;

/** Events that trigger an execution: one type, a group, or every event. */
export type EventConditionArgs = OneOf<"event" | "group" | "all", EventWords>;

/** The function that triggers an execution. */
export interface FunctionConditionArgs {
  /** The function's name: `preuserinfo`, `preaccesstoken` or `presamlresponse`. */
  name: pulumi.Input<Open<FunctionName>>;
}

/** What triggers an execution: exactly one of these. */
export type ExecutionCondition = OneOf<
  "request" | "response" | "function" | "event",
  Triggers<
    // Not by their aliases: the compiler's message would name those alone.
    OneOf<"method" | "service" | "all", CallWords>,
    FunctionConditionArgs,
    OneOf<"event" | "group" | "all", EventWords>
  >
>;
