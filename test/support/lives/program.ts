import { newKey } from "../keys";
import type { Declared } from "./engine";

/** A program: each place may be empty. What it says is chosen by numbers, so that a shrunk one is short. */
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
}

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
const payloads = [undefined, "PAYLOAD_TYPE_JWT", "PAYLOAD_TYPE_JWE"];
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
    return [keyOf({ ...choice, active }, place)];
  });
  const executions = program.executions.flatMap((choice, place) => {
    const there = choice?.targets.filter(isThere) ?? [];
    if (choice === null || there.length === 0) return [];
    return [executionOf({ ...choice, targets: there }, place, program.adopts)];
  });
  return [...targets, ...keys, ...executions];
}

function targetOf(
  { name, endpoint, timeout, kind, payload, trigger, replaces }: TargetChoice,
  place: number,
  { names, areAside = false }: Program,
): Declared {
  const replacing = replaces && name === 0;
  const properties = {
    endpoint: endpoints[endpoint],
    timeout: timeouts[timeout],
    ...kinds[kind],
    ...(payloads[payload] !== undefined && { payloadType: payloads[payload] }),
    ...(name > 0 && { name: areAside ? `aside-${place}-${name}` : `given-${names?.[place] ?? place}-${name}` }),
    ...(trigger > 0 && { rotationTriggers: [trigger] }),
    ...(replacing && { rotationStrategy: "replace" }),
  };
  return { urn: targetUrn(place), type: "target", needs: [], properties: () => properties };
}

function keyOf({ target, key, active }: KeyChoice, place: number): Declared {
  const needed = targetUrn(target);
  const properties = (idOf: (urn: string) => string) => ({
    targetId: idOf(needed),
    publicKey: publicKeys[key],
    active,
  });
  return { urn: `key${place}`, type: "key", needs: [needed], properties };
}

function executionOf({ condition, targets }: ExecutionChoice, place: number, adopt = false): Declared {
  const needs = targets.map(targetUrn);
  const properties = (idOf: (urn: string) => string) => ({
    condition: conditions[place * conditionsEach + condition],
    targets: needs.map((needed) => idOf(needed)),
    ...(adopt && { adopt }),
  });
  return { urn: `execution${place}`, type: "execution", needs, properties };
}

function targetUrn(place: number): string {
  return `target${place}`;
}
