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

function oneLineOn(terminal: Terminal): Progress {
  const line = lineOn(terminal);
  return { report: (what, done, of) => line.show(`${what} ${done} of ${of}`), end: line.clear };
}

/** A line of standard error that is written over. Without escape codes, which some terminals do not know: blanks hide the rest. */
function lineOn(terminal: Terminal) {
  let width = 0;
  const show = (line: string) => {
    terminal.show(`\r${line.padEnd(width)}`);
    width = line.length;
  };
  const clear = () => {
    if (width === 0) return;
    show("");
    terminal.show("\r");
  };
  return { show, clear };
}

/** For a step that may print nothing for a long time. */
export interface Heartbeat {
  /** To call before anything else is printed. */
  printing(): void;
  end(): void;
}

/** Shows that a step is still running: on a terminal after two silent seconds, in a log after each thirty. */
export function heartbeatOn(terminal: Terminal, step: string): Heartbeat {
  const line = lineOn(terminal);
  let silent = 0;
  const timer = setInterval(() => {
    silent++;
    if (!terminal.isTerminal.messages) {
      if (silent % 30 === 0) terminal.tell(`${step} is still running.`);
    } else if (silent >= 2) line.show(`${step} is running, ${silent} s without output`);
  }, 1_000);
  return {
    printing() {
      silent = 0;
      line.clear();
    },
    end() {
      clearInterval(timer);
      line.clear();
    },
  };
}

function tenthsOn(terminal: Terminal): Report {
  return (what, done, of) => {
    if (of >= long && done % Math.ceil(of / 10) === 0) terminal.tell(`${what} ${done} of ${of}`);
  };
}
