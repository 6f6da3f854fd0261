import { buffer } from "node:stream/consumers";
import { paintFor } from "./colours";
import { fitted } from "./wrap";

/** What a command is told and where it writes. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether somebody looks at what is printed, and at what is told. */
  readonly isTerminal: { readonly output: boolean; readonly messages: boolean };
  /** How many characters fit on a line of the terminal, if there is one. */
  readonly columns: number | undefined;
  /** Reads standard input to its end. */
  read(): Promise<Buffer>;
  /** Writes what was asked for: to standard output. */
  print(text: string): Promise<void>;
  /** Tells the person at the terminal: one line on standard error. */
  tell(line: string): void;
  /** Writes to standard error as it is, for a line that is to be written over. */
  show(text: string): void;
  /** Resolves once the person wants it to end: Ctrl-C, or whoever else ends processes. */
  interrupted(): Promise<void>;
}

const remarks = { note: "cyan", warning: "yellow" } as const;

/** Tells something that is not what was asked for. */
export function remark(terminal: Terminal, kind: keyof typeof remarks, text: string): void {
  const label = paintFor(terminal, "messages")(remarks[kind], `${kind}:`);
  terminal.tell(fitted(terminal, "messages", `${label} ${text}`));
}

/** Tells that something failed. */
export function fail(terminal: Terminal, message: string): void {
  terminal.tell(paintFor(terminal, "messages")("red", fitted(terminal, "messages", message)));
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
