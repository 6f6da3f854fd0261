import type { BodyLimits } from "./body.ts";
import { WebhookError } from "./errors.ts";
import { type InstanceKeys, isKeySet, type JsonWebKeySet } from "./instance-keys.ts";
import type { ReplayStore } from "./replays.ts";
import { type SigningKeyFunction, type SigningKeySource, usableKeys } from "./signature.ts";
import type { DecryptionKeys } from "./token.ts";
import { checkNames, isObject, wholeNumber } from "./values.ts";
import { usualLimit } from "./waiting.ts";

/** The format of the payload: the values of `payloadType` on ZitadelTarget. Without a type, ZITADEL sends JSON. */
export type PayloadType = "PAYLOAD_TYPE_JSON" | "PAYLOAD_TYPE_JWT" | "PAYLOAD_TYPE_JWE";
const allTypes: readonly PayloadType[] = ["PAYLOAD_TYPE_JSON", "PAYLOAD_TYPE_JWT", "PAYLOAD_TYPE_JWE"];

/** Options for checking signatures. */
export interface SignatureOptions<Framework = unknown> {
  /**
   * The target's `signingKey`, or both the new and the old one during a rotation (an empty one in a list is skipped, if there is another
   * one), or a function that returns them. It is required
   * for every payload type: a JWT has no time of its own, only the signature header has one.
   *
   * The function gets the request, so that one endpoint can serve several targets. It is called for every delivery whose header
   * and body were read; if it returns no key, the delivery is rejected as `settings`.
   */
  readonly signingKey: SigningKeySource<Framework>;
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
   * How long a delivery waits for each of your own functions that return a promise: `signingKey`, `decryptionKeys`, `keyFor` of
   * your own `instanceKeys`, and `add` of `replays`, in milliseconds. After that, it is rejected as `keys_unavailable` or
   * `replays_unavailable`.
   *
   * @default 10 000
   */
  readonly lookupTimeout?: number | undefined;
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

/** Options for checking deliveries. */
export interface VerifyOptions<Framework = unknown> extends SignatureOptions<Framework> {
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
}

/** The options for a signature, checked and with all defaults. */
export interface SignatureSettings<Framework = unknown> extends BodyLimits {
  readonly signingKey: readonly string[] | SigningKeyFunction<Framework>;
  readonly tolerance: number;
  readonly clockSkew: number;
  readonly lookupTimeout: number;
  readonly replays: ReplayStore | undefined;
  readonly now: () => Date;
}

/** The options, checked and with all defaults. */
export interface Settings<Framework = unknown> extends SignatureSettings<Framework> {
  readonly instanceKeys: InstanceKeys | JsonWebKeySet | undefined;
  readonly decryptionKeys: DecryptionKeys | undefined;
  readonly payloadTypes: readonly PayloadType[];
}

/** Fills in the defaults. Throws `settings` for invalid options: everything is checked that can be before a delivery comes. */
export function signatureSettings<Framework>(options: SignatureOptions<Framework>): SignatureSettings<Framework> {
  if (!isObject(options)) throw invalid('The options are missing: pass at least `{ signingKey: "…" }`.');
  checkNames<object>(options, optionNames);
  const { signingKey, replays, now } = options;
  if (replays !== undefined && (!isObject(replays) || typeof replays.add !== "function"))
    throw invalid("`replays` must have a function `add`, as `memoryReplays()` has.");
  if (now !== undefined && typeof now !== "function") throw invalid("`now` must be a function that returns a Date.");
  return {
    signingKey: typeof signingKey === "function" ? signingKey : usableKeys(signingKey),
    tolerance: wholeNumber("tolerance", options.tolerance, 300),
    clockSkew: wholeNumber("clockSkew", options.clockSkew, 10),
    maxBodyBytes: wholeNumber("maxBodyBytes", options.maxBodyBytes, 1_048_576),
    bodyTimeout: wholeNumber("bodyTimeout", options.bodyTimeout, 10_000),
    lookupTimeout: wholeNumber("lookupTimeout", options.lookupTimeout, usualLimit),
    replays,
    now: now ?? (() => new Date()),
  };
}

/** The same for all options. */
export function settingsOf<Framework>(options: VerifyOptions<Framework>): Settings<Framework> {
  const settings = signatureSettings(options);
  const { instanceKeys, decryptionKeys } = options;
  checkInstanceKeys(instanceKeys);
  checkDecryptionKeys(decryptionKeys);
  if (decryptionKeys !== undefined && instanceKeys === undefined)
    throw invalid("`decryptionKeys` needs `instanceKeys`: a JWE contains a JWT that the instance has signed.");
  const strictest: PayloadType =
    instanceKeys === undefined
      ? "PAYLOAD_TYPE_JSON"
      : decryptionKeys === undefined
        ? "PAYLOAD_TYPE_JWT"
        : "PAYLOAD_TYPE_JWE";
  const payloadTypes = options.payloadTypes ?? [strictest];
  if (!isListOfTypes(payloadTypes)) throw invalid(`\`payloadTypes\` must be a list of ${allTypes.join(", ")}.`);
  if (payloadTypes.length === 0) throw invalid("`payloadTypes` is empty, so every delivery would be rejected.");
  const keysOf = { PAYLOAD_TYPE_JSON: true, PAYLOAD_TYPE_JWT: instanceKeys, PAYLOAD_TYPE_JWE: decryptionKeys };
  for (const type of payloadTypes)
    if (keysOf[type] === undefined) throw invalid(`\`payloadTypes\` has ${type}, but the keys for it are not set.`);
  return { ...settings, instanceKeys, decryptionKeys, payloadTypes };
}

/**
 * The names of all options: those above, and those that `ReceiverOptions` adds. The same options may go to all functions of this module,
 * so that each of them takes all names.
 */
const optionNames: Readonly<
  Record<keyof VerifyOptions | "handlerTimeout" | "onRefused" | "onFailed" | "onDone", true>
> = {
  signingKey: true,
  tolerance: true,
  clockSkew: true,
  maxBodyBytes: true,
  bodyTimeout: true,
  lookupTimeout: true,
  replays: true,
  now: true,
  instanceKeys: true,
  decryptionKeys: true,
  payloadTypes: true,
  handlerTimeout: true,
  onRefused: true,
  onFailed: true,
  onDone: true,
};

function isListOfTypes(value: unknown): value is readonly PayloadType[] {
  return Array.isArray(value) && value.every(isType);
}

function isType(value: unknown): value is PayloadType {
  return (allTypes as readonly unknown[]).includes(value);
}

/** Throws `settings` for what is no payload type. */
export function checkType(value: unknown): void {
  if (!isType(value)) throw invalid(`\`payloadType\` must be ${allTypes.join(" or ")}.`);
}

function checkInstanceKeys(keys: unknown): void {
  if (keys === undefined || isKeySet(keys)) return;
  if (isObject(keys) && "keyFor" in keys && typeof keys.keyFor === "function") return;
  throw invalid(
    '`instanceKeys` must be the result of `instanceKeys("https://…")`, or the answer of /oauth/v2/keys, {"keys": […]}.',
  );
}

function checkDecryptionKeys(keys: unknown): void {
  if (keys === undefined || typeof keys === "function") return;
  // A Map or a list has no members by key id.
  if (!isObject(keys) || Symbol.iterator in keys)
    throw invalid("`decryptionKeys` must be an object of private keys by their key id, or a function.");
  if (Object.hasOwn(keys, ""))
    throw invalid("A key id in `decryptionKeys` is empty: is the variable that it comes from set?");
}

function invalid(message: string): WebhookError {
  return new WebhookError("settings", message);
}
