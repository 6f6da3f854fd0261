import type { z } from "zod";
import type { Client } from "./client";
import { ZitadelError } from "./errors";

/** What every resource's life consists of. Nothing in it knows by which of Pulumi's protocols it is called. */
export interface Lifecycle {
  /** Validates and normalises what the program declares. Sends nothing. Unknown values (`unknown`) pass. */
  check(request: CheckRequest): CheckResult;
  /** Compares the state with checked inputs. Sends nothing. */
  diff(state: Properties, inputs: Properties): DiffResult;
  create(context: Context, inputs: Properties): Promise<{ id: string; state: Properties }>;
  /** The state as the server has it now, or `undefined` where the server says that the resource is gone. */
  read(context: Context, id: string, state: Properties): Promise<{ state: Properties; inputs: Properties } | undefined>;
  /** @throws {Unfinished} where a part was done that must not be lost. */
  update(context: Context, id: string, state: Properties, inputs: Properties): Promise<Properties>;
  delete(context: Context, id: string, state: Properties): Promise<void>;
}

/** The resource is there, but not as declared: `state` is what holds of it, and the next deployment goes on from there. */
export class Unfinished extends ZitadelError {
  readonly state: Properties;

  constructor(state: Properties, { code, message, status, operation, errorId }: ZitadelError) {
    super(code, message, { status, operation, errorId });
    this.state = state;
  }
}

export type Properties = Readonly<Record<string, unknown>>;

/** What a lifecycle is given to work with. */
export interface Context {
  readonly client: Client;
  /** Tells the person who reads the log; the operation goes on. */
  readonly warn: (message: string) => void;
}

export interface CheckRequest {
  /** The inputs of the last deployment, as `check` returned them; `undefined` for a new resource or a replacement. */
  readonly olds: Properties | undefined;
  readonly news: Properties;
  /** The resource's name in the program, for auto-naming; `undefined` where it was not told. */
  readonly logicalName: string | undefined;
}

export interface CheckResult {
  readonly inputs: Properties;
  readonly failures: readonly Failure[];
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

/** Validates with a schema: one failure for each property path, none for what is unknown yet or lies inside such a value. */
export function validate(
  schema: z.ZodObject,
  inputs: Properties,
  { resource, sensitive }: { resource: string; sensitive: readonly string[] },
): Failure[] {
  const result = schema.safeParse(inputs);
  const failures = new Map<string, Failure>();
  const add = (path: readonly PropertyKey[], reason: string, hidden: boolean) => {
    const property = pathText(path);
    if (!failures.has(property)) failures.set(property, { property, reason, ...(hidden && { sensitive: true }) });
  };
  for (const issue of result.error?.issues ?? []) {
    if (isUnknown(inputs, issue.path)) continue;
    if (issue.code === "unrecognized_keys") {
      // What stands in a misspelt property may well be a secret.
      const known = knownKeys(schema, issue.path);
      for (const key of issue.keys) add([...issue.path, key], misspelt(key, resource, issue.path, known), true);
    } else {
      add(issue.path, issue.message, sensitive.includes(String(issue.path[0])));
    }
  }
  return [...failures.values()];
}

function isUnknown(inputs: Properties, path: readonly PropertyKey[]): boolean {
  let value: unknown = inputs;
  for (const key of path) {
    if (value === unknown) return true;
    value = typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  }
  return value === unknown;
}

function knownKeys(schema: z.ZodObject, path: readonly PropertyKey[]): string[] {
  let shape = schema.shape as Record<PropertyKey, unknown>;
  for (const key of path) {
    let inner = shape[key];
    while (typeof inner === "object" && inner !== null && "unwrap" in inner)
      inner = (inner as { unwrap(): unknown }).unwrap();
    shape = (inner as z.ZodObject).shape;
  }
  return Object.keys(shape).filter((key) => !key.startsWith("__"));
}

function misspelt(key: string, resource: string, path: readonly PropertyKey[], known: readonly string[]): string {
  const bare = (name: string) => name.replace(/[^a-z0-9]/gi, "").toLowerCase();
  const meant = known.find((name) => bare(name) === bare(key));
  const where = path.length === 0 ? resource : pathText(path);
  if (meant !== undefined) return `is no property of ${where}; did you mean ${meant}?`;
  return `is no property of ${where}${known.length === 0 ? ", which has none" : `; there are ${known.join(", ")}`}`;
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${String(key)}`))
    .join("");
}
