import type { ParseArgsOptionsConfig } from "node:util";
import type { Terminal } from "./terminal";

/** One command of `npx pulumi-zitadel-actions`. */
export interface Command {
  /** What it does, in a line of the list of all commands. */
  readonly summary: string;
  /** What `--help` prints. Its first line is its usage. */
  readonly help: string;
  /** Its options, beside `--help`. */
  readonly options: ParseArgsOptionsConfig;
  /** Whether it takes arguments beside its options. */
  readonly takesArguments?: boolean;
  /**
   * Returns the exit code.
   *
   * @throws {ZitadelError} for what the person at the terminal should be told: it is printed as one line.
   * @throws {NotUnderstood} for options and arguments that say nothing that can be done.
   */
  run(values: OptionValues, terminal: Terminal, args: readonly string[]): Promise<number>;
}

export type OptionValues = Readonly<Record<string, unknown>>;

/** What a command comes to, for the shell. */
export const exitCodes = {
  /** It did what it was asked to, and there is nothing to look at. */
  fine: 0,
  /** It could not do it. */
  failed: 1,
  /** The command line was not understood; nothing was done. */
  notUnderstood: 2,
  /** It did what it was asked to, and there is something to look at. */
  findings: 3,
} as const;

/** A command line that says nothing that can be done. */
export class NotUnderstood extends Error {}
