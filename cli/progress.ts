import type { Terminal } from "./terminal";

/** Tells how far a piece of work is: `reading keys 120 of 300`. */
export type Report = (what: string, done: number, of: number) => void;

export interface Progress {
  readonly report: Report;
  /** Takes away what is on the terminal, for what comes next. */
  end(): void;
}

/** Work of fewer steps is over before anybody wonders. */
const long = 100;

/**
 * Progress on standard error. On a terminal it is a line that is written over and goes away; elsewhere, as in the log of a
 * pipeline, it is a line for each tenth of long work, and nothing for a machine.
 */
export function progressOn(terminal: Terminal, { forMachines = false } = {}): Progress {
  const { messages } = terminal.isTerminal;
  const progress = messages ? oneLineOn(terminal) : { report: tenthsOn(terminal), end: () => undefined };
  let isOver = !messages && forMachines;
  return {
    report: (...how) => {
      if (!isOver) progress.report(...how);
    },
    end: () => {
      if (!isOver) progress.end();
      // After a failure, what was under way already still tells how far it is.
      isOver = true;
    },
  };
}

/** Without escape codes, which some terminals do not know: what was longer is written over with blanks. */
function oneLineOn(terminal: Terminal): Progress {
  let width = 0;
  const over = (line: string) => {
    terminal.show(`\r${line.padEnd(width)}`);
    width = line.length;
  };
  return {
    report: (what, done, of) => over(`${what} ${done} of ${of}`),
    end: () => {
      if (width === 0) return;
      over("");
      terminal.show("\r");
    },
  };
}

function tenthsOn(terminal: Terminal): Report {
  return (what, done, of) => {
    if (of >= long && done % Math.ceil(of / 10) === 0) terminal.tell(`${what} ${done} of ${of}`);
  };
}
