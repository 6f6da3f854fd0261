/** What Ctrl-C, or a signal from a supervisor, requests. */
export interface Interrupts {
  readonly stop: AbortSignal;
  readonly cancel: AbortSignal;
}

/**
 * Returns `stop`, which the first signal aborts, and `cancel`, which the second one aborts.
 *
 * The first signal is not passed on to the CLIs that run: the terminal has already sent them the Ctrl-C. A second one would make
 * them stop at once, which leaves resources in an unknown state.
 */
export function interrupts(process: NodeJS.Process): Interrupts {
  const [stop, cancel] = [new AbortController(), new AbortController()];
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => (stop.signal.aborted ? cancel : stop).abort());
  }
  return { stop: stop.signal, cancel: cancel.signal };
}
