import * as pulumi from "@pulumi/pulumi";
import type { Exactly, OneOf } from "../one-of";
import { forGet, type GetOptions, type InstanceArgs, isOfType, type Kind, ZitadelResource } from "../resource";
import { payloadTypeOf } from "../target/resource";
import type { EventGroup, EventType, FunctionName, Method, Service } from "./vocabulary";

/** A word that editors complete, where a server may know others. */
export type Open<Known extends string> = Known | (string & Record<never, never>);

/** What can trigger an execution, where calls, functions and events are given in these forms. */
export interface Triggers<Call, Function, Event> {
  /** Before ZITADEL does what it is asked: a target may change the request or stop it. */
  request: Call;
  /** After ZITADEL did what it was asked, and before it answers: a target may change the response. */
  response: Call;
  /** Where ZITADEL makes a token, the user info or a SAML response: a target may add to it. */
  function: Function;
  /** After something happened: nothing that a target answers changes it. */
  event: Event;
}

/** What calls are told by. */
export interface CallWords {
  /** A full method with a leading slash: `/zitadel.session.v2.SessionService/ListSessions`. */
  method: pulumi.Input<Open<Method>>;
  /** A service without slashes, for all of its methods: `zitadel.session.v2.SessionService`. */
  service: pulumi.Input<Open<Service>>;
  /** Every call of the API; never `false`. */
  all: true;
}

/** What events are told by. */
export interface EventWords {
  /** The type of an event: `user.human.added`. */
  event: pulumi.Input<Open<EventType>>;
  /** The beginning of event types, without `.*`: `user.human`. */
  group: pulumi.Input<Open<EventGroup>>;
  /** Every event; never `false`. */
  all: true;
}

/** Calls of ZITADEL's API that trigger an execution: one method, all of a service, or every call. */
export type CallConditionArgs = OneOf<CallWords, "method" | "service" | "all">;

/** Events that trigger an execution: one type, a group, or every event. */
export type EventConditionArgs = OneOf<EventWords, "event" | "group" | "all">;

/** The function that triggers an execution. */
export interface FunctionConditionArgs {
  /** `preuserinfo`, `preaccesstoken` or `presamlresponse`. */
  name: pulumi.Input<Open<FunctionName>>;
}

/** What triggers an execution: exactly one of these. */
export type ExecutionCondition = OneOf<
  Triggers<
    // Not by their aliases: the compiler's message would name those alone.
    OneOf<CallWords, "method" | "service" | "all">,
    FunctionConditionArgs,
    OneOf<EventWords, "event" | "group" | "all">
  >,
  "request" | "response" | "function" | "event"
>;

/** The inputs of a {@link ZitadelExecution}. */
export interface ZitadelExecutionArgs extends InstanceArgs {
  /**
   * What triggers the execution. ZITADEL keeps one list of targets for each condition, and of several that fit only the most
   * exact one runs.
   *
   * @change replaces the execution; the new one is set before the old one goes
   * @fails at preview, where a word is malformed, or another resource of the program has the condition
   * @fails at apply, where the server does not know a word (`condition_invalid`, ZITADEL: `COMMAND-vysplsevt8`,
   * `COMMAND-qu6dfhiioq`, `COMMAND-cdy39t0ksr`, `COMMAND-74aaqj8fv9`, `COMMAND-er5oneb5lz`), with those that were probably meant
   * @fails at apply, where somebody else has set an execution for it and `adopt` is not set (`condition_taken`)
   */
  condition: pulumi.Input<ExecutionCondition>;

  /**
   * The ids of the targets to call, in this order: at least one, and each once. ZITADEL never delivers events to targets with a
   * JWT or JWE payload: that draws a warning.
   *
   * @change updates the execution in place: the whole list is set anew, in one request
   * @fails at preview, where the list is empty or has a target twice
   * @fails at apply, where a target does not exist (`not_found`, ZITADEL: `COMMAND-17e8fq1ggk`)
   */
  targets: pulumi.Input<pulumi.Input<string>[]>;

  /**
   * Permits a condition that covers the API with which actions are managed, `zitadel.action.v2.ActionService`: all requests or
   * responses, that service, or its methods. An interrupting target that does not answer then makes every such call fail, also
   * those that would undo it, until its endpoint is back.
   *
   * @default `false`
   * @change does nothing by itself
   * @fails at preview, where it is not set and the condition is such a one
   */
  allowLockout?: pulumi.Input<boolean>;

