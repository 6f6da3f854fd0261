import { newKey } from "../keys";
import type { Declared, Type } from "./engine";

/** A program. Each place can be empty. Numbers choose what it declares, so that fast-check can shrink it. */
export interface Program {
  readonly targets: readonly (TargetChoice | null)[];
  readonly keys: readonly (KeyChoice | null)[];
  readonly executions: readonly (ExecutionChoice | null)[];
  /** Whose name the target at each place has, of those that are given one. Default: each its own. */
  readonly names?: readonly number[];
  /** Whether each target has a third name, for the moment between two names. */
  readonly areAside?: boolean;
  /** Whether executions take over what is there. */
  readonly adopts?: boolean;
  /** What the resource at a place is called, by `placeOf`. Default: as its place. */
  readonly called?: Readonly<Record<string, Called>>;
  /** The places whose resources name the server's other name as their `instance`. */
  readonly elsewhere?: readonly string[];
  /** The places whose resources another dynamic provider made: their aliases say so. */
  readonly foreign?: readonly string[];
  /** The payload type that the target at a place keeps for now, whatever its choice says. */
  readonly heldPayloads?: Readonly<Record<string, number>>;
}

/** How a resource is called in the program, and what the program says about it having been called otherwise. */
export interface Called {
  /** 0: as its place. An odd number: by the same name as all others, in a component of its own type. */
  readonly number: number;
  /** Whether `aliases` list the other names. */
  readonly isAliased: boolean;
  /** `adopt: true`. */
  readonly adopts: boolean;
}

export const asItsPlace: Called = { number: 0, isAliased: false, adopts: false };

/** How many names there are for each place. */
export const mostNames = 4;

/** The name of the server in `zitadel-actions:instances`. */
export const otherInstance = "eu";

export interface TargetChoice {
  /** 0: none, so that it is made up. */
  readonly name: number;
  readonly endpoint: number;
  readonly timeout: number;
  readonly kind: number;
  readonly payload: number;
  /** 0: none. */
  readonly trigger: number;
  readonly replaces: boolean;
}

export interface KeyChoice {
  readonly target: number;
  readonly key: number;
  readonly active: boolean;
}

export interface ExecutionChoice {
  readonly condition: number;
  readonly targets: readonly number[];
}

export const endpoints = ["https://example.com/a", "https://example.com/b", "https://example.com/c"];
const timeouts = ["10s", "1m30s"];
export const kinds = [
  { restWebhook: {} },
  { restWebhook: { interruptOnError: true } },
  { restCall: { interruptOnError: false } },
  { restCall: { interruptOnError: true } },
  { restAsync: {} },
];
export const payloads = [undefined, "PAYLOAD_TYPE_JWT", "PAYLOAD_TYPE_JWE"];
const publicKeys = [newKey.p256(), newKey.p256(), newKey.p384()];
const conditions = [
  { request: { method: "/zitadel.session.v2.SessionService/ListSessions" } },
  { request: { service: "zitadel.user.v2.UserService" } },
  { response: { service: "zitadel.user.v2.UserService" } },
  { function: { name: "preuserinfo" } },
  { event: { event: "user.human.added" } },
  { event: { group: "user.human" } },
];

/** Each execution has some for itself: one that another resource still has cannot be had without `adopt`. */
const conditionsEach = 2;

/** How many choices there are for each. */
export const choices = {
  endpoint: endpoints.length,
  timeout: timeouts.length,
  kind: kinds.length,
  payload: payloads.length,
  key: publicKeys.length,
  condition: conditionsEach,
};

