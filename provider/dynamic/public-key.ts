import type * as pulumi from "@pulumi/pulumi";
import type { GetState } from "../core/args";
import type { NamesIn } from "../core/properties";
import type { ZitadelTargetPublicKeyArgs } from "../public-key/args";
import type { State } from "../public-key/schema";
import { forGet, isOfType, type Kind, type SecretIn, ZitadelResource } from "./resource";

/**
 * A public key with which ZITADEL encrypts what it sends to a target of `PAYLOAD_TYPE_JWE`. The resource's id is the target's id
 * and the key's id: `400661751630138406/400661832647314470`. The key's id is the `kid` of each delivery. Without an active key,
 * such a target receives nothing, and every call that it interrupts fails: let its executions depend on the key.
 *
 * @example A target that only its receiver can read
 * ```ts
 * import { readFileSync } from "node:fs";
 * import { ZitadelExecution, ZitadelTarget, ZitadelTargetPublicKey } from "pulumi-zitadel-actions";
 *
 * const claims = new ZitadelTarget("claims", {
 *   endpoint: "https://example.com/claims",
 *   timeout: "3s",
 *   restCall: { interruptOnError: true },
 *   payloadType: "PAYLOAD_TYPE_JWE",
 * });
 * const key = new ZitadelTargetPublicKey("claims", {
 *   targetId: claims.id,
 *   publicKey: readFileSync("claims.pub.pem", "utf8"),
 * });
 * new ZitadelExecution(
 *   "claims",
 *   { condition: { function: { name: "preaccesstoken" } }, targets: [claims.id] },
 *   { dependsOn: key },
 * );
 * ```
 *
 * @see ZITADEL's `zitadel.action.v2.ActionService`: `AddPublicKey`, `ActivatePublicKey`, `DeactivatePublicKey`, `RemovePublicKey`
 * and `ListPublicKeys`
 */
export class ZitadelTargetPublicKey extends ZitadelResource {
  /** The id of the target that the key is for. */
  declare readonly targetId: pulumi.Output<string>;
  /** The key in PEM, as the program writes it. */
  declare readonly publicKey: pulumi.Output<string>;
  /** When the key expires and ZITADEL stops encrypting with it. */
  declare readonly expirationDate: pulumi.Output<string | undefined>;
  /** Whether ZITADEL encrypts with this key; `false` if it has expired. */
  declare readonly active: pulumi.Output<boolean>;
  /** The key's own id: the `kid` in the header of each payload that is encrypted with it. */
  declare readonly keyId: pulumi.Output<string>;
  /** `SHA256:` and the digest of the key, as ZITADEL shows it. */
  declare readonly fingerprint: pulumi.Output<string>;

  /**
   * Declares a public key of a target: ZITADEL encrypts what it sends to the target with its active key. All inputs:
   * https://unpkg.com/pulumi-zitadel-actions/docs/resources/public-key.md
   *
   * @param name The resource's name in the program.
   * @param args The key and its target.
   * @param opts Pulumi's options. `import` never works for dynamic resources: use `adopt`.
   */
  constructor(name: string, args: ZitadelTargetPublicKeyArgs, opts?: pulumi.CustomResourceOptions) {
    super(kind, name, args, opts);
  }

  /**
   * Reads an existing key without managing it: Pulumi never changes or deletes it.
   * It is read in previews too, with one search.
   *
   * @param name The resource's name in the program.
   * @param id The target's id and the key's id: `400661751630138406/400661832647314470`.
   * @param state The instance to read from.
   * @param opts Pulumi's options.
   */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: GetState,
    opts?: pulumi.CustomResourceOptions,
  ): ZitadelTargetPublicKey {
    return new ZitadelTargetPublicKey(name, ...forGet("ZitadelTargetPublicKey", id, state, opts));
  }

  /** Whether `resource` is a {@link ZitadelTargetPublicKey}, even from another copy of this package. */
  static override isInstance(resource: unknown): resource is ZitadelTargetPublicKey {
    return isOfType(resource, kind.type);
  }
}

const secret = {
  targetId: false,
  publicKey: false,
  expirationDate: false,
  active: false,
  keyId: false,
  fingerprint: false,
} as const satisfies Kind<NamesIn<State, ZitadelTargetPublicKey>>["secret"];

export type PublicKeySecret = SecretIn<typeof secret>;

const kind: Kind = { type: "TargetPublicKey", lifecycle: "publicKey", secret };
