import type * as pulumi from "@pulumi/pulumi";
import type { GetState } from "../core/args";
import type { NamesIn } from "../core/properties";
import type { CommonTargetArgs, Interrupts, PayloadType, ZitadelTargetArgs } from "../target/args";
import type { State } from "../target/schema";
import { forGet, isOfType, type Kind, type SecretIn, ZitadelResource } from "./resource";

/**
 * A target of ZITADEL Actions v2: an endpoint that ZITADEL calls for the executions that list it. ZITADEL chooses its id, some
 * 18 digits. When a target is deleted, ZITADEL deletes its public keys and removes it from every execution, including those of other
 * stacks, and removes an execution that has no other target.
 *
 * @example A webhook whose failure is ignored
 * ```ts
 * import { ZitadelTarget } from "pulumi-zitadel-actions";
 *
 * const audit = new ZitadelTarget("audit", {
 *   endpoint: "https://example.com/audit",
 *   timeout: "10s",
 *   restWebhook: {},
 * });
 * export const signingKey = audit.signingKey;
 * ```
 *
 * @see ZITADEL's `zitadel.action.v2.ActionService`: `CreateTarget`, `UpdateTarget`, `DeleteTarget` and `ListTargets`
 */
export class ZitadelTarget extends ZitadelResource {
  /** The target's name on the instance. */
  declare readonly name: pulumi.Output<string>;
  /** The URL that ZITADEL calls. */
  declare readonly endpoint: pulumi.Output<string>;
  /** How long ZITADEL waits for an answer, as the program writes it. */
  declare readonly timeout: pulumi.Output<string>;
  /** Set if the target is a webhook. */
  declare readonly restWebhook: pulumi.Output<Interrupts | undefined>;
  /** Set if the target is a call. */
  declare readonly restCall: pulumi.Output<Interrupts | undefined>;
  /** Set if the target is asynchronous: an empty object. */
  declare readonly restAsync: pulumi.Output<Record<string, never> | undefined>;
  /** The format of the payload; never `PAYLOAD_TYPE_UNSPECIFIED`. */
  declare readonly payloadType: pulumi.Output<PayloadType>;
  /** The rotation triggers of the current signing key. */
  declare readonly rotationTriggers: pulumi.Output<unknown[] | undefined>;
  /** How the signing key is rotated, if the program sets that. */
  declare readonly rotationStrategy: pulumi.Output<"inPlace" | "replace" | undefined>;
  /**
   * The key with which ZITADEL signs what it sends: 36 characters. It changes with `rotationTriggers`.
   *
   * @secret
   */
  declare readonly signingKey: pulumi.Output<string>;

  /**
   * Declares a target: an endpoint that ZITADEL calls, as a webhook, a call or asynchronously, and the key with which it signs what it
   * sends. All inputs: https://unpkg.com/pulumi-zitadel-actions/docs/resources/target.md
   *
   * @param name The resource's name in the program; also the beginning of the target's name, if none is set.
   * @param args The target's inputs.
   * @param opts Pulumi's options. `import` never works for dynamic resources: use `adopt` or {@link ZitadelTarget.get}.
   */
  constructor(name: string, args: ZitadelTargetArgs, opts?: pulumi.CustomResourceOptions) {
    super(kind, name, args, opts);
    if (opts?.id === undefined) declared.set(this.id, args.payloadType);
  }

  /**
   * Reads an existing target without managing it: Pulumi never changes or deletes it.
   * It is read in previews too, with one search.
   *
   * @param name The resource's name in the program.
   * @param id The target's id on the instance.
   * @param state The instance to read from.
   * @param opts Pulumi's options.
   */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: GetState,
    opts?: pulumi.CustomResourceOptions,
  ): ZitadelTarget {
    return new ZitadelTarget(name, ...forGet("ZitadelTarget", id, state, opts));
  }

  /** Whether `resource` is a {@link ZitadelTarget}, even from another copy of this package. */
  static override isInstance(resource: unknown): resource is ZitadelTarget {
    return isOfType(resource, kind.type);
  }
}

/** The payload types of the program's targets, by the `id` outputs that it passes to executions. */
const declared = new WeakMap<object, CommonTargetArgs["payloadType"]>();

/** The payload type of the target with this `id` output, if the program declares the target. */
export function payloadTypeOf(id: unknown): CommonTargetArgs["payloadType"] {
  return typeof id === "object" && id !== null ? declared.get(id) : undefined;
}

const secret = {
  name: false,
  endpoint: false,
  timeout: false,
  restWebhook: false,
  restCall: false,
  restAsync: false,
  payloadType: false,
  rotationTriggers: false,
  rotationStrategy: false,
  signingKey: true,
} as const satisfies Kind<NamesIn<State, ZitadelTarget>>["secret"];

export type TargetSecret = SecretIn<typeof secret>;

const kind: Kind = { type: "Target", lifecycle: "target", secret };
