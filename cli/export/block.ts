import type { CheckRequest, Lifecycle, Properties } from "../../provider/lifecycle";
import type { Kind } from "../kind";
import type { Declaration } from "./source";

/** What is on the instance, whether it is declared or not. */
export interface Subject {
  readonly resource: Kind;
  /** `undefined` for an execution whose condition this version does not know. */
  readonly id: string | undefined;
  /** A target's name. */
  readonly name?: string;
}

/** A resource in the program, and what is to be said of it. Without a declaration it is left out, and that is said. */
export interface Block {
  readonly about: Subject;
  readonly declaration?: Declaration;
  /** Each is told to the person at the terminal, and stands as a comment above the declaration. */
  readonly notes: readonly string[];
}

/** Why the resource's own check would refuse what is about to be declared. Never repeats what may be a secret. */
export function problemOf(
  check: Lifecycle["check"],
  request: Pick<CheckRequest, "claim"> & { logicalName: string; news: Properties },
): string | undefined {
  const { failures } = check({ olds: undefined, ...request });
  if (failures.length === 0) return undefined;
  return failures.map(({ property, reason }) => `${property} ${reason}`.trim()).join("; ");
}
