import { buffer } from "node:stream/consumers";

/** A command's environment, input and output. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether standard output and standard error are terminals. */
  readonly isTerminal: { readonly output: boolean; readonly messages: boolean };
  /** The width of the terminal in characters, if there is one. */
  readonly columns: number | undefined;
  /** Reads standard input to its end. */
  read(): Promise<Buffer>;
  /** Writes the result to standard output. */
  print(text: string): Promise<void>;
  /** Writes one line to standard error. */
  tell(line: string): void;
  /** Writes to standard error without a line break, for a line that is overwritten. */
  show(text: string): void;
  /** Resolves on Ctrl-C, or when another process asks this one to end. */
  interrupted(): Promise<void>;
}

/** The streams of this process. */
export const processTerminal: Terminal = {
  env: process.env,
  isTerminal: { output: process.stdout.isTTY, messages: process.stderr.isTTY },
  get columns() {
    const { columns } = process.stdout.isTTY ? process.stdout : process.stderr;
    // A terminal without a known size reports 0 columns.
    return columns > 0 ? columns : undefined;
  },
  read: () => buffer(process.stdin),
  // A failure is an event of the stream, which main.ts listens to.
  print: (text) =>
    new Promise((resolve) => {
      process.stdout.write(text, (error) => {
        if (!error) resolve();
      });
    }),
  tell: (line) => process.stderr.write(`${line}\n`),
  show: (text) => process.stderr.write(text),
  interrupted: () =>
    new Promise((resolve) => {
      for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => resolve());
    }),
};
