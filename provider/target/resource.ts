import * as pulumi from "@pulumi/pulumi";
import { forGet, type GetOptions, isOfType, type Kind, ZitadelResource } from "../resource";

/** How ZITADEL packs what it sends to a target. */
export type PayloadType = "PAYLOAD_TYPE_UNSPECIFIED" | "PAYLOAD_TYPE_JSON" | "PAYLOAD_TYPE_JWT" | "PAYLOAD_TYPE_JWE";

/** Whether a target that fails stops the call that triggered it. */
export interface InterruptArgs {
  /**
   * Whether the API call that triggered the target fails when the target answers a status of 400 or more, or not in time.
   *
   * Default: `false`. A change updates the target in place.
   */
  interruptOnError?: pulumi.Input<boolean>;
}

/** ZITADEL calls the endpoint, waits for the answer and looks only at its status. */
export interface RestWebhookArgs {
  restWebhook: pulumi.Input<InterruptArgs>;
  restCall?: never;
  restAsync?: never;
}

/** ZITADEL calls the endpoint, waits for the answer and uses its body: it replaces the request or the response. */
export interface RestCallArgs {
  restCall: pulumi.Input<InterruptArgs>;
  restWebhook?: never;
  restAsync?: never;
}

/** ZITADEL calls the endpoint and does not wait for the answer. */
export interface RestAsyncArgs {
  restAsync: pulumi.Input<Record<string, never>>;
  restWebhook?: never;
  restCall?: never;
}

/** What every target has, whatever its kind. */
export interface CommonTargetArgs {
  /**
   * The target's name: 1 to 1000 characters, unique on the instance whatever the case.
   *
   * Default: the resource's name, `-` and 7 random hexadecimal digits, kept for the target's life.
   * A change updates the target in place. A name that another resource of the program has fails at preview, one that somebody
   * else has at apply (ZITADEL: `V3-DKcYh`), unless `adopt`.
   */
  name?: pulumi.Input<string>;

  /**
   * The URL that ZITADEL calls: absolute, `https` or `http`, at most 2048 characters, without a user name or password.
   *
   * A change updates the target in place. ZITADEL resolves the host when it stores it, and refuses (`COMMAND-NcJUKo`,
   * `COMMAND-jKbbu2`) hosts that do not resolve or are in its deny list: by default loopback, private and link-local addresses.
   */
  endpoint: pulumi.Input<string>;

  /**
   * How long ZITADEL waits for the endpoint's answer, as `"10s"`, `"1m30s"` or `"500ms"`: more than 0, at most `"270s"`.
   *
   * Compared by value: `"90s"` and `"1m30s"` are the same. A change updates the target in place.
   * A server with its default configuration gives up after 30 s, however long the timeout.
   */
  timeout: pulumi.Input<string>;

  /**
   * How the payload is packed: `PAYLOAD_TYPE_JSON`, `PAYLOAD_TYPE_JWT` (signed by the instance) or `PAYLOAD_TYPE_JWE`
   * (signed, and encrypted with the target's active public key).
   *
   * Default: `PAYLOAD_TYPE_JSON`; `PAYLOAD_TYPE_UNSPECIFIED` means the default. A change updates the target in place.
   * Another word fails at preview; the server would take it and send JSON. ZITADEL never delivers *events* as JWT or JWE.
   */
  payloadType?: pulumi.Input<PayloadType>;

  /**
   * Values whose change rotates the signing key, for example a date: `["2026-11"]`.
   *
   * Default: none. The first value on an existing target is a baseline and does not rotate; every later change makes a new
   * `signingKey`: in place, in the same request as any other change, or as `rotationStrategy` says.
   */
  rotationTriggers?: pulumi.Input<unknown[]>;

  /**
   * How the signing key is rotated. `"inPlace"`: the target gets a new key, and the old one is dead at once, so what ZITADEL
   * sends fails its check until the receiver has the new one. `"replace"`: a new target with a new key first, then what
   * depends on it (the receiver, the execution), and the old target is deleted last, so nothing fails in between.
   *
   * Default: `"inPlace"`. A change does nothing by itself. `"replace"` needs the name to be left out: names are unique, and
   * both targets are there for a while; with a name it fails at preview.
   */
  rotationStrategy?: pulumi.Input<"inPlace" | "replace">;

  /**
   * Whether to take over a target of that name, whatever the case, if the instance has one: it is brought to the declared
   * state by the smallest update, and keeps its signing key. The log says what was taken over.
   *
   * Default: `false`: a name that somebody has fails at apply (ZITADEL: `V3-DKcYh`). It needs `name`; without one it fails at
   * preview. A change does nothing: it counts when the resource is created.
   */
  adopt?: pulumi.Input<boolean>;

  /**
   * Which instance the target lives on: a name from `zitadel:instances` in the stack configuration.
   *
   * Default: the instance of `zitadel:domain`. A change replaces the target.
   */
  instance?: pulumi.Input<string>;
}

/** The inputs of a {@link ZitadelTarget}: exactly one of `restWebhook`, `restCall` and `restAsync`, and what all have. */
export type ZitadelTargetArgs = CommonTargetArgs & (RestWebhookArgs | RestCallArgs | RestAsyncArgs);

