import { z } from "zod";
import {
  type CheckRequest,
  type CheckResult,
  type Failure,
  given,
  type Properties,
  type Property,
  unknown,
} from "../lifecycle";
import { validate } from "../validate";
import { fingerprintOf, holdsPrivateKey, problemOf } from "./pem";

/** A public key's inputs as `check` leaves them. */
export type Inputs = {
  targetId: string;
  publicKey: string;
  expirationDate?: string;
  active: boolean;
  adopt?: boolean;
  instance?: string;
};

export type State = Inputs & {
  keyId: string;
  fingerprint: string;
  creationDate: string;
  changeDate: string;
};

/** Whether two spellings are one key: the same text between other line ends, for example. */
const sameKey = (old: unknown, now: unknown): boolean => {
  if (old === now) return true;
  const fingerprint = fingerprintOf(old);
  return fingerprint !== undefined && fingerprint === fingerprintOf(now);
};

/** Whether two spellings are one moment: `2027-01-01T00:00:00Z` and `2027-01-01T01:00:00+01:00`. */
export const sameMoment = (old: unknown, now: unknown): boolean =>
  old === now || (typeof old === "string" && typeof now === "string" && Date.parse(old) === Date.parse(now));

/** What a change of each property does: the one table from which diff and update work. */
export const table = {
  targetId: { change: "replace" },
  publicKey: { change: "replace", same: sameKey },
  expirationDate: { change: "replace", same: sameMoment },
  active: { change: "update" },
  instance: { change: "replace" },
  adopt: { change: "ignore" },
} as const satisfies Record<string, Property>;

const schema = z.strictObject({
  targetId: z
    .string({
      error: ({ input }) =>
        input === undefined ? "must be given: the id of the target" : "must be the id of a target",
    })
    .min(1, "must be the id of a target, and is empty")
    .max(200, "must be the id of a target, and is too long for one"),
  publicKey: z
    .string({
      error: ({ input }) =>
        input === undefined ? "must be given: the public key, in PEM" : "must be a text: the public key, in PEM",
    })
    .superRefine((pem, context) => {
      const problem = problemOf(pem);
      if (problem !== undefined) context.addIssue(problem);
    }),
  expirationDate: z
    .string({ error: "must be a text such as 2027-01-31T00:00:00Z" })
    .refine((text) => isMoment(text), "must be a moment in RFC 3339, with its offset, such as 2027-01-31T00:00:00Z")
    .optional(),
  active: z.boolean({ error: "must be true or false" }),
  adopt: z.boolean({ error: "must be true or false" }).optional(),
  instance: z.string({ error: "must be a text: a name from zitadel:instances" }).min(1, "must not be empty").optional(),
});

export function check({ olds, news, logicalName = "", claim }: CheckRequest): CheckResult {
  const inputs: Record<string, unknown> = { active: true, ...given(news) };
  const failures = validate(schema, inputs, {
    resource: "a public key of a ZITADEL target",
    sensitive: ["publicKey"],
  }).map((failure) => withoutPrivateKey(failure, inputs));
  const { expirationDate } = inputs;
  const other = inputs["active"] === true ? claimActive(inputs, claim) : undefined;
  if (other !== undefined) {
    failures.push({
      property: "active",
      reason: `is true for both ${JSON.stringify(other)} and ${JSON.stringify(logicalName)}, and a target has one active key: set active: false for one of them`,
    });
  }
  if (!isPast(expirationDate, Date.now()) || failures.some(({ property }) => property === "expirationDate"))
    return { inputs, failures };
  const old =
    olds !== undefined &&
    sameMoment(olds["expirationDate"], expirationDate) &&
    sameKey(olds["publicKey"], inputs["publicKey"]);
  if (old || inputs["adopt"] === true)
    return { inputs, failures, warnings: inputs["active"] === true ? [expired(inputs)] : [] };
  failures.push({ property: "expirationDate", reason: "lies in the past: ZITADEL takes no key that has expired" });
  return { inputs, failures };
}

/** A key that stands in the wrong property must not be shown beside what is wrong with that. */
function withoutPrivateKey(failure: Failure, inputs: Properties): Failure {
  const value = inputs[failure.property];
  return typeof value === "string" && holdsPrivateKey(value) ? { ...failure, sensitive: true } : failure;
}

function claimActive({ targetId, instance }: Properties, claim: CheckRequest["claim"]): string | undefined {
  if (typeof targetId !== "string" || targetId === unknown || instance === unknown) return undefined;
  return claim(`active key ${JSON.stringify([instance ?? "", targetId])}`);
}

/** What the person should know of a key that is declared to be active and has run out. */
export function expired({ targetId, expirationDate }: Properties): string {
  const target = targetId === unknown ? "a target" : `target ${String(targetId)}`;
  return `The public key of ${target} expired on ${String(expirationDate)}: ZITADEL cannot encrypt with it any longer. Declare another publicKey; it takes the old one's place.`;
}

/** @param now milliseconds since 1970. */
export function isPast(date: unknown, now: number): boolean {
  return typeof date === "string" && Date.parse(date) <= now;
}

/** `Date.parse` takes the 30th of February for the 2nd of March, and the hour 24 for the next day; ZITADEL does not. */
function isMoment(text: string): boolean {
  const local = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.exec(text)?.[1];
  if (local === undefined || Number.isNaN(Date.parse(text))) return false;
  return new Date(`${local}Z`).toISOString().startsWith(local);
}
