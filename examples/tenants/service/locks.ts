import { hostname } from "node:os";
import { setTimeout } from "node:timers/promises";
import { ConcurrentUpdateError, type Stack } from "@pulumi/pulumi/automation/index.js";
import type { How } from "./sweep.ts";

/**
 * Runs a step of a stack. If a killed process of this machine left the stack's lock behind, removes the lock and runs the step again.
 * If the process is still running, waits for its end, for at most `patience` milliseconds.
 */
export async function unlocked<Result>(
  stack: Pick<Stack, "name" | "cancel">,
  { signal, onOutput }: How,
  run: () => Promise<Result>,
  patience = 60_000,
): Promise<Result> {
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof ConcurrentUpdateError)) throw error;
      const cancel = `If it is no longer running, run this in the program's folder: pulumi cancel --yes --stack ${stack.name}`;
      const holders = holdersIn(error.message);
      if (holders.length === 0 || holders.some(({ host }) => host !== hostname()))
        throw new Error(`another machine or user is deploying this stack. ${cancel}`, { cause: error });
      const ids = [...new Set(holders.map(({ pid }) => pid))].join(", ");
      if (Date.now() >= deadline)
        throw new Error(`process ${ids} of this machine is deploying this stack. ${cancel}`, { cause: error });
      if (holders.some(({ pid }) => isRunning(pid))) {
        onOutput(`Waiting for process ${ids}, which is deploying this stack.\n`);
        while (holders.some(({ pid }) => isRunning(pid)) && Date.now() < deadline)
          await setTimeout(Math.min(500, patience), undefined, { signal });
      } else {
        onOutput(`Removing the stack's lock: process ${ids} has ended without removing it.\n`);
        await stack.cancel();
      }
    }
  }
}

/**
 * The holders of the locks, as the CLI names them: "created by user@host (pid 123) at …". The message can repeat them. Pulumi Cloud does
 * not name any.
 */
function holdersIn(message: string): { host: string; pid: number }[] {
  const found = message.matchAll(/: created by \S*@(\S+) \(pid (\d+)\) at /g);
  return Array.from(found, ([, host = "", pid]) => ({ host, pid: Number(pid) }));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // it runs, but as another user
  }
}