/** What a program declares, everything after what it refers to, without what would be refused at preview. */
export function declarationsOf(program: Program): Declared[] {
  const targets = program.targets.flatMap((choice, place) =>
    choice === null ? [] : [targetOf(choice, place, program)],
  );
  const isThere = (place: number) => (program.targets[place] ?? null) !== null;
  const withActiveKey = new Set<number>();
  const keys = program.keys.flatMap((choice, place) => {
    if (choice === null || !isThere(choice.target)) return [];
    // A target has at most one active key.
    const active = choice.active && !withActiveKey.has(choice.target);
    if (active) withActiveKey.add(choice.target);
    return [keyOf({ ...choice, active }, place, program)];
  });
  const executions = program.executions.flatMap((choice, place) => {
    const there = choice?.targets.filter(isThere) ?? [];
    if (choice === null || there.length === 0) return [];
    return [executionOf({ ...choice, targets: there }, place, program)];
  });
  return [...targets, ...keys, ...executions];
}

/** How a place is called. */
export function placeOf(type: Type, place: number): string {
  return `${type}${place}`;
}

/** Where another dynamic provider's resource is in the state. */
export function foreignUrn(place: string): string {
  return `foreign-${place}`;
}

function urnOf(place: string, number: number): string {
  if (number === 0) return place;
  return number % 2 === 0 ? `${place}-${number}` : `team:index:${place}-${number}$child`;
}

/** What the program says of the resource at a place, whatever its type. */
function resourceAt(type: Type, index: number, { called = {}, elsewhere = [], foreign = [] }: Program) {
  const place = placeOf(type, index);
  const { number, isAliased, adopts } = called[place] ?? asItsPlace;
  const others = Array.from({ length: mostNames }, (_, one) => one).filter((one) => isAliased && one !== number);
  const aliases = [...others.map((one) => urnOf(place, one)), ...(foreign.includes(place) ? [foreignUrn(place)] : [])];
  return {
    resource: { urn: urnOf(place, number), type, ...(aliases.length > 0 && { aliases }) },
    adopts,
    instance: elsewhere.includes(place) ? { instance: otherInstance } : {},
  };
}

function targetOf(
  { name, endpoint, timeout, kind, payload, trigger, replaces }: TargetChoice,
  place: number,
  program: Program,
): Declared {
  const { names, areAside = false, heldPayloads = {} } = program;
  const { resource, adopts, instance } = resourceAt("target", place, program);
  const replacing = replaces && name === 0;
  const payloadType = payloads[heldPayloads[placeOf("target", place)] ?? payload];
  const properties = {
    endpoint: endpoints[endpoint],
    timeout: timeouts[timeout],
    ...kinds[kind],
    ...(payloadType !== undefined && { payloadType }),
    ...(name > 0 && { name: areAside ? `aside-${place}-${name}` : `given-${names?.[place] ?? place}-${name}` }),
    ...(trigger > 0 && { rotationTriggers: [trigger] }),
    ...(replacing && { rotationStrategy: "replace" }),
    // Only a target that is given a name can be found by it.
    ...(adopts && name > 0 && { adopt: true }),
    ...instance,
  };
  return { ...resource, needs: [], properties: () => properties };
}

function keyOf({ target, key, active }: KeyChoice, place: number, program: Program): Declared {
  const { resource, adopts, instance } = resourceAt("key", place, program);
  const needed = resourceAt("target", target, program).resource.urn;
  const properties = (idOf: (urn: string) => string) => ({
    targetId: idOf(needed),
    publicKey: publicKeys[key],
    active,
    ...(adopts && { adopt: true }),
    ...instance,
  });
  return { ...resource, needs: [needed], properties };
}

function executionOf({ condition, targets }: ExecutionChoice, place: number, program: Program): Declared {
  const { resource, adopts, instance } = resourceAt("execution", place, program);
  const needs = targets.map((target) => resourceAt("target", target, program).resource.urn);
  const properties = (idOf: (urn: string) => string) => ({
    condition: conditions[place * conditionsEach + condition],
    targets: needs.map((needed) => idOf(needed)),
    ...((adopts || program.adopts === true) && { adopt: true }),
    ...instance,
  });
  return { ...resource, needs, properties };
}
