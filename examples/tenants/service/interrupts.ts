/** What Ctrl-C, or a supervisor, asks for. */
export interface Interrupts {
  readonly stop: AbortSignal;
  readonly cancel: AbortSignal;
}

/**
 * The first signal stops, the second cancels.
 *
 * The first is not handed on: a terminal has sent Ctrl-C to the CLIs that run too, and to each of them a second one means
 * "at once", which leaves resources in an unknown state.
 */
export function interrupts(process: NodeJS.Process): Interrupts {
  const [stop, cancel] = [new AbortController(), new AbortController()];
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => (stop.signal.aborted ? cancel : stop).abort());
  }
  return { stop: stop.signal, cancel: cancel.signal };
}
