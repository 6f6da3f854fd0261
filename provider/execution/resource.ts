import * as pulumi from "@pulumi/pulumi";
import { warnOfUndeliverableEvents } from "./events";
import { forGet, type GetOptions, isOfType, type Kind, ZitadelResource } from "../resource";

/** Calls of ZITADEL's API that trigger an execution: one method, all of a service, or every call. */
export type CallConditionArgs =
  /** A full method with a leading slash: `/zitadel.session.v2.SessionService/ListSessions`. */
  | { method: pulumi.Input<string>; service?: never; all?: never }
  /** A service without slashes: `zitadel.session.v2.SessionService`. */
  | { service: pulumi.Input<string>; method?: never; all?: never }
  | { all: true; method?: never; service?: never };

/** Events that trigger an execution: one type, a group, or every event. */
export type EventConditionArgs =
  /** The type of an event: `user.human.added`. */
  | { event: pulumi.Input<string>; group?: never; all?: never }
  /** The beginning of event types, without `.*`: `user.human`. */
  | { group: pulumi.Input<string>; event?: never; all?: never }
  | { all: true; event?: never; group?: never };

/** What triggers an execution: exactly one of these. */
export type ExecutionCondition =
  /** Before ZITADEL does what it is asked: a target may change the request or stop it. */
  | { request: CallConditionArgs; response?: never; function?: never; event?: never }
  /** After ZITADEL did what it was asked: a target may change the response. */
  | { response: CallConditionArgs; request?: never; function?: never; event?: never }
  /** Where ZITADEL makes a token or an answer: `preuserinfo`, `preaccesstoken` or `presamlresponse`. */
  | { function: { name: pulumi.Input<string> }; request?: never; response?: never; event?: never }
  /** After something happened. */
  | { event: EventConditionArgs; request?: never; response?: never; function?: never };

/** The inputs of a {@link ZitadelExecution}. */
export interface ZitadelExecutionArgs {
  /**
   * What triggers the execution. ZITADEL keeps one list of targets for each condition.
   *
   * A change replaces the execution; the new one is set before the old one goes. A word that is malformed fails at preview,
   * one that the server does not know at apply (ZITADEL: `COMMAND-vysplsevt8`, `-qu6dfhiioq`, `-cdy39t0ksr`, `-74aaqj8fv9`,
   * `-er5oneb5lz`), with the words that were probably meant.
   */
  condition: pulumi.Input<ExecutionCondition>;

  /**
   * The ids of the targets to call, in this order: at least one, and each once.
   *
   * A change sets the whole list anew, in one request. A target that does not exist fails at apply (ZITADEL:
   * `COMMAND-17e8fq1ggk`). ZITADEL never delivers events to targets with a JWT or JWE payload: that draws a warning.
   */
  targets: pulumi.Input<pulumi.Input<string>[]>;

  /**
   * Permits a condition that covers the API with which actions are managed, `zitadel.action.v2.ActionService`: all requests or
   * responses, that service, or its methods. An interrupting target that does not answer then makes every such call fail, also
   * those that would undo it, until its endpoint is back.
   *
   * Default: `false`: such a condition fails at preview. A change does nothing else.
   */
  allowLockout?: pulumi.Input<boolean>;

  /**
   * Whether to take over what is set for the condition already: the list is brought to the declared one, and the log says what
   * was there.
   *
   * Default: `false`: an execution that somebody else set fails at apply, with the targets that it has. A change does nothing:
   * it counts when the resource is created.
   */
  adopt?: pulumi.Input<boolean>;

  /**
   * Which instance the execution is set on: a name from `zitadel:instances` in the stack configuration.
   *
   * Default: the instance of `zitadel:domain`. A change replaces the execution.
   */
  instance?: pulumi.Input<string>;
}

/**
 * An execution of ZITADEL Actions v2: which targets are called when. Its id is the condition in ZITADEL's own form, such as
 * `request/zitadel.session.v2.SessionService/ListSessions`, `function/preuserinfo` or `event/user.human.*`.
 *
 * @example Calls a target before every login session is made
 * ```ts
 * new ZitadelExecution("sessions", {
 *   condition: { request: { method: "/zitadel.session.v2.SessionService/CreateSession" } },
 *   targets: [check.id],
 * });
 * ```
 *
 * @example Adds claims to tokens: the second target sees what the first one answered
 * ```ts
 * new ZitadelExecution("claims", {
 *   condition: { function: { name: "preaccesstoken" } },
 *   targets: [roles.id, tenant.id],
 * });
 * ```
 *
 * @example Tells an endpoint of everything that happens to users
 * ```ts
 * new ZitadelExecution("users", {
 *   condition: { event: { group: "user" } },
 *   targets: [audit.id],
 * });
 * ```
 *
 * Source: ZITADEL's `zitadel.action.v2.ActionService`, SetExecution and ListExecutions.
 */
export class ZitadelExecution extends ZitadelResource {
  /** What triggers the execution. */
  declare readonly condition: pulumi.Output<pulumi.Unwrap<ExecutionCondition>>;
  /** The ids of the targets, in the order in which they are called. */
  declare readonly targets: pulumi.Output<string[]>;
  /** Whether the condition may cover the API with which actions are managed. */
  declare readonly allowLockout: pulumi.Output<boolean | undefined>;
  /** Whether an existing execution was to be taken over. */
  declare readonly adopt: pulumi.Output<boolean | undefined>;
  /** The name of the instance in `zitadel:instances`, where it is not the default one. */
  declare readonly instance: pulumi.Output<string | undefined>;
  /** When the execution was first set, by the server's clock (RFC 3339). */
  declare readonly creationDate: pulumi.Output<string>;
  /** When the list was last set, by the server's clock (RFC 3339). */
  declare readonly changeDate: pulumi.Output<string>;

  /**
   * Declares an execution.
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
   */
  static get(name: string, id: pulumi.Input<pulumi.ID>, opts: GetOptions = {}): ZitadelExecution {
    const forReading = forGet(id, opts);
    return new ZitadelExecution(name, forReading.args as unknown as ZitadelExecutionArgs, forReading.opts);
  }

  /** Whether `resource` is a {@link ZitadelExecution}, also one of another copy of this package. */
  static override isInstance(resource: unknown): resource is ZitadelExecution {
    return isOfType(resource, kind.type);
  }
}

const kind: Kind = {
  type: "Execution",
  lifecycle: "execution",
  outputs: ["condition", "targets", "allowLockout", "adopt", "instance", "creationDate", "changeDate"],
  secrets: [],
};
