import { WebhookError } from "./errors.ts";
import { fieldName, hasFields, isOtherType, noFields, type SentField, sentFields, typeOf } from "./message-fields.ts";
import type { About } from "./payload.ts";
import { isObject } from "./values.ts";

/** Whether a value has the right form; the members of an object by their names in lower case, as ZITADEL reads them. */
type Test = (value: unknown) => boolean;

const text: Test = (value) => typeof value === "string";
const name: Test = (value) => typeof value === "string" && value !== "";
const int32: Test = (value) => typeof value === "number" && (value | 0) === value;
/** ZITADEL skips line breaks, and stores no empty value. */
const base64: Test = (value) =>
  typeof value === "string" &&
  /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/.test(value.replace(/[\r\n]/g, ""));
const listOf =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) && value.every(test);
const entry =
  (tests: Readonly<Record<string, Test>>): Test =>
  (value) => {
    if (!isObject(value)) return false;
    const members = lowerCase(value);
    return (
      Object.entries(tests).every(([member, test]) => test(members.get(member))) &&
      [...members.keys()].every((member) => Object.hasOwn(tests, member))
    );
  };

const metadata = {
  test: listOf(entry({ key: name, value: base64, state: orMissing(int32) })),
  by: "setUserMetadata",
};
const forTokens = {
  append_claims: { test: listOf(entry({ key: name, value: (value) => value !== undefined })), by: "appendClaims" },
  append_log_claims: { test: listOf(text), by: "appendLogClaims" },
  set_user_metadata: metadata,
};
const forSaml = {
  append_attribute: {
    test: listOf(entry({ name, name_format: orMissing(text), value: listOf(text) })),
    by: "appendAttributes",
  },
  set_user_metadata: metadata,
};

const zitadelsClaims = "urn:zitadel:iam";

/** Claims that ZITADEL writes after a function, over those of an answer. */
const written: Partial<Record<string, readonly string[]>> = {
  "function/preaccesstoken": ["iss", "sub", "aud", "exp", "iat", "nbf", "client_id", "jti"],
  "function/preuserinfo": ["sub"],
};

/** Throws `answer_invalid` for claims that ZITADEL keeps for itself. */
export function checkClaimName(claim: string, functionName?: string): void {
  if (claim.startsWith(zitadelsClaims))
    throw invalid(`ZITADEL ignores claims whose name begins with ${zitadelsClaims}: choose another name.`);
  if (functionName !== undefined && written[functionName]?.includes(claim) === true)
    throw invalid(
      `ZITADEL writes its own \`${claim}\` over that of an answer to ${functionName}: choose another name.`,
    );
}

const forwarded = [400, 401, 403, 404, 409, 429];

/** Throws `answer_invalid` for statuses that ZITADEL does not forward. */
export function checkForwarded(status: unknown): void {
  if (typeof status !== "number" || !forwarded.includes(status))
    throw invalid("Use 400, 401, 403, 404, 409 or 429: ZITADEL turns any other status into a 500.");
}

/** Throws `answer_invalid` if ZITADEL would ignore a part of an answer, or fail on it. */
export function checkAnswer(answer: object, { kind, payload }: Exclude<About, { kind: "event" }>): void {
  const members = lowerCase(answer);
  const [status, message] = ["forwardedstatuscode", "forwardederrormessage"].map(
    (one) => members.get(one) ?? undefined,
  );
  if (status !== undefined || message !== undefined) {
    checkForwarded(status);
    if (typeof message !== "string") throw invalid("`forwardedErrorMessage` must be text: use `forwardStatus()`.");
    return;
  }
  if (kind !== "function") {
    const strange = noFields.find((name) => Object.hasOwn(answer, name));
    if (strange === undefined) return;
    throw invalid(
      `ZITADEL fails at \`${strange}\`, which no message has: answer with only the payload's \`${kind}\`, changed, or with \`forwardStatus()\`.`,
    );
  }
  const expected: Readonly<Record<string, { test: Test; by: string }>> =
    payload.function === "function/presamlresponse" ? forSaml : forTokens;
  for (const [name, value] of Object.entries(answer) as [string, unknown][]) {
    const member = name.toLowerCase();
    const shape = Object.hasOwn(expected, member) ? expected[member] : undefined;
    if (shape === undefined)
      throw invalid(
        `ZITADEL ignores the member ${JSON.stringify(name.slice(0, 100))} in an answer to ${payload.function}: create the answer with ${Object.values(
          expected,
        )
          .map(({ by }) => `\`${by}()\``)
          .join(" or ")}.`,
      );
    if (value !== null && !shape.test(value))
      throw invalid(`\`${member}\` of the answer is not as ZITADEL reads it: create it with \`${shape.by}()\`.`);
  }
  const claims = (members.get("append_claims") ?? []) as readonly object[];
  for (const claim of claims) checkClaimName(lowerCase(claim).get("key") as string, payload.function);
}

interface Checked {
  name: string;
  value: unknown;
  sent: SentField | undefined;
  /** Whether its members have any names. */
  isOpen: boolean;
}

const types: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "a boolean",
  number: "a number",
  object: "an object",
  string: "a string",
};

/**
 * Throws `answer_invalid` if ZITADEL cannot read a message: it has a field twice, in both spellings, a null or a list in a list, or a
 * value of another type than in the message that ZITADEL sent; at any depth.
 */
export function checkFields(answer: object, message: unknown): void {
  const left: Checked[] = [{ name: "", value: answer, sent: sentFields(message), isOpen: false }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { name, value, sent, isOpen } = next;
    if (isOtherType(sent?.value, value))
      throw invalid(
        `\`${name}\` is ${types[typeOf(value)]}, but ${types[typeOf(sent?.value)]} in the payload: ZITADEL fails at another type.`,
      );
    if (Array.isArray(value)) {
      for (const entry of value as unknown[]) {
        if (entry === null || Array.isArray(entry))
          throw invalid(`ZITADEL fails at ${entry === null ? "null" : "a list"} in the list \`${name}\`.`);
        left.push({ name, value: entry, sent: sent?.entries, isOpen: false });
      }
    } else if (isObject(value) && !isOpen) {
      for (const [member, inner] of Object.entries(value)) {
        const field = fieldName(member);
        if (field !== member && Object.hasOwn(value, field))
          throw invalid(
            `\`${member}\` and \`${field}\` are the same field: ZITADEL fails if both are there. Remove one.`,
          );
        left.push({ name: member, value: inner, sent: sent?.fields.get(field), isOpen: !hasFields(member) });
      }
    }
  }
}

function orMissing(test: Test): Test {
  return (value) => value === undefined || test(value);
}

function lowerCase(value: object): Map<string, unknown> {
  return new Map(Object.entries(value).map(([member, one]) => [member.toLowerCase(), one]));
}

/** The error for what ZITADEL would ignore or fail on. */
export function invalid(message: string): WebhookError {
  return new WebhookError("answer_invalid", message);
}
