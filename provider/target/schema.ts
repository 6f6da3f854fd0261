import * as z from "zod";
import { parseDuration, sameDuration } from "../api/duration";
import type { CheckRequest, CheckResult, Dated, DiffResult, Failure } from "../core/lifecycle";
import { changed, diff, type TableOf } from "../core/diff";
import { given, type Properties, unknown } from "../core/properties";
import { factOf } from "../public-key/schema";
import { claimFor, flag, type InputsOf, mustBe, shared, validator } from "../core/validate";
import type { ZitadelTargetArgs } from "./args";

/** The three kinds of targets; exactly one of these properties must be set. */
export const kinds = ["restWebhook", "restCall", "restAsync"] as const;
export type Kind = (typeof kinds)[number];

export const payloadTypes = ["PAYLOAD_TYPE_JSON", "PAYLOAD_TYPE_JWT", "PAYLOAD_TYPE_JWE"] as const;
export const unspecified = "PAYLOAD_TYPE_UNSPECIFIED";
/** ZITADEL delivers an unspecified type as JSON, and a target can never go back to it: so always set JSON. */
export const defaultPayloadType = "PAYLOAD_TYPE_JSON";

/** Whether a kind's value sets interruptOnError; `unknown` is returned as it is, so that it differs from both. */
export function interrupts(kind: unknown): unknown {
  if (typeof kind !== "object" || kind === null) return kind === unknown ? unknown : false;
  return (kind as { interruptOnError?: unknown }).interruptOnError ?? false;
}

/** Characters as ZITADEL counts them. */
function runes(text: string): number {
  return Array.from(text).length;
}

const longestTimeout = 270_000_000_000n;

const name = z.string({ error: mustBe("a string", "the target's name") }).superRefine((text, context) => {
  const length = runes(text);
  if (length < 1 || length > 1000) context.addIssue(`must have 1 to 1000 characters, but has ${length}`);
  else if (text.includes("\0")) context.addIssue("must not contain a NUL character");
  else if (!text.isWellFormed()) context.addIssue("must be well-formed Unicode");
});

