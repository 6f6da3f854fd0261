import type * as pulumi from "@pulumi/pulumi";
import type { InstanceArgs } from "../core/args";

/** The inputs of a {@link ZitadelTargetPublicKey}. */
export interface ZitadelTargetPublicKeyArgs extends InstanceArgs {
  /**
   * The id of the target that the key is for.
   *
   * @change replaces the key
   * @fails at apply, if the target does not exist (`not_found`, ZITADEL: `ErrTargetNotFound`)
   */
  targetId: pulumi.Input<string>;

  /**
   * The public key in PEM (`-----BEGIN PUBLIC KEY-----`, SPKI): RSA of at least 2048 bits, or EC on P-256, P-384 or P-521. The receiver
   * keeps the private one.
   *
   * @change replaces the key: the new one is added and activated before the old one is deleted; the same key with other line
   * breaks is not a change
   * @fails at preview, if it is PKCS#1, a certificate, a private key or another kind of key; the error does not show it
   */
  publicKey: pulumi.Input<string>;

  /**
   * When the key expires and ZITADEL stops encrypting with it, in RFC 3339: `2027-01-31T00:00:00Z`. `pulumi refresh` warns of an
   * expired key.
   *
   * @default never
   * @change replaces the key; the same moment in another notation is not a change
   * @fails at preview, if it is in the past, unless the key exists already or may be taken over
   */
  expirationDate?: pulumi.Input<string>;

  /**
   * Whether ZITADEL encrypts with this key. A target has one active key: activating a key deactivates the previous one.
   *
   * @default `true`
   * @change updates the key in place
   * @fails at preview, if the program has two active keys for a target; at apply, if that is known only then
   */
  active?: pulumi.Input<boolean>;

  /**
   * Takes over a key of the target with the same fingerprint and expiration date, if there is one, and says so in the log.
   * Without `adopt` the key is added, because ZITADEL accepts the same key any number of times. Do not adopt what another stack
   * manages: a delete in either stack deletes the object of both.
   *
   * @default `false`
   * @change does nothing: it is used only when the resource is created
   */
  adopt?: pulumi.Input<boolean>;
}
