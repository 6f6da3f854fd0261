/**
 * Conditions, which trigger executions: as objects in programs and in ZITADEL's API (`{request: {method: "/…"}}`), as ids
 * (`request/zitadel.session.v2.SessionService/ListSessions`), and the problems that one can have.
 */

import type * as pulumi from "@pulumi/pulumi";
import { withArticle } from "../api/errors";
import { isRecord } from "../api/json";
import { unknown } from "../core/properties";
import type { SomeOf } from "../core/one-of";
import type { CallWords, EventWords, Triggers } from "./args";

/** Calls of ZITADEL's API: one method, all methods of a service, or every call. */
export type CallCondition = SomeOf<pulumi.UnwrappedObject<CallWords>>;

/** A function of ZITADEL. */
export interface FunctionCondition {
  /** `preuserinfo`, `preaccesstoken` or `presamlresponse`. */
  name: string;
}

/** Events: one type, a group, or every event. */
export type EventCondition = SomeOf<pulumi.UnwrappedObject<EventWords>>;

/** A condition in ZITADEL's own words, once its values are known. */
export type Condition = SomeOf<Triggers<CallCondition, FunctionCondition, EventCondition>>;

const kinds = {
  request: ["method", "service", "all"],
  response: ["method", "service", "all"],
  function: ["name"],
  event: ["event", "group", "all"],
} as const;
type Kind = keyof typeof kinds;

/** The form of each word, and the message with an example; `true` is the only value of `all`. */
const words: Readonly<Record<string, { form: RegExp; rule: string }>> = {
  method: {
    form: /^\/[\w.]+\/\w+$/,
    rule: 'must be a full method with a leading slash, such as "/zitadel.session.v2.SessionService/ListSessions"',
  },
  service: { form: /^[\w.]+$/, rule: 'must be a service without slashes, such as "zitadel.session.v2.SessionService"' },
  name: { form: /^\w+$/, rule: 'must be the name of a function, such as "preuserinfo"' },
  event: { form: /^[\w.-]+$/, rule: 'must be the type of an event, such as "user.human.added"' },
  group: { form: /^[\w.-]+$/, rule: 'must be a group of events without ".*", such as "user.human"' },
};

/** A problem, and where in the condition it is. */
export interface Problem {
  readonly path: readonly string[];
  readonly reason: string;
}

/** What is wrong with a condition, without asking ZITADEL. A value that is not known yet may turn out to be missing. */
export function problemOf(condition: unknown): Problem | undefined {
  const names = Object.keys(kinds);
  if (condition === undefined || condition === null) return { path: [], reason: `is required: ${oneOf(names)}` };
  const outer = onlyEntry(condition, [], names, "is not a kind of condition");
  if (outer.known === undefined) return outer.problem;
  const [kind, value] = outer.known;
  const inner = onlyEntry(value, [kind], kinds[kind as Kind], `is not a property of ${withArticle(kind)} condition`);
  if (inner.known === undefined) return inner.problem;
  const [key, word] = inner.known;
  const path = [kind, key];
  if (key === "all") return word === true ? undefined : { path, reason: "must be true, or left out" };
  const rule = words[key];
  if (typeof word === "string" && rule?.form.test(word) === true) return undefined;
  return { path, reason: rule?.rule ?? "must be a string" };
}

/** The known property of an object that must have exactly one of these, or the object's problem. */
function onlyEntry(
  value: unknown,
  path: readonly string[],
  keys: readonly string[],
  isStrange: string,
): { known?: [string, unknown] | undefined; problem?: Problem } {
  if (!isRecord(value)) return { problem: { path, reason: `must be an object with ${oneOf(keys)}` } };
  const set = entriesOf(value);
  const strange = set.find(([key]) => !keys.includes(key))?.[0];
  if (strange !== undefined) {
    const reason = `${isStrange}: use ${oneOf(keys)}`;
    return { problem: { path: [...path, strange], reason } };
  }
  const [known, another] = set.filter(([, inner]) => inner !== unknown);
  if (set.length > 0 && another === undefined) return { known };
  return { problem: { path, reason: `must have ${oneOf(keys)}` } };
}

/** The id of the condition's execution in ZITADEL; `undefined` for an invalid condition, or one that is not known yet. */
export function idOf(condition: unknown): string | undefined {
  if (problemOf(condition) !== undefined) return undefined;
  const [[kind, value] = ["", unknown], another] = entriesOf(condition);
  if (another !== undefined || value === unknown) return undefined;
  const [[key, word] = ["", unknown], more] = entriesOf(value);
  if (more !== undefined || word === unknown) return undefined;
  if (key === "all") return kind;
  if (key === "method") return `${kind}${String(word)}`;
  return `${kind}/${String(word)}${key === "group" ? ".*" : ""}`;
}

/** The condition of an id; `undefined` for an invalid id. */
export function conditionOf(id: string): Condition | undefined {
  const { kind, key, word } = partsOf(id);
  const condition = { [kind]: { [key]: key === "all" ? true : word } } as unknown as Condition;
  return idOf(condition) === id ? condition : undefined;
}

/** The parts of a valid id, which means `{[kind]: {[key]: word}}` or `{[kind]: {all: true}}`. */
export function partsOf(id: string): { kind: string; key: string; word: string } {
  const [, kind = "", word = ""] = /^(request|response|function|event)(?:\/(.+))?$/.exec(id) ?? [];
  if (word === "") return { kind, key: "all", word };
  if (kind === "function") return { kind, key: "name", word };
  if (kind === "event")
    return word.endsWith(".*") ? { kind, key: "group", word: word.slice(0, -2) } : { kind, key: "event", word };
  return word.includes("/") ? { kind, key: "method", word: `/${word}` } : { kind, key: "service", word };
}

/**
 * Whether the condition covers the API that this provider itself uses. ZITADEL then calls the targets for each such call. If an
 * interrupting target fails, the calls that would undo this fail too.
 */
export function coversActions(id: string): boolean {
  return /^(request|response)(\/zitadel\.action\.v2\.ActionService(\/.*)?)?$/.test(id);
}

function entriesOf(value: unknown): [string, unknown][] {
  return Object.entries(value as object).filter(([, inner]) => inner !== undefined && inner !== null);
}

function oneOf(keys: readonly string[]): string {
  return keys.length === 1 ? list(keys) : `exactly one of ${list(keys)}`;
}

function list(keys: readonly string[]): string {
  return keys.length < 2 ? keys.join("") : `${keys.slice(0, -1).join(", ")} and ${keys.at(-1) ?? ""}`;
}