  /**
   * Takes over the execution that is already set for the condition: `up` replaces its list of targets, and says in the log
   * what was there. Do not adopt what another stack manages: a delete in either stack deletes the object of both.
   *
   * @default `false`
   * @change does nothing: it counts when the resource is created
   */
  adopt?: pulumi.Input<boolean>;
}

/**
 * An execution of ZITADEL Actions v2: which targets are called when. Its id is the condition in ZITADEL's own form:
 * `request/zitadel.session.v2.SessionService/ListSessions`, `response/zitadel.session.v2.SessionService`, `request`,
 * `function/preuserinfo`, `event/user.human.added`, `event/user.human.*` or `event`.
 *
 * @example Calls a target before every login session is made
 * ```ts
 * import { ZitadelExecution, ZitadelTarget } from "pulumi-zitadel-actions";
 *
 * const check = new ZitadelTarget("check", {
 *   endpoint: "https://example.com/check",
 *   timeout: "3s",
 *   restWebhook: { interruptOnError: true },
 * });
 * new ZitadelExecution("sessions", {
 *   condition: { request: { method: "/zitadel.session.v2.SessionService/CreateSession" } },
 *   targets: [check.id],
 * });
 * ```
 *
 * @see ZITADEL's `zitadel.action.v2.ActionService`: `SetExecution` and `ListExecutions`
 */
export class ZitadelExecution extends ZitadelResource {
  /** What triggers the execution. */
  declare readonly condition: pulumi.Output<
    pulumi.Unwrap<Exactly<Triggers<Exactly<CallWords>, FunctionConditionArgs, Exactly<EventWords>>>>
  >;
  /** The ids of the targets, in the order in which they are called. */
  declare readonly targets: pulumi.Output<string[]>;
  /** Whether the condition may cover the API with which actions are managed. */
  declare readonly allowLockout: pulumi.Output<boolean | undefined>;

  /**
   * Declares an execution: which targets ZITADEL calls, and for which requests, responses, function or events. All inputs:
   * https://unpkg.com/pulumi-zitadel-actions/docs/resources/execution.md
   *
   * @param name The resource's name in the program.
   * @param args What triggers it, and what it calls.
   * @param opts Pulumi's options. `import` never works for dynamic resources: see `adopt`.
   */
  constructor(name: string, args: ZitadelExecutionArgs, opts?: pulumi.CustomResourceOptions) {
    super(kind, name, args, opts);
    if (opts?.id === undefined) warnOfUndeliverableEvents(this, name, args);
  }

  /**
   * Reads an execution that exists, without managing it: nothing that Pulumi does changes or removes it.
   * It is read in previews too, by one search.
   *
   * @param name The resource's name in the program.
   * @param id The condition in ZITADEL's own form: `function/preuserinfo`.
   * @param opts Pulumi's options, and the instance to look on.
   */
  static get(name: string, id: pulumi.Input<pulumi.ID>, opts: GetOptions = {}): ZitadelExecution {
    return new ZitadelExecution(name, ...forGet(id, opts));
  }

  /** Whether `resource` is a {@link ZitadelExecution}, also one of another copy of this package. */
  static override isInstance(resource: unknown): resource is ZitadelExecution {
    return isOfType(resource, kind.type);
  }
}

const kind: Kind = {
  type: "Execution",
  lifecycle: "execution",
  outputs: ["condition", "targets", "allowLockout"],
  secrets: [],
};

/** Warns in a preview of events for a target of the program that never gets any. At apply the provider asks ZITADEL itself. */
function warnOfUndeliverableEvents(execution: ZitadelExecution, name: string, args: ZitadelExecutionArgs): void {
  if (!pulumi.runtime.isDryRun() || !Array.isArray(args.targets)) return;
  const types = args.targets.map((id) => payloadTypeOf(id));
  pulumi.all([args.condition, types]).apply(([condition, known]) => {
    const type = known.find((one) => one === "PAYLOAD_TYPE_JWT" || one === "PAYLOAD_TYPE_JWE");
    if (type === undefined || !("event" in condition)) return;
    const text = `${name} is triggered by events, and ZITADEL never delivers events to a target of ${type}: nothing would arrive. Give the target PAYLOAD_TYPE_JSON.`;
    void pulumi.log.warn(text, execution);
  });
}
