import type { Terminal } from "./terminal";

/** Reports progress: `reading keys 120 of 300`. */
export type Report = (what: string, done: number, of: number) => void;

export interface Progress {
  readonly report: Report;
  /** Clears the line on the terminal, for the next output. */
  end(): void;
}

/** Progress of fewer steps is not reported to a log. */
const long = 100;

/**
 * Progress on standard error. On a terminal, it is one line that is overwritten and then cleared. Elsewhere, as in the log of a
 * pipeline, it is a line for each tenth of long work, and nothing if the output is for programs.
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
      // After a failure, work that was still running may report once more.
      isOver = true;
    },
  };
}

function oneLineOn(terminal: Terminal): Progress {
  const line = lineOn(terminal);
  return { report: (what, done, of) => line.show(`${what} ${done} of ${of}`), end: line.clear };
}

/** A line on standard error that is overwritten. It uses spaces instead of escape codes, which some terminals do not know. */
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

/** Shows that a step is still running, if it prints nothing for a long time. */
export interface Heartbeat {
  /** Call it before printing anything else. */
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
