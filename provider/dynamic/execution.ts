import * as pulumi from "@pulumi/pulumi";
import type { GetState, InstanceArgs } from "../core/args";
import type { Exactly } from "../core/one-of";
import type { NamesIn } from "../core/properties";
import type { CallWords, EventWords, ExecutionArgs, FunctionConditionArgs, Triggers } from "../execution/args";
import type { State } from "../execution/schema";
import { forGet, isOfType, type Kind, requireArgs, type SecretIn, ZitadelResource } from "./resource";
import { payloadTypeOf, ZitadelTarget } from "./target";

/** The inputs of a {@link ZitadelExecution}. */
export interface ZitadelExecutionArgs extends ExecutionArgs<ZitadelTarget>, InstanceArgs {}

/**
 * An execution of ZITADEL Actions v2: the list of targets that ZITADEL calls for a condition. Its id is the condition in
 * ZITADEL's own format, such as `request/zitadel.session.v2.SessionService/ListSessions`, `request`, `function/preuserinfo`,
 * `response/zitadel.session.v2.SessionService`, `event/user.human.added`, `event/user.human.*` or `event`.
 *
 * @example Calls a target before each login session is created
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
  /** The ids of the targets, in the order in which ZITADEL calls them. */
  declare readonly targets: pulumi.Output<string[]>;
  /** Whether the condition may cover the API that manages actions. */
  declare readonly allowLockout: pulumi.Output<boolean | undefined>;

  /**
   * Declares an execution: which targets ZITADEL calls, and for which requests, responses, function or events. All inputs:
   * https://unpkg.com/pulumi-zitadel-actions/docs/resources/execution.md
   *
   * @param name The resource's name in the program.
   * @param args The condition and the targets.
   * @param opts Pulumi's options. `import` never works for dynamic resources: use `adopt`.
   */
  constructor(name: string, args: ZitadelExecutionArgs, opts?: pulumi.CustomResourceOptions) {
    const isRead = opts?.id !== undefined;
    const targets = isRead ? undefined : idsOf(requireArgs(name, args).targets);
    super(kind, name, isRead ? args : { ...args, targets }, opts);
    if (targets !== undefined) warnOfUndeliverableEvents(this, name, args.condition, targets);
  }

  /**
   * Reads an existing execution without managing it: Pulumi never changes or removes it.
   * It is read in previews too, with one search.
   *
   * @param name The resource's name in the program.
   * @param id The condition in ZITADEL's own format: `function/preuserinfo`.
   * @param state The instance to read from.
   * @param opts Pulumi's options.
   */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: GetState,
    opts?: pulumi.CustomResourceOptions,
  ): ZitadelExecution {
    return new ZitadelExecution(name, ...forGet("ZitadelExecution", id, state, opts));
  }

  /** Whether `resource` is a {@link ZitadelExecution}, even from another copy of this package. */
  static override isInstance(resource: unknown): resource is ZitadelExecution {
    return isOfType(resource, kind.type);
  }
}

const secret = { condition: false, targets: false, allowLockout: false } as const satisfies Kind<
  NamesIn<State, ZitadelExecution>
>["secret"];

export type ExecutionSecret = SecretIn<typeof secret>;

const kind: Kind = { type: "Execution", lifecycle: "execution", secret };

type Ids = pulumi.Input<pulumi.Input<string>[]>;

/** The ids of targets that are given as such or as resources. */
function idsOf(targets: ZitadelExecutionArgs["targets"]): Ids {
  const idOf = (target: pulumi.Input<string> | ZitadelTarget) =>
    ZitadelTarget.isInstance(target) ? target.id : target;
  if (Array.isArray(targets)) return targets.map(idOf);
  // In JavaScript it can be anything, which `check` then rejects.
  return pulumi.output(targets).apply((list) => (Array.isArray(list) ? pulumi.all(list.map(idOf)) : list));
}

/** Warns in a preview if events go to a target of the program that never gets any. At apply, the provider asks ZITADEL. */
function warnOfUndeliverableEvents(
  execution: ZitadelExecution,
  name: string,
  declared: ZitadelExecutionArgs["condition"],
  targets: Ids,
): void {
  if (!pulumi.runtime.isDryRun() || !Array.isArray(targets)) return;
  const types = targets.map((id) => payloadTypeOf(id));
  pulumi.all([declared, types]).apply(([condition, known]) => {
    const type = known.find((one) => one === "PAYLOAD_TYPE_JWT" || one === "PAYLOAD_TYPE_JWE");
    if (type === undefined || !("event" in condition)) return;
    const text = `${name} is triggered by events, but ZITADEL never delivers events to a target with ${type}: nothing would arrive. Set the target's payloadType to PAYLOAD_TYPE_JSON.`;
    void pulumi.log.warn(text, execution);
  });
}
