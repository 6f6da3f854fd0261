import type * as pulumi from "@pulumi/pulumi";
import { forGet, type GetOptions, type InstanceArgs, isOfType, type Kind, ZitadelResource } from "../resource";

/** The inputs of a {@link ZitadelTargetPublicKey}. */
export interface ZitadelTargetPublicKeyArgs extends InstanceArgs {
  /**
   * The id of the target that the key is for.
   *
   * @change replaces the key
   * @fails at apply, where there is no such target (`not_found`, ZITADEL: `ErrTargetNotFound`)
   */
  targetId: pulumi.Input<string>;

  /**
   * The public key in PEM (`-----BEGIN PUBLIC KEY-----`, SPKI): RSA of at least 2048 bits, or EC on P-256 or P-384. The receiver
   * keeps the private one.
   *
   * @change replaces the key: the new one is added and active before the old one goes; another spelling of the same key is no
   * change
   * @fails at preview, where it is PKCS#1, a certificate, a private key or another kind of key; it is not repeated
   */
  publicKey: pulumi.Input<string>;

  /**
   * When ZITADEL ceases to encrypt with the key, in RFC 3339: `2027-01-31T00:00:00Z`. A key that has run out is found by
   * `pulumi refresh`, and draws a warning.
   *
   * @default never
   * @change replaces the key; another spelling of the same moment is no change
   * @fails at preview, where it lies in the past, unless the key is there already or may be taken over
   */
  expirationDate?: pulumi.Input<string>;

  /**
   * Whether ZITADEL encrypts with this key. A target has one active key: activating one deactivates the one before.
   *
   * @default `true`
   * @change updates the key in place
   * @fails at preview, where a target has two active keys in the program; at apply, where it is known only then
   */
  active?: pulumi.Input<boolean>;

  /**
   * Takes over a key of the target with the same fingerprint and expiration date, if there is one, and says so in the log.
   * Without `adopt` the key is added, because ZITADEL accepts the same key any number of times. Do not adopt what another stack
   * manages: a delete in either stack deletes the object of both.
   *
   * @default `false`
   * @change does nothing: it counts when the resource is created
   */
  adopt?: pulumi.Input<boolean>;
}

/**
 * A public key with which ZITADEL encrypts what it sends to a target of `PAYLOAD_TYPE_JWE`. Its id is made of the target's and
 * the key's: `400661751630138406/400661832647314470`; the key's is the `kid` of what arrives. Without an active key such a target
 * fails the calls that it interrupts, and gets nothing otherwise: let its executions depend on the key.
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
  /** The key in PEM, as the program spells it. */
  declare readonly publicKey: pulumi.Output<string>;
  /** When ZITADEL ceases to encrypt with the key. */
  declare readonly expirationDate: pulumi.Output<string | undefined>;
  /** Whether ZITADEL encrypts with this key; `false` for one that has expired. */
  declare readonly active: pulumi.Output<boolean>;
  /** The key's own id: the `kid` in the header of what is encrypted with it. */
  declare readonly keyId: pulumi.Output<string>;
  /** `SHA256:` and the digest of the key, as ZITADEL shows it. */
  declare readonly fingerprint: pulumi.Output<string>;

  /**
   * Declares a public key of a target: ZITADEL encrypts what it sends to the target with its active key. All inputs:
   * https://unpkg.com/pulumi-zitadel-actions/docs/resources/public-key.md
   *
   * @param name The resource's name in the program.
   * @param args The key, and what it is for.
   * @param opts Pulumi's options. `import` never works for dynamic resources: see `adopt`.
   */
  constructor(name: string, args: ZitadelTargetPublicKeyArgs, opts?: pulumi.CustomResourceOptions) {
    super(kind, name, args, opts);
  }

  /**
   * Reads a key that exists, without managing it: nothing that Pulumi does changes or deletes it.
   * It is read in previews too, by one search.
   *
   * @param name The resource's name in the program.
   * @param id The target's id and the key's: `400661751630138406/400661832647314470`.
   * @param opts Pulumi's options, and the instance to look on.
   */
  static get(name: string, id: pulumi.Input<pulumi.ID>, opts: GetOptions = {}): ZitadelTargetPublicKey {
    return new ZitadelTargetPublicKey(name, ...forGet(id, opts));
  }

  /** Whether `resource` is a {@link ZitadelTargetPublicKey}, also one of another copy of this package. */
  static override isInstance(resource: unknown): resource is ZitadelTargetPublicKey {
    return isOfType(resource, kind.type);
  }
}

const kind: Kind = {
  type: "TargetPublicKey",
  lifecycle: "publicKey",
  outputs: ["targetId", "publicKey", "expirationDate", "active", "keyId", "fingerprint"],
  secrets: [],
  goesWithTarget: true,
};
