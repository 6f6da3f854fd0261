import type { ParseArgsOptionsConfig } from "node:util";
import type { Terminal } from "./terminal";

/** One command of `npx pulumi-zitadel-actions`. */
export interface Command {
  /** What it does, in one line for the list of all commands. */
  readonly summary: string;
  /** The output of `--help`. It begins with the usage. */
  readonly help: string;
  /** Its options, besides `--help`. */
  readonly options: ParseArgsOptionsConfig;
  /** Whether it takes arguments besides its options. */
  readonly takesArguments?: boolean;
  /**
   * Returns the exit code.
   *
   * @throws {ZitadelError} if it fails: its message is printed as one line.
   * @throws {NotUnderstood} for invalid options and arguments.
   */
  run(values: OptionValues, terminal: Terminal, args: readonly string[]): Promise<number>;
}

export type OptionValues = Readonly<Record<string, unknown>>;

/** The exit codes of the commands. */
export const exitCodes = {
  /** It succeeded, and found nothing. */
  fine: 0,
  /** It failed. */
  failed: 1,
  /** The command line was wrong; nothing was done. */
  notUnderstood: 2,
  /** It succeeded, and found something to look at. */
  findings: 3,
} as const;

/** A wrong command line. */
export class NotUnderstood extends Error {}
