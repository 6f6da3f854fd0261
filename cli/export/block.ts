import type { CheckRequest, Lifecycle } from "../../provider/core/lifecycle";
import type { Properties } from "../../provider/core/properties";
import type { Kind } from "../kinds";
import type { Declaration } from "./typescript";

/** What is on the instance, whether it is declared or not. */
export interface Subject {
  readonly resource: Kind;
  /** `undefined` for an execution whose condition this version does not know. */
  readonly id: string | undefined;
  /** A target's name. */
  readonly name?: string;
}

/** A resource in the program, with notes. Without a declaration it is left out, and a note says so. */
export interface Block {
  readonly about: Subject;
  readonly declaration?: Declaration;
  /** Each note is printed, and is a comment above the declaration. */
  readonly notes: readonly string[];
}

/** Something that the program leaves out. */
export function leftOut(about: Subject, what: string, why: string): Block {
  return { about, notes: [`${what} is left out: ${why}.`] };
}

/** Why the resource's own check would reject the declaration. Never repeats a possible secret. */
export function problemOf(
  check: Lifecycle["check"],
  request: Pick<CheckRequest, "claim"> & { logicalName: string; news: Properties },
): string | undefined {
  const { failures } = check({ olds: undefined, ...request });
  if (failures.length === 0) return undefined;
  return failures.map(({ property, reason }) => `${property} ${reason}`.trim()).join("; ");
}
