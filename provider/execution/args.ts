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

/** The inputs of an execution, whose targets may be given as resources. */
export interface ExecutionArgs<Target> {
  /**
   * What triggers the execution. ZITADEL keeps one list of targets for each condition. If several conditions match, ZITADEL runs
   * only the execution of the most specific one.
   *
   * @change replaces the execution; the new one is set before the old one is removed
   * @fails at preview, if a word is malformed, or another resource of the program has the condition
   * @fails at apply, if the server does not know a word (`condition_invalid`, ZITADEL: `COMMAND-vysplsevt8`,
   * `COMMAND-qu6dfhiioq`, `COMMAND-cdy39t0ksr`, `COMMAND-74aaqj8fv9`, `COMMAND-er5oneb5lz`); the error suggests similar words,
   * except for events, which ZITADEL does not list
   * @fails at apply, if somebody else has set an execution for it and `adopt` is not set (`condition_taken`)
   */
  condition: pulumi.Input<ExecutionCondition>;

  /**
   * The targets to call, in this order: at least one, and each only once. Each is a `ZitadelTarget` or an id. ZITADEL never
   * delivers events to targets with a JWT or JWE payload, so the provider warns about those.
   *
   * @change updates the execution in place: one request sets the whole list, after a search for the list that is there
   * @fails at preview, if the list is empty or has a target twice
   * @fails at apply, if a target does not exist (`not_found`, ZITADEL: `COMMAND-17e8fq1ggk`)
   * @fails at apply, if somebody has added targets to ZITADEL's list since the state was written (`condition_taken`)
   */
  targets: pulumi.Input<(pulumi.Input<string> | Target)[]>;

  /**
   * Allows a condition that covers the API that manages actions, `zitadel.action.v2.ActionService`: all requests or responses,
   * that service, or its methods. If an interrupting target then does not answer, every such call fails, including those that
   * would undo it, until its endpoint is back.
   *
   * @default `false`
   * @change does nothing by itself
   * @fails at preview, if it is not set and the condition covers that API
   */
  allowLockout?: pulumi.Input<boolean>;

  /**
   * Takes over the execution that is already set for the condition: `up` replaces its list of targets, and logs the old list. Do
   * not adopt what another stack manages: a delete in either stack deletes the object of both.
   *
   * @default `false`
   * @change does nothing: it is used only when the resource is created
   */
  adopt?: pulumi.Input<boolean>;
}
