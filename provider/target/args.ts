import type * as pulumi from "@pulumi/pulumi";
import type { InstanceArgs } from "../core/args";
import type { NoOptions, OneOf, Only } from "../core/one-of";

/**
 * The format of the payload that ZITADEL sends to a target: JSON, a JWT that the instance has signed, or a JWE that only the
 * receiver can read. Unspecified means JSON.
 */
export type PayloadType = "PAYLOAD_TYPE_UNSPECIFIED" | "PAYLOAD_TYPE_JSON" | "PAYLOAD_TYPE_JWT" | "PAYLOAD_TYPE_JWE";

/** Whether a target that fails stops the call that triggered it. */
export interface InterruptArgs {
  /**
   * Whether the API call that triggered the target fails if the target answers with a status of 400 or more, or not in time.
   *
   * @default `false`
   * @change updates the target in place
   */
  interruptOnError?: pulumi.Input<boolean>;
}

/** Whether a target that fails stops the call that triggered it, as an output. */
export interface Interrupts {
  /** Whether the API call that triggered the target fails if the target fails; left out if it was not set. */
  readonly interruptOnError?: boolean;
}

/** The kinds of targets. */
export interface TargetKinds {
  /**
   * Makes the target a webhook: ZITADEL calls the endpoint, waits for the answer and checks its status. It uses the answer's body
   * only if that refuses the call.
   *
   * @change updates the target in place
   * @fails at preview, unless exactly one of `restWebhook`, `restCall` and `restAsync` is given
   */
  restWebhook: pulumi.Input<InterruptArgs>;

  /**
   * Makes the target a call: ZITADEL calls the endpoint, waits for the answer and uses its body. The body replaces the request or
   * the response, or says what to add to a token.
   *
   * @change updates the target in place
   * @fails at preview, unless exactly one of `restWebhook`, `restCall` and `restAsync` is given
   */
  restCall: pulumi.Input<InterruptArgs>;

  /**
   * Makes the target asynchronous: ZITADEL calls the endpoint and does not wait for the answer. The value is an empty object.
   *
   * @change updates the target in place
   * @fails at preview, unless exactly one of `restWebhook`, `restCall` and `restAsync` is given
   */
  restAsync: pulumi.Input<NoOptions>;
}

/** A target that ZITADEL waits for, and whose answer's status it checks. */
export type RestWebhookArgs = Only<TargetKinds, "restWebhook">;

/** A target that ZITADEL waits for, and whose answer it uses. */
export type RestCallArgs = Only<TargetKinds, "restCall">;

/** A target that ZITADEL does not wait for. */
export type RestAsyncArgs = Only<TargetKinds, "restAsync">;

/** The kind of a target: exactly one of these. */
export type TargetKindArgs = OneOf<"restWebhook" | "restCall" | "restAsync", TargetKinds>;

/** The inputs of every kind of target. */
export interface CommonTargetArgs extends InstanceArgs {
  /**
   * The target's name: 1 to 1000 characters, unique on the instance (case-insensitive).
   *
   * @default the resource's name, `-` and 7 random hexadecimal digits, which do not change as long as the target exists
   * @change updates the target in place
   * @fails at preview, if another resource of the program has the name
   * @fails at apply, if somebody else has it and `adopt` is not set (`name_taken`, ZITADEL: `V3-DKcYh`)
   */
  name?: pulumi.Input<string>;

  /**
   * The URL that ZITADEL calls: absolute, `https` or `http`, at most 2048 characters, without a user name or password. ZITADEL
   * resolves the host when it saves the URL, and rejects hosts on its deny list: by default loopback, private and link-local
   * addresses.
   *
   * Do not put a secret into it, in its query for example. If the endpoint of an interrupting target refuses the connection or
   * does not answer in time, the error that ZITADEL returns to the caller of its API contains the whole URL.
   *
   * @change updates the target in place
   * @fails at preview, if it is not such a URL
   * @fails at apply, if the host does not resolve or is denied (`endpoint_denied`, ZITADEL: `COMMAND-NcJUKo`, `COMMAND-jKbbu2`)
   */
  endpoint: pulumi.Input<string>;

  /**
   * How long ZITADEL waits for the endpoint's answer, such as `"10s"`, `"1m30s"` or `"500ms"`: more than 0, at most `"270s"`. A
   * server with the default configuration stops waiting after 30 s, even if the timeout is longer.
   *
   * @change updates the target in place; `"90s"` and `"1m30s"` are equal
   * @fails at preview, if it is not such a duration
   */
  timeout: pulumi.Input<string>;

  /**
   * The format of the payload: `PAYLOAD_TYPE_JSON`, `PAYLOAD_TYPE_JWT` (signed by the instance) or `PAYLOAD_TYPE_JWE` (signed,
   * and encrypted with the target's active public key). ZITADEL never delivers events as JWT or JWE.
   *
   * @default `PAYLOAD_TYPE_JSON`, also for `PAYLOAD_TYPE_UNSPECIFIED`
   * @change updates the target in place
   * @fails at preview, if it is any other value: the server would accept that and send JSON
   */
  payloadType?: pulumi.Input<PayloadType>;

  /**
   * Change these values to rotate the signing key. They can be anything, for example a date: `["2026-11"]`. The first value on an
   * existing target is a baseline and does not rotate the key.
   *
   * @default none
   * @change rotates the signing key, as `rotationStrategy` says: in the same request as any other change, or with a new target
   */
  rotationTriggers?: pulumi.Input<unknown[]>;

  /**
   * How to rotate the signing key. `"inPlace"`: the target gets a new key, and the old one stops working at once, so deliveries
   * fail the receiver's check until it has the new key. `"replace"`: Pulumi first creates a new target with a new key, then
   * updates what depends on it (the receiver, the execution), and deletes the old target last, so nothing fails in between.
   *
   * @default `"inPlace"`
   * @change does nothing by itself
   * @fails at preview, if it is `"replace"` and `name` is set: names are unique, and both targets exist for a while
   */
  rotationStrategy?: pulumi.Input<"inPlace" | "replace">;

  /**
   * Takes over the target with that name (case-insensitive) if the instance has one: `up` updates only what differs, keeps the
   * signing key, and logs what it took over. Do not adopt what another stack manages: a delete in either stack deletes the object
   * of both.
   *
   * @default `false`
   * @change does nothing: it is used only when the resource is created
   * @fails at preview, if it is `true` and `name` is left out
   */
  adopt?: pulumi.Input<boolean>;
}

/** The inputs of a {@link ZitadelTarget}: exactly one of `restWebhook`, `restCall` and `restAsync`, and the common inputs. */
export type ZitadelTargetArgs = CommonTargetArgs & TargetKindArgs;
