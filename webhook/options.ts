import type { BodyLimits } from "./body.ts";
import { WebhookError } from "./errors.ts";
import type { InstanceKeys, JsonWebKeySet } from "./instance-keys.ts";
import type { ReplayStore } from "./replays.ts";
import type { SigningKeySource } from "./signature.ts";
import type { DecryptionKeys } from "./token.ts";

/** How a target's payload comes: the words of `payloadType` on ZitadelTarget. One of no type comes as JSON. */
export type PayloadType = "PAYLOAD_TYPE_JSON" | "PAYLOAD_TYPE_JWT" | "PAYLOAD_TYPE_JWE";

/** With what deliveries are checked. */
export interface VerifyOptions {
  /**
   * The target's `signingKey`; both the new one and the old one while it is rotated; or a function that gives either. It is
   * needed for every payload type: a JWT has no time of its own, and only the signature header has one.
   */
  readonly signingKey: SigningKeySource;
  /**
   * For JWT and JWE: the public keys of the instance, from `instanceKeys()` or as a key set. Where they are given, plain JSON is
   * refused.
   *
   * @default none
   */
  readonly instanceKeys?: InstanceKeys | JsonWebKeySet | undefined;
  /**
   * For JWE: the private keys, by the `keyId` of their ZitadelTargetPublicKey. Where they are given, a plain JWT is refused.
   *
   * @default none
   */
  readonly decryptionKeys?: DecryptionKeys | undefined;
  /**
   * What is taken, if more than one type is: while a target is changed from one to another.
   *
   * @default the strictest one that the keys allow
   */
  readonly payloadTypes?: readonly PayloadType[] | undefined;
  /**
   * How old a signature may be, in seconds.
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
   * The longest body that is read, in bytes.
   *
   * @default 1 048 576
   */
  readonly maxBodyBytes?: number | undefined;
  /**
   * How long a body may take to arrive, in milliseconds.
   *
   * @default 10 000
   */
  readonly bodyTimeout?: number | undefined;
  /**
   * Refuses what was taken before. ZITADEL's time has whole seconds, and nothing else in a JSON or JWT delivery is new: of two
   * equal calls within one second the second is refused. Events and JWE are never equal.
   *
   * @default none
   */
  readonly replays?: ReplayStore | undefined;
  /**
   * The clock.
   *
   * @default the machine's
   */
  readonly now?: (() => Date) | undefined;
}

/** The options in full. */
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

/** Fills in what is left out. Throws `settings` for what cannot be used. */
export function settingsOf(options: VerifyOptions): Settings {
  const { instanceKeys, decryptionKeys } = options;
  if (decryptionKeys !== undefined && instanceKeys === undefined)
    throw new WebhookError(
      "settings",
      "`decryptionKeys` needs `instanceKeys`: what is in a JWE is a JWT that the instance has signed.",
    );
  const strictest: PayloadType =
    instanceKeys === undefined
      ? "PAYLOAD_TYPE_JSON"
      : decryptionKeys === undefined
        ? "PAYLOAD_TYPE_JWT"
        : "PAYLOAD_TYPE_JWE";
  const payloadTypes = options.payloadTypes ?? [strictest];
  if (payloadTypes.length === 0)
    throw new WebhookError("settings", "`payloadTypes` is empty, so that nothing would be taken.");
  for (const [type, keys] of Object.entries({ PAYLOAD_TYPE_JWT: instanceKeys, PAYLOAD_TYPE_JWE: decryptionKeys })) {
    if (payloadTypes.includes(type as PayloadType) && keys === undefined)
      throw new WebhookError("settings", `\`payloadTypes\` has ${type}, and the keys for it are not given.`);
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

/** As far as a timer reaches. */
const most = 2_147_483_647;

function number(name: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (!Number.isInteger(value) || value < 0 || value > most)
    throw new WebhookError("settings", `\`${name}\` must be a whole number from 0 to ${most}.`);
  return value;
}
