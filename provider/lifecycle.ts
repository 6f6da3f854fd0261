import type { Client } from "./client";
import { ZitadelError } from "./errors";

/** What every resource's life consists of. Nothing in it knows by which of Pulumi's protocols it is called. */
export interface Lifecycle {
  /** Validates and normalises what the program declares. Sends nothing. Unknown values (`unknown`) pass. */
  check(request: CheckRequest): CheckResult;
  /** Compares the state with checked inputs. Sends nothing. */
  diff(state: Properties, inputs: Properties): DiffResult;
  /** @throws {Unfinished} where something was made that must not be lost. */
  create(context: Context, inputs: Properties): Promise<{ id: string; state: Properties }>;
  /** The state as the server has it now, or `undefined` where the server says that the resource is gone. */
  read(context: Context, id: string, state: Properties): Promise<{ state: Properties; inputs: Properties } | undefined>;
  /** @throws {Unfinished} where a part was done that must not be lost. */
  update(context: Context, id: string, state: Properties, inputs: Properties): Promise<Properties>;
  delete(context: Context, id: string, state: Properties): Promise<void>;
}

/** The resource is there, but not as declared: `state` is what holds of it, and the next deployment goes on from there. */
export class Unfinished extends ZitadelError {
  readonly id: string;
  readonly #state: Properties;

  constructor(id: string, state: Properties, { code, message, status, operation, errorId, doubtful }: ZitadelError) {
    super(code, message, { status, operation, errorId, doubtful });
    this.id = id;
    this.#state = state;
  }

  /** May hold a signing key, so whatever prints an error must not see it. */
  get state(): Properties {
    return this.#state;
  }
}

export type Properties = Readonly<Record<string, unknown>>;

/** What a lifecycle is given to work with. */
export interface Context {
  readonly client: Client;
  /** Tells the person who reads the log what is wrong; the operation goes on. */
  readonly warn: (message: string) => void;
  /** Tells the person who reads the log what was done. */
  readonly info: (message: string) => void;
}

export interface CheckRequest {
  /** The inputs of the last deployment, as `check` returned them; `undefined` for a new resource or a replacement. */
  readonly olds: Properties | undefined;
  readonly news: Properties;
  /** The resource's name in the program, for auto-naming; `undefined` where it was not told. */
  readonly logicalName: string | undefined;
  /** Says what the resource is about to own. Returns the name of another resource of the program that says the same. */
  readonly claim: (what: string) => string | undefined;
}

export interface CheckResult {
  readonly inputs: Properties;
  readonly failures: readonly Failure[];
  readonly warnings?: readonly string[];
}

/** One thing that is wrong with one property. */
export interface Failure {
  /** Its path, as Pulumi writes it: `restWebhook.interruptOnError`, `targets[0]`; empty for the resource as a whole. */
  readonly property: string;
  readonly reason: string;
  /** Whether the value may be a secret: then it must not be shown beside the reason. */
  readonly sensitive?: boolean;
}

export interface DiffResult {
  readonly changes: boolean;
  /** The properties whose change needs a replacement. */
  readonly replaces: readonly string[];
  /** Whether there can be only one of the two at a time, so that a replacement has to delete the old one first. */
  readonly deleteBeforeReplace?: boolean;
}

/** What Pulumi sends in place of a value that is not known before the deployment. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** One row of a resource's table: what a change of the property does, and what counts as a change. */
export interface Property {
  readonly change: "update" | "replace" | "rotate" | "ignore";
  /** Whether two given values mean the same; by default they must be the same JSON. */
  readonly same?: (old: unknown, now: unknown) => boolean;
}

/** The properties whose values differ, in the table's order. */
export function changed<Key extends string>(
  table: Readonly<Record<Key, Property>>,
  state: Properties,
  inputs: Properties,
): Set<Key> {
  const keys = Object.keys(table) as Key[];
  return new Set(keys.filter((key) => table[key].change !== "ignore" && !same(table[key], state[key], inputs[key])));
}

/** The one diff of all resources. */
export function diff<Key extends string>(
  table: Readonly<Record<Key, Property>>,
  state: Properties,
  inputs: Properties,
): DiffResult {
  const keys = [...changed(table, state, inputs)];
  return { changes: keys.length > 0, replaces: keys.filter((key) => table[key].change === "replace") };
}

function same(property: Property, old: unknown, now: unknown): boolean {
  if (old === undefined || now === undefined) return old === now;
  return property.same?.(old, now) ?? sameJson(old, now);
}

/** Whether two JSON values are equal, whatever the order of their keys. */
export function sameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => key in other && sameJson((one as Properties)[key], (other as Properties)[key]))
  );
}

/** Leaves out what is not set, be it missing, `undefined` or `null`. */
export function given(properties: Properties): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined && value !== null));
}
