import type { BodyLimits } from "./body.ts";
import { WebhookError } from "./errors.ts";
import type { InstanceKeys, JsonWebKeySet } from "./instance-keys.ts";
import type { ReplayStore } from "./replays.ts";
import type { SigningKeySource } from "./signature.ts";
import type { DecryptionKeys } from "./token.ts";

/** The format of the payload: the values of `payloadType` on ZitadelTarget. Without a type, ZITADEL sends JSON. */
export type PayloadType = "PAYLOAD_TYPE_JSON" | "PAYLOAD_TYPE_JWT" | "PAYLOAD_TYPE_JWE";

/** Options for checking deliveries. */
export interface VerifyOptions {
  /**
   * The target's `signingKey`, or both the new and the old one during a rotation, or a function that returns them. It is required
   * for every payload type: a JWT has no time of its own, only the signature header has one.
   */
  readonly signingKey: SigningKeySource;
  /**
   * For JWT and JWE: the public keys of the instance, from `instanceKeys()` or as a key set. If they are set, plain JSON is
   * rejected.
   *
   * @default none
   */
  readonly instanceKeys?: InstanceKeys | JsonWebKeySet | undefined;
  /**
   * For JWE: the private keys, by the `keyId` of their ZitadelTargetPublicKey. If they are set, a plain JWT is rejected.
   *
   * @default none
   */
  readonly decryptionKeys?: DecryptionKeys | undefined;
  /**
   * The accepted payload types. Set more than one while you change a target from one type to another.
   *
   * @default the strictest type that the keys allow
   */
  readonly payloadTypes?: readonly PayloadType[] | undefined;
  /**
   * The maximum age of a signature, in seconds.
   *
   * @default 300, as ZITADEL recommends
   */
  readonly tolerance?: number | undefined;
  /**
   * How far ZITADEL's clock may be ahead of this one, in seconds.
   *
   * @default 10
   */
  readonly clockSkew?: number | undefined;
  /**
   * The maximum size of a body, in bytes.
   *
   * @default 1 048 576
   */
  readonly maxBodyBytes?: number | undefined;
  /**
   * The maximum time until the whole body arrives, in milliseconds.
   *
   * @default 10 000
   */
  readonly bodyTimeout?: number | undefined;
  /**
   * Rejects deliveries that were accepted before. ZITADEL's time has whole seconds, and nothing else in a JSON or JWT delivery is
   * unique: of two equal calls within one second, the second is rejected. Events and JWE are never equal.
   *
   * @default none
   */
  readonly replays?: ReplayStore | undefined;
  /**
   * The clock.
   *
   * @default the machine's clock
   */
  readonly now?: (() => Date) | undefined;
}

/** The options with all defaults. */
export interface Settings extends BodyLimits {
  readonly signingKey: SigningKeySource;
  readonly instanceKeys: InstanceKeys | JsonWebKeySet | undefined;
  readonly decryptionKeys: DecryptionKeys | undefined;
  readonly payloadTypes: readonly PayloadType[];
  readonly tolerance: number;
  readonly clockSkew: number;
  readonly replays: ReplayStore | undefined;
  readonly now: () => Date;
}

/** Fills in the defaults. Throws `settings` for invalid options. */
export function settingsOf(options: VerifyOptions): Settings {
  const { instanceKeys, decryptionKeys } = options;
  if (decryptionKeys !== undefined && instanceKeys === undefined)
    throw new WebhookError(
      "settings",
      "`decryptionKeys` needs `instanceKeys`: a JWE contains a JWT that the instance has signed.",
    );
  const strictest: PayloadType =
    instanceKeys === undefined
      ? "PAYLOAD_TYPE_JSON"
      : decryptionKeys === undefined
        ? "PAYLOAD_TYPE_JWT"
        : "PAYLOAD_TYPE_JWE";
  const payloadTypes = options.payloadTypes ?? [strictest];
  if (payloadTypes.length === 0)
    throw new WebhookError("settings", "`payloadTypes` is empty, so every delivery would be rejected.");
  for (const [type, keys] of Object.entries({ PAYLOAD_TYPE_JWT: instanceKeys, PAYLOAD_TYPE_JWE: decryptionKeys })) {
    if (payloadTypes.includes(type as PayloadType) && keys === undefined)
      throw new WebhookError("settings", `\`payloadTypes\` has ${type}, but the keys for it are not set.`);
  }
  return {
    signingKey: options.signingKey,
    instanceKeys,
    decryptionKeys,
    payloadTypes,
    tolerance: number("tolerance", options.tolerance, 300),
    clockSkew: number("clockSkew", options.clockSkew, 10),
    maxBodyBytes: number("maxBodyBytes", options.maxBodyBytes, 1_048_576),
    bodyTimeout: number("bodyTimeout", options.bodyTimeout, 10_000),
    replays: options.replays,
    now: options.now ?? (() => new Date()),
  };
}

/** The longest time of a timer. */
const most = 2_147_483_647;

function number(name: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (!Number.isInteger(value) || value < 0 || value > most)
    throw new WebhookError("settings", `\`${name}\` must be a whole number from 0 to ${most}.`);
  return value;
}
