// What all parts of one run share: its state, its display, its provider, and whether to stop.
import type { Display, Op } from "./display";
import type { Providers } from "./providers";
import { type Operation, type ResourceState, stackType } from "./resource";
import type { Run } from "./settings";
import type { Snapshot } from "./state";

/** An error that the user has already seen. */
export class Reported extends Error {
  override readonly name = "Reported";
}

/** Returns a function that runs at most `free` tasks at once. The others wait. */
function limiter(free: number): <Result>(task: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free--;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}

export class Deployment {
  readonly display: Display;
  readonly snapshot: Snapshot;
  readonly dryRun: boolean;
  /** Whether a step failed. Then the run fails at its end. */
  stepFailed = false;
  isHalted = false;
  /** Resolves when something has failed. Then operations in progress end, and no other begins. */
  private readonly halting = Promise.withResolvers<undefined>();
  readonly halted: Promise<undefined> = this.halting.promise;
  /** Runs a task when it is its turn. */
  readonly limit: ReturnType<typeof limiter>;

  constructor(
    readonly run: Run,
    readonly providers: Providers,
  ) {
    ({ display: this.display, snapshot: this.snapshot } = run);
    this.dryRun = run.kind === "preview";
    this.limit = limiter(run.parallel);
  }

  halt(): void {
    this.isHalted = true;
    this.halting.resolve(undefined);
  }

  urnOf(type: string, name: string, parent = "", of: { stack?: string; project?: string } = {}): string {
    const { stack = this.run.stack, project = this.run.project.name } = of;
    const parentType = parent.split("::")[2] ?? "";
    const chain = parentType === "" || parentType === stackType ? "" : `${parentType}$`;
    return `urn:pulumi:${stack}::${project}::${chain}${type}::${name}`;
  }

  /** Runs an operation. In a preview, it changes nothing. `record` writes its result to the state. */
  operate<Result, Made>(
    type: Operation["type"],
    resource: ResourceState,
    run: () => Promise<Result>,
    record: (result: Result) => Made,
  ): Promise<Made> {
    return this.limit(() => {
      if (this.isHalted) throw new Reported("the run is stopping");
      return this.snapshot.during({ type, resource }, run, record);
    });
  }

  /** Reports a failure to the user, once, with the operation if there was one. No other operation begins after it. */
  fail(urn: string, error: unknown, op?: Op): never {
    if (op === undefined || !this.run.continueOnError) this.halt();
    if (op !== undefined) this.stepFailed = true;
    if (error instanceof Reported) throw error;
    const message = error instanceof Error ? error.message : String(error);
    this.display.say("error", (op !== undefined && this.dryRun ? "Preview failed: " : "") + message, urn, op);
    throw new Reported(message, { cause: error });
  }
}
