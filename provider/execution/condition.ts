/**
 * What triggers an execution, in three forms: as the program writes it and ZITADEL takes it (`{request: {method: "/…"}}`), as
 * the canonical id (`request/zitadel.session.v2.SessionService/ListSessions`), and what is wrong with one.
 */

import type * as pulumi from "@pulumi/pulumi";
import { isRecord } from "../json";
import { unknown } from "../lifecycle";
import type { SomeOf } from "../one-of";
import type { CallWords, EventWords, Triggers } from "./resource";

/** Calls of ZITADEL's API: one method, all of a service, or every call. */
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

/** How each word must look, with an example; `true` is the only value of `all`. */
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

/** One thing that is wrong, and where in the condition. */
export interface Problem {
  readonly path: readonly string[];
  readonly reason: string;
}

/** What can be said against a condition without asking ZITADEL. What is not known yet may turn out not to be given. */
export function problemOf(condition: unknown): Problem | undefined {
  const names = Object.keys(kinds);
  if (condition === undefined || condition === null) return { path: [], reason: `must be given: ${oneOf(names)}` };
  const outer = onlyEntry(condition, [], names, "is no kind of condition");
  if (outer.known === undefined) return outer.problem;
  const [kind, value] = outer.known;
  const inner = onlyEntry(value, [kind], kinds[kind as Kind], `is no part of a ${kind} condition`);
  if (inner.known === undefined) return inner.problem;
  const [key, word] = inner.known;
  const path = [kind, key];
  if (key === "all") return word === true ? undefined : { path, reason: "must be true: leave it out to mean no" };
  const rule = words[key];
  if (typeof word === "string" && rule?.form.test(word) === true) return undefined;
  return { path, reason: rule?.rule ?? "must be a text" };
}

/** The property that is known of an object that may have exactly one of these, or what is wrong with the object. */
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
    const reason = `${isStrange}: there ${keys.length > 1 ? "are" : "is"} ${list(keys)}`;
    return { problem: { path: [...path, strange], reason } };
  }
  const [known, another] = set.filter(([, inner]) => inner !== unknown);
  if (set.length > 0 && another === undefined) return { known };
  return { problem: { path, reason: `must have ${oneOf(keys)}` } };
}

/** The id under which ZITADEL keeps the condition's execution; `undefined` for what is no condition, or not known yet. */
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

/** The condition of an id; `undefined` for what is no id. */
export function conditionOf(id: string): Condition | undefined {
  const { kind, key, word } = partsOf(id);
  const condition = { [kind]: { [key]: key === "all" ? true : word } } as unknown as Condition;
  return idOf(condition) === id ? condition : undefined;
}

/** What an id says, if it is one: it stands for `{[kind]: {[key]: word}}`, or `{[kind]: {all: true}}`. */
export function partsOf(id: string): { kind: string; key: string; word: string } {
  const [, kind = "", word = ""] = /^(request|response|function|event)(?:\/(.+))?$/.exec(id) ?? [];
  if (word === "") return { kind, key: "all", word };
  if (kind === "function") return { kind, key: "name", word };
  if (kind === "event")
    return word.endsWith(".*") ? { kind, key: "group", word: word.slice(0, -2) } : { kind, key: "event", word };
  return word.includes("/") ? { kind, key: "method", word: `/${word}` } : { kind, key: "service", word };
}

/**
 * Whether the condition covers the API that this provider itself speaks. ZITADEL then calls the targets before it does what it
 * is asked, and where one of them interrupts and fails, also the calls that would undo it fail.
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
