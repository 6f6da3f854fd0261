import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import { pick } from "../api/json";
import type { DiffResult } from "./lifecycle";
import type { Properties } from "./properties";

/** One row of a resource's table. */
export interface Property {
  /** What a program may set. */
  readonly input: z.ZodType;
  /** What a change does. `server`: it replaces the object if it leads to another server, which only `Managed` knows. */
  readonly change: "update" | "replace" | "rotate" | "ignore" | "server";
  /** Whether two given values mean the same; by default they must be the same JSON. */
  readonly same?: (old: unknown, now: unknown) => boolean;
  /** Whether the value may be a secret, which no message shows. */
  readonly isSensitive?: true;
}

/** The properties of a resource that a program may set, and those that only the state has, with names that begin with `__`. */
export type Table<Key extends string = string> = Readonly<Record<Key, Property>>;

/** The table of a resource with these documented inputs. */
export type TableOf<Args> = { readonly [Key in (keyof Args & string) | `__${string}`]: Property };

/** The properties whose change does one of these. */
export type ChangedBy<T, Change> = { [Key in keyof T]: T[Key] extends { change: Change } ? Key : never }[keyof T];

/** The properties that ZITADEL stores. The others are known to the program and its state alone. */
export type StoredIn<All> = ChangedBy<All, "update" | "replace">;

export function storedIn<All extends Table>(table: All): StoredIn<All>[] {
  return Object.keys(table).filter((key) => /^(update|replace)$/.test(table[key]?.change ?? "")) as StoredIn<All>[];
}

/** The properties whose values differ, in the table's order. */
export function changed<Key extends string>(table: Table<Key>, state: Properties, inputs: Properties): Set<Key> {
  const isCompared = (key: Key) => table[key].change !== "ignore" && table[key].change !== "server";
  const keys = (Object.keys(table) as Key[]).filter(isCompared);
  return new Set(keys.filter((key) => !isSame(table[key], state[key], inputs[key])));
}

function isSame({ same = isDeepStrictEqual }: Property, old: unknown, now: unknown): boolean {
  return old === undefined || now === undefined ? old === now : same(old, now);
}

/** The inputs of an object: ZITADEL's values, but in the state's notation if that means the same; what it does not store, from the state. */
export function inputsFrom(table: Table, values: Properties, state: Properties): Properties {
  const differs = storedIn(table).filter((key) => !isSame(table[key] as Property, state[key], values[key]));
  const theirs = Object.fromEntries(differs.map((key) => [key, values[key]]));
  return pick({ ...state, ...theirs }, ...Object.keys(table));
}

/** The diff that all resources use. */
export function diff<Key extends string>(table: Table<Key>, state: Properties, inputs: Properties): DiffResult {
  const keys = [...changed(table, state, inputs)];
  return { changes: keys.length > 0, replaces: keys.filter((key) => table[key].change === "replace") };
}
