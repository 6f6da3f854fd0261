import { isDeepStrictEqual } from "node:util";
import { pick } from "../api/json";
import type { Properties } from "./properties";

export interface DiffResult {
  readonly changes: boolean;
  /** The properties whose change needs a replacement. */
  readonly replaces: readonly string[];
  /** Whether the old and the new object cannot exist together, so that a replacement has to delete the old one first. */
  readonly deleteBeforeReplace?: boolean;
  /** Facts about the object with that id, recorded in the ledger for the resources that refer to it. */
  readonly facts?: (id: string) => readonly string[];
}

/** One row of a resource's table: what a change of the property does, and which values count as equal. */
export interface Property {
  readonly change: "update" | "replace" | "rotate" | "ignore";
  /** Whether two given values mean the same; by default they must be the same JSON. */
  readonly same?: (old: unknown, now: unknown) => boolean;
  /** Whether it names a server. Only `Managed` compares those: it knows if two names lead to the same server. */
  readonly isServer?: boolean;
}

/** The properties whose values differ, in the table's order. */
export function changed<Key extends string>(
  table: Readonly<Record<Key, Property>>,
  state: Properties,
  inputs: Properties,
): Set<Key> {
  const keys = Object.keys(table) as Key[];
  const differs = (key: Key) => {
    const { change, isServer, same = isDeepStrictEqual }: Property = table[key];
    if (change === "ignore" || isServer === true) return false;
    const [old, now] = [state[key], inputs[key]];
    return old === undefined || now === undefined ? old !== now : !same(old, now);
  };
  return new Set(keys.filter(differs));
}

/** The diff that all resources use. */
export function diff<Key extends string>(
  table: Readonly<Record<Key, Property>>,
  state: Properties,
  inputs: Properties,
): DiffResult {
  const keys = [...changed(table, state, inputs)];
  return { changes: keys.length > 0, replaces: keys.filter((key) => table[key].change === "replace") };
}

/** The result of reading an object that exists but that ZITADEL does not show: the unchanged state. */
export function keptAsItIs(state: Properties, table: Readonly<Record<string, Property>>, ...more: string[]) {
  return { state, inputs: pick(state, ...Object.keys(table), ...more) };
}
