import type { ParseArgsOptionsConfig } from "node:util";

/** One command of `npx pulumi-zitadel-actions`. */
export interface Command {
  /** What it does, in a line of the list of all commands. */
  readonly summary: string;
  /** What `--help` prints. */
  readonly help: string;
  /** Its options, beside `--help`. */
  readonly options: ParseArgsOptionsConfig;
  /** Whether it takes arguments beside its options. */
  readonly takesArguments?: boolean;
  /**
   * Returns the exit code.
   *
   * @throws {ZitadelError} for what the person at the terminal should be told: it is printed as one line.
   */
  run(values: OptionValues, terminal: Terminal, args: readonly string[]): Promise<number>;
}

export type OptionValues = Readonly<Record<string, unknown>>;

/** What a command is told and where it writes. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads standard input to its end. */
  read(): Promise<string>;
  /** Writes what was asked for: to standard output. */
  print(text: string): Promise<void>;
  /** Tells the person at the terminal: one line on standard error. */
  tell(line: string): void;
}
