import { type ChildProcess, fork, type ForkOptions } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { ConfigValue, RunKind, StackOptions, UpOptions } from "../../../local/engine";
import type { Zitadel } from "../../../local/zitadel";
import type { Fault, FaultSubject } from "../../../local/zitadel/faults";
import { ended, killBelow, processesBelow, type Running } from "../processes";
import { faults, type Kill, type RealCommand, type Surprise } from "./steps";
import { calm, surprise } from "./surprises";

/** A message to an engine. */
export interface Job {
  readonly options: StackOptions;
  readonly config: Readonly<Record<string, ConfigValue | string>>;
  readonly act: RunKind;
  readonly how: Pick<UpOptions, "refresh"> & { readonly clearPendingCreates?: boolean };
}

/** The result of a command. */
export interface Outcome {
  /** Whether it succeeded. If the engine was killed, it did not. */
  readonly isDone: boolean;
  readonly text: string;
  readonly changes: Readonly<Record<string, number | undefined>>;
  /** The process that was killed, if its moment came. */
  readonly killed: Kill | undefined;
  /** How many requests met a fault. */
  readonly faults: number;
  /** The requests whose events the read model missed. */
  readonly lost: readonly { readonly method: string; readonly path: string }[];
}

export type Disturbances = Omit<RealCommand, "act">;

/** An engine that is a process, with a program and a provider of its own for each command. Where it was killed, there is another. */
export class Engine {
  private process: ChildProcess | undefined;

  /** Carries a command out, and resolves once all that it started has ended. */
  async run(zitadel: Zitadel, job: Job, { lag, faults: planned, surprises, kill }: Disturbances): Promise<Outcome> {
    const process = (this.process ??= start());
    const killer = new Killer(process, kill);
    zitadel.readModel.lag(lag);
    const lost = watch(zitadel, surprises);
    killer.waitFor(zitadel);
    const rules = planned.flatMap(({ fault, skip, times }) => {
      const known = faults[fault];
      return known === undefined ? [] : [zitadel.faults.add({ fault: known, skip, times })];
    });
    const told = resultOf(process, () => killer.kill());
    process.send({ ...job, ...(kill?.point === "before save" && { waitsAtSave: kill.at }) });
    const result = await told;
    if (process.killed) {
      this.process = undefined;
      await ended(killer.orphaned);
    }
    const hits = rules.reduce((sum, rule) => sum + rule.hits, 0);
    calm(zitadel);
    const killed = killer.isDone ? (kill ?? undefined) : undefined;
    return { ...result, killed, faults: hits, lost };
  }

  async close(): Promise<void> {
    if (this.process === undefined) return;
    const exited = once(this.process, "exit");
    this.process.disconnect();
    await exited;
  }
}

function start(): ChildProcess {
  const options = { execArgv: [], stdio: ["ignore", "pipe", "inherit", "ipc"] } satisfies ForkOptions;
  return fork(join(__dirname, "real-engine.js"), options);
}

type Result = Pick<Outcome, "isDone" | "text" | "changes">;

/** What the engine says of a command; one that is killed, what it had said. `act` is called where it waits before a save. */
function resultOf(process: ChildProcess, act: () => void): Promise<Result> {
  return new Promise((resolve) => {
    let said = "";
    const print = (text: string): void => void (said += text);
    const hear = (message: "before save" | Result): void => {
      if (message !== "before save") {
        over(message);
        return;
      }
      act();
      if (!process.killed) process.send("go on");
    };
    const close = (): void => over({ isDone: false, text: said, changes: {} });
    const over = (result: Result): void => {
      process.off("message", hear).off("close", close).stdout?.off("data", print);
      resolve(result);
    };
    process.on("message", hear).on("close", close).stdout?.setEncoding("utf8").on("data", print);
  });
}

/** Has surprises happen; gives the requests whose events the read model will have missed. */
function watch(zitadel: Zitadel, surprises: readonly Surprise[]): Outcome["lost"] {
  const lost: { method: string; path: string }[] = [];
  let requests = 0;
  const when = ({ method, path, operation }: FaultSubject): boolean => {
    if (surprise(zitadel, surprises, requests++, operation)) lost.push({ method, path });
    return false;
  };
  zitadel.faults.add({ match: { when }, fault: { kind: "hang" } }); // which it never does
  return lost;
}

/** Kills one of the processes, once. */
class Killer {
  isDone = false;
  /** The processes that a killed engine left behind. They end by themselves. */
  orphaned: readonly Running[] = [];

  constructor(
    private readonly engine: ChildProcess,
    private readonly plan: Kill | null,
  ) {}

  kill(): void {
    const { pid } = this.engine;
    if (this.plan === null || pid === undefined) return;
    const { victim } = this.plan;
    if (victim === "engine") {
      this.orphaned = processesBelow(pid);
      this.isDone = this.engine.kill("SIGKILL");
    } else this.isDone = killBelow(pid, victim) > 0;
  }

  /** Kills the process at the planned request: either before the server does anything, or after the work and before the answer. */
  waitFor({ faults: rules }: Zitadel): void {
    if (this.plan === null || this.plan.point === "before save") return;
    const { at, point } = this.plan;
    const strike = () => this.kill();
    // The server reads these when it comes to them.
    const reset: Fault = {
      kind: "reset",
      get work() {
        strike();
        return false;
      },
    };
    const hold: Fault = {
      kind: "hold",
      after: true,
      get until() {
        strike();
        return Promise.resolve();
      },
    };
    rules.add({ skip: at, fault: point === "before request" ? reset : hold });
  }
}
