import * as z from "zod";
import { diff, type TableOf } from "../core/diff";
import type { Dated, Failure, Lifecycle } from "../core/lifecycle";
import { given, type Properties, unknown } from "../core/properties";
import { isId, targetIdRule } from "../api/id";
import { isMoment, isPast, sameMoment } from "../api/server-time";
import { flag, type InputsOf, mustBe, shared, validator } from "../core/validate";
import type { ZitadelTargetPublicKeyArgs } from "./args";
import { fingerprintOf, holdsPrivateKey, problemOf } from "./pem";

/** Whether two PEMs are the same key, for example with other line breaks. */
const sameKey = (old: unknown, now: unknown): boolean => {
  if (old === now) return true;
  const fingerprint = fingerprintOf(old);
  return fingerprint !== undefined && fingerprint === fingerprintOf(now);
};

const targetId = z.string({ error: mustBe("the id of a target", "the id of the target") }).refine(isId, targetIdRule);

const publicKey = z
  .string({ error: mustBe("a string: the public key, in PEM", "the public key, in PEM") })
  .superRefine((pem, context) => {
    const problem = problemOf(pem);
    if (problem !== undefined) context.addIssue(problem);
  });

const expirationDate = z
  .string({ error: "must be a string such as 2027-01-31T00:00:00Z" })
  .refine(isMoment, "must be an RFC 3339 date and time with an offset, such as 2027-01-31T00:00:00Z")
  .optional();

/** The properties of a public key: as of a target. */
export const table = {
  targetId: { change: "replace", input: targetId },
  publicKey: { change: "replace", input: publicKey, same: sameKey, isSensitive: true },
  expirationDate: { change: "replace", input: expirationDate, same: sameMoment },
  active: { change: "update", input: flag },
  ...shared,
} satisfies TableOf<ZitadelTargetPublicKeyArgs>;

const validate = validator("A public key of a ZITADEL target", table);

/** A public key's inputs, as `check` returns them. */
export type Inputs = InputsOf<typeof table>;

export type State = Inputs & Dated & { keyId: string; fingerprint: string };

export const check: Lifecycle["check"] = ({ olds, news, claim, noted }) => {
  const inputs: Record<string, unknown> = { active: true, ...given(news) };
  const failures = validate(inputs).map((failure) => withoutPrivateKey(failure, inputs));
  const { active, adopt, expirationDate, instance, targetId } = inputs;
  const what = instance === unknown ? undefined : claimOf(inputs);
  // The same key may be there twice.
  if (what !== undefined) claim(what, adopt === true);
  const other = what === undefined || active !== true ? undefined : claim(activeKeyOf(targetId));
  if (other !== undefined) {
    const reason = `is true for ${other} too, but a target has only one active key: set active: false for one of them`;
    failures.push({ property: "active", reason });
  }
  const warnings: string[] = [];
  // At apply, the target's update fails first; only a preview gets here without a key.
  const isNoted = (fact: (targetId: string) => string) => noted?.(fact(String(targetId))) === true;
  if (olds === undefined && active === true && isNoted(factOf.beginsToEncrypt) && !isNoted(factOf.hasKey))
    warnings.push(
      `This deployment changes target ${String(targetId)} to PAYLOAD_TYPE_JWE and adds its key. If the target has no active key yet, \`pulumi up\` will fail. ${keyFirst}`,
    );
  if (isPast(expirationDate, Date.now()) && !failures.some(({ property }) => property === "expirationDate")) {
    const isOld =
      olds !== undefined &&
      sameMoment(olds["expirationDate"], expirationDate) &&
      sameKey(olds["publicKey"], inputs["publicKey"]);
    if (isOld && olds["active"] === false && active === true)
      failures.push({ property: "active", reason: `cannot become true: ${expired(inputs)}` });
    else if (!isOld && adopt !== true)
      failures.push({ property: "expirationDate", reason: "is in the past: ZITADEL does not accept an expired key" });
    else if (active === true) warnings.push(expired(inputs));
  }
  return { inputs, failures, ...(warnings.length > 0 && { warnings }) };
};

export const compare: Lifecycle<Inputs, State>["diff"] = (state, inputs) => ({
  ...diff(table, state, inputs),
  facts: () => (state.active ? [factOf.hasKey(state.targetId)] : []),
});

/** The ledger's name for the one active key of a target. */
export function activeKeyOf(targetId: unknown): string {
  return `active key of ${String(targetId)}`;
}

/** The ledger's name for a key that may be taken over. */
export function claimOf({ targetId, publicKey }: Properties): string | undefined {
  if (typeof targetId !== "string" || targetId === unknown) return undefined;
  return `key ${fingerprintOf(publicKey) ?? ""} of ${targetId}`;
}

/** Facts in the ledger about a target that encrypts (`PAYLOAD_TYPE_JWE`). */
export const factOf = {
  encrypts: (targetId: string) => `target ${targetId} encrypts`,
  /** This deployment took the target over: its keys may be somebody else's. */
  tookOver: (targetId: string) => `target ${targetId} was taken over`,
  /** This deployment changes the target to `PAYLOAD_TYPE_JWE`. */
  beginsToEncrypt: (targetId: string) => `target ${targetId} begins to encrypt`,
  /** It has an active key. */
  hasKey: (targetId: string) => `target ${targetId} has a key`,
  /** This process activated one. */
  activated: (targetId: string) => `target ${targetId} got a key`,
};

/** Why a target cannot be switched to `PAYLOAD_TYPE_JWE` and get its first key in one deployment. */
export const keyFirst =
  "Take two steps: deploy the ZitadelTargetPublicKey with the old payloadType, then change payloadType to PAYLOAD_TYPE_JWE and deploy again. If the stack has the key already, only inactive, run `pulumi up --target '<the key's URN>'` first. Otherwise, ZITADEL would encrypt for the target before it has an active key, and every call that the target interrupts would fail.";

/** Hides the value of a property that contains a private key by mistake. */
function withoutPrivateKey(failure: Failure, inputs: Properties): Failure {
  const value = inputs[failure.property];
  return typeof value === "string" && holdsPrivateKey(value) ? { ...failure, sensitive: true } : failure;
}

/** The message for a key that is declared as active but has expired. */
export function expired({ targetId, expirationDate }: Properties): string {
  const target = targetId === unknown ? "a target" : `target ${String(targetId)}`;
  return `The public key of ${target} expired on ${String(expirationDate)}: ZITADEL can no longer encrypt with it. Declare another publicKey, which replaces the old one.`;
}