/** No message repeats a part of the endpoint: it may contain a credential. */
const endpoint = z.string({ error: mustBe("a string", "the URL that ZITADEL calls") }).superRefine((text, context) => {
  if (text === "")
    context.addIssue("must not be empty: set the URL that ZITADEL calls, such as https://example.com/hook");
  else if (runes(text) > 2048) context.addIssue(`must have at most 2048 characters, but has ${runes(text)}`);
  else if (/^[a-z][a-z0-9+.-]*:[\\/]*[^\\/?#]*@/i.test(text))
    context.addIssue(
      "must not contain a user name or a password, because everybody who may read the target would see it: check ZITADEL's signature in the receiver instead",
    );
  else if (/^\s|\s$|\p{Cc}/u.test(text))
    context.addIssue("must not begin or end with whitespace, or contain control characters");
  else if (!/^https?:\/\//i.test(text))
    context.addIssue("must be an absolute URL that begins with https:// or http://");
  else if (!URL.canParse(text)) context.addIssue("must be a URL: its host or port cannot be read");
});

const timeout = z
  .string({ error: mustBe('a string such as "10s", "1m30s" or "500ms"', "how long ZITADEL waits for an answer") })
  .superRefine((text, context) => {
    const value = parseDuration(text);
    if (value === undefined) context.addIssue('must be a duration such as "10s", "1m30s" or "500ms"');
    else if (value <= 0n || value > longestTimeout) context.addIssue("must be more than 0 and at most 270s (4m30s)");
  });

const payloadType = z.string({ error: `must be one of ${payloadTypes.join(", ")}` }).superRefine((text, context) => {
  if ((payloadTypes as readonly string[]).includes(text) || text === unspecified) return;
  // ZITADEL accepts any other value and silently delivers JSON.
  const meant = payloadTypes.find((type) => type.endsWith(`_${text.toUpperCase()}`) || type === text.toUpperCase());
  context.addIssue(meant === undefined ? `must be one of ${payloadTypes.join(", ")}` : `must be exactly \`${meant}\``);
});

/** A kind of target, with these options. */
function kindWith<Shape extends z.ZodRawShape>(shape: Shape, form: string) {
  const error = ({ code }: { code?: string }) => (code === "unrecognized_keys" ? undefined : `must be ${form}`);
  const same = (old: unknown, now: unknown) => interrupts(old) === interrupts(now);
  return { change: "update", input: z.strictObject(shape, { error }).optional(), same } as const;
}

const interrupting = kindWith({ interruptOnError: flag.optional() }, "an object: {} or {interruptOnError: true}");

const rotationTriggers = z.array(z.unknown(), { error: "must be a list" }).optional();
const rotationStrategy = z.enum(["inPlace", "replace"], { error: 'must be "inPlace" or "replace"' }).optional();

/** The properties of a target. Everything that depends on which there are is derived from this table, or checked against it. */
export const table = {
  name: { change: "update", input: name },
  endpoint: { change: "update", input: endpoint, isSensitive: true },
  timeout: { change: "update", input: timeout, same: (old, now) => sameDuration(String(old), String(now)) },
  restWebhook: interrupting,
  restCall: interrupting,
  restAsync: kindWith({}, "an empty object: {}"),
  payloadType: { change: "update", input: payloadType },
  rotationTriggers: { change: "rotate", input: rotationTriggers, isSensitive: true },
  rotationStrategy: { change: "ignore", input: rotationStrategy },
  ...shared,
  /** The generated name, so that it is still known after a refresh has read another name from the server. */
  __autoName: { change: "ignore", input: z.string().optional() },
} satisfies TableOf<ZitadelTargetArgs>;

const validate = validator("A ZITADEL target", table);

/** A target's inputs, as `check` returns them: valid, with name and payload type filled in. */
export type Inputs = InputsOf<typeof table>;

export type State = Inputs & Dated & { signingKey: string };

/** Fills in defaults, then validates. */
export function check({ olds, news, claim }: CheckRequest, autoName: () => string | undefined): CheckResult {
  const inputs = given(news);
  const named = inputs["name"] !== undefined;
  if (!named) {
    // Keep the generated name for good, and also a name that the program used to set.
    const name = olds?.["__autoName"] ?? olds?.["name"] ?? autoName();
    if (name !== undefined) inputs["name"] = inputs["__autoName"] = name;
  }
  if (inputs["payloadType"] === undefined || inputs["payloadType"] === unspecified) {
    inputs["payloadType"] = defaultPayloadType;
  }
  const failures = validate(inputs);
  const more = [...kindFailures(inputs), ...nameFailures(inputs, named, olds === undefined, claim)];
  const faulty = new Set(failures.map(({ property }) => property));
  failures.push(...more.filter(({ property }) => !faulty.has(property)));
  const isFirst =
    inputs["rotationTriggers"] !== undefined && olds !== undefined && olds["rotationTriggers"] === undefined;
  return { inputs, failures, ...(isFirst && { warnings: [firstTriggers(inputs)] }) };
}

/** The warning for the first triggers on an existing target. */
function firstTriggers({ name }: Properties): string {
  const which = typeof name === "string" && name !== unknown ? `Target ${JSON.stringify(name)}` : "The target";
  return `${which} keeps its signing key: the first rotationTriggers rotate nothing, because there is nothing to compare them with. To rotate the key now, deploy this, then change the value and deploy again.`;
}

/** Problems with the name besides its form: it must be set, must not be set, or another resource has it. */
function nameFailures(inputs: Properties, named: boolean, isNew: boolean, claim: CheckRequest["claim"]): Failure[] {
  const replaces = inputs["rotationStrategy"] === "replace";
  if (named && replaces) {
    const reason =
      'must be left out with rotationStrategy "replace": the old and the new target exist together for a while, and names are unique';
    return [{ property: "name", reason }];
  }
  if (!named && isNew && inputs["adopt"] === true && !replaces) {
    return [{ property: "name", reason: "is required with adopt: true, which takes over the target with that name" }];
  }
  const other = claimFor(claimOf(inputs), inputs, claim);
  if (other === undefined) return [];
  const reason = `is also the name of ${other}, but target names are unique on an instance (case-insensitive): choose another name for one of them`;
  return [{ property: "name", reason }];
}

/** The ledger's name for a target's name. */
export function claimOf({ name }: Properties): string | undefined {
  return typeof name === "string" && name !== unknown ? `target name ${foldedName(name)}` : undefined;
}

/**
 * A name in the form in which ZITADEL compares names: lower case, letter by letter. JavaScript's `toLowerCase` of a whole name makes
 * two letters of `İ`, and of `Σ` at the end of a word another letter than elsewhere.
 */
export function foldedName(name: string): string {
  return Array.from(name, (letter) => (letter === "İ" ? "i" : letter.toLowerCase())).join("");
}

/** Whether two names are the same for ZITADEL. */
export function sameName(one: string, other: string): boolean {
  return foldedName(one) === foldedName(other);
}

function kindFailures(inputs: Properties): Failure[] {
  const set = kinds.filter((kind) => inputs[kind] !== undefined);
  const known = set.filter((kind) => inputs[kind] !== unknown);
  if (set.length === 0) {
    return [{ property: "", reason: "exactly one of restWebhook, restCall and restAsync must be set, but none is" }];
  }
  return known.slice(1).map((kind) => ({
    property: kind,
    reason: `must be left out if ${known[0] ?? ""} is set: set exactly one of restWebhook, restCall and restAsync`,
  }));
}

/** Whether to rotate the signing key. A target's first triggers are a baseline: there is nothing to compare them with. */
export function rotates(state: Properties, inputs: Properties): boolean {
  const given = state["rotationTriggers"] !== undefined && inputs["rotationTriggers"] !== undefined;
  return given && changed(table, state, inputs).has("rotationTriggers");
}

export function compare(state: State, inputs: Inputs): DiffResult {
  const { changes, replaces } = diff(table, state, inputs);
  const another = inputs.rotationStrategy === "replace" && rotates(state, inputs);
  const encrypts = inputs.payloadType === "PAYLOAD_TYPE_JWE";
  return {
    changes,
    replaces: another ? [...replaces, "rotationTriggers"] : replaces,
    // A replacement gets a new generated name; a name that the program sets can exist only once.
    deleteBeforeReplace: inputs.__autoName === undefined && sameName(inputs.name, state.name),
    facts: (id) => [
      ...(encrypts ? [factOf.encrypts(id)] : []),
      ...(encrypts && state.payloadType !== inputs.payloadType ? [factOf.beginsToEncrypt(id)] : []),
    ],
  };
}