/**
 * A target of ZITADEL Actions v2: an endpoint that ZITADEL calls when one of its executions says so.
 *
 * @example A webhook whose failure is ignored
 * ```ts
 * const audit = new ZitadelTarget("audit", {
 *   endpoint: "https://hooks.example.com/audit",
 *   timeout: "10s",
 *   restWebhook: {},
 * });
 * export const signingKey = audit.signingKey;
 * ```
 *
 * @example A call that may change a response, and stops it when it fails
 * ```ts
 * new ZitadelTarget("enrich", {
 *   endpoint: "https://hooks.example.com/enrich",
 *   timeout: "3s",
 *   restCall: { interruptOnError: true },
 *   payloadType: "PAYLOAD_TYPE_JWT",
 * });
 * ```
 *
 * @example A signing key that changes with the month
 * ```ts
 * new ZitadelTarget("audit", {
 *   endpoint: "https://hooks.example.com/audit",
 *   timeout: "10s",
 *   restAsync: {},
 *   rotationTriggers: [config.require("rotation")], // pulumi config set rotation 2026-12
 * });
 * ```
 *
 * Source: ZITADEL's `zitadel.action.v2.ActionService`, CreateTarget, UpdateTarget, DeleteTarget and ListTargets.
 */
export class ZitadelTarget extends ZitadelResource {
  /** The target's name on the instance. */
  declare readonly name: pulumi.Output<string>;
  /** The URL that ZITADEL calls. */
  declare readonly endpoint: pulumi.Output<string>;
  /** How long ZITADEL waits for an answer, as the program spells it. */
  declare readonly timeout: pulumi.Output<string>;
  /** Set where the target is a webhook. */
  declare readonly restWebhook: pulumi.Output<{ interruptOnError?: boolean } | undefined>;
  /** Set where the target is a call. */
  declare readonly restCall: pulumi.Output<{ interruptOnError?: boolean } | undefined>;
  /** Set where the target is asynchronous. */
  declare readonly restAsync: pulumi.Output<Record<string, never> | undefined>;
  /** How the payload is packed. */
  declare readonly payloadType: pulumi.Output<PayloadType>;
  /** The triggers that the present signing key belongs to. */
  declare readonly rotationTriggers: pulumi.Output<unknown[] | undefined>;
  /** How the signing key is rotated, where that is declared. */
  declare readonly rotationStrategy: pulumi.Output<"inPlace" | "replace" | undefined>;
  /** Whether an existing target was to be taken over. */
  declare readonly adopt: pulumi.Output<boolean | undefined>;
  /** The name of the instance in `zitadel:instances`, where it is not the default one. */
  declare readonly instance: pulumi.Output<string | undefined>;
  /** The key with which ZITADEL signs what it sends: 36 characters, always a secret. It changes with `rotationTriggers`. */
  declare readonly signingKey: pulumi.Output<string>;
  /** When the target was created, by the server's clock (RFC 3339). */
  declare readonly creationDate: pulumi.Output<string>;
  /** When the target was last changed, by the server's clock (RFC 3339). */
  declare readonly changeDate: pulumi.Output<string>;

  /**
   * Declares a target.
   *
   * @param name The resource's name in the program; also the beginning of the target's name, where none is given.
   * @param args What the target is to be.
   * @param opts Pulumi's options. `import` never works for dynamic resources: see {@link ZitadelTarget.get}.
   */
  constructor(name: string, args: ZitadelTargetArgs, opts?: pulumi.CustomResourceOptions) {
    super(kind, name, args, opts);
    if (opts?.id === undefined) declared.set(this.id, args.payloadType);
  }

  /**
   * Reads a target that exists, without managing it: nothing that Pulumi does changes or deletes it.
   * It is read in previews too, by one search.
   *
   * @param name The resource's name in the program.
   * @param id The target's id on the instance.
   */
  static get(name: string, id: pulumi.Input<pulumi.ID>, opts: GetOptions = {}): ZitadelTarget {
    const forReading = forGet(id, opts);
    return new ZitadelTarget(name, forReading.args as unknown as ZitadelTargetArgs, forReading.opts);
  }

  /** Whether `resource` is a {@link ZitadelTarget}, also one of another copy of this package. */
  static override isInstance(resource: unknown): resource is ZitadelTarget {
    return isOfType(resource, kind.type);
  }
}

/** What the program declares of its targets, by the id that it hands on to executions. */
const declared = new WeakMap<object, CommonTargetArgs["payloadType"]>();

/** The payload type of the target whose `id` this is, where the program declares it. */
export function payloadTypeOf(id: unknown): CommonTargetArgs["payloadType"] {
  return typeof id === "object" && id !== null ? declared.get(id) : undefined;
}

const kind: Kind = {
  type: "Target",
  lifecycle: "target",
  outputs: [
    "endpoint",
    "timeout",
    "name",
    "payloadType",
    "restWebhook",
    "restCall",
    "restAsync",
    "rotationTriggers",
    "rotationStrategy",
    "adopt",
    "instance",
    "signingKey",
    "creationDate",
    "changeDate",
  ],
  secrets: ["signingKey"],
};
