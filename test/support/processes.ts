import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/** Whether all of these programs are on the PATH of this machine. */
export function areOnPath(...programs: readonly string[]): boolean {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return programs.every((program) => folders.some((folder) => existsSync(join(folder, program))));
}

/** A process of this machine. */
export interface Running {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** The real processes, by what their command lines hold. */
const scripts = { provider: "cmd/dynamic-provider", program: "/cmd/run/" };

/** All processes that a process has started, and these in turn. */
export function processesBelow(root: number): Running[] {
  const all = read(execFileSync("ps", columns, { encoding: "utf8" }));
  const below = (parent: number): Running[] =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.pid)]);
  return below(root);
}

/** Kills the provider processes, or the programs, among those below a process; gives how many there were. */
export function killBelow(root: number, what: keyof typeof scripts): number {
  const found = processesBelow(root).filter(({ command }) => command.includes(scripts[what]));
  for (const { pid } of found) process.kill(pid, "SIGKILL");
  return found.length;
}

/** Resolves when none of the processes runs. They need not be children of this one, so their end has to be polled. */
export async function ended(processes: readonly Running[]): Promise<void> {
  const pids = new Set(processes.map(({ pid }) => pid));
  for (let left = processes; left.length > 0;) {
    const { stdout } = await promisify(execFile)("ps", columns, { encoding: "utf8" });
    left = read(stdout).filter(({ pid }) => pids.has(pid));
  }
}

const columns = ["-eo", "pid=,ppid=,stat=,args="];

function read(lines: string): Running[] {
  return lines.split("\n").flatMap((line) => {
    const [, pid, parent, state = "", command = ""] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    // A zombie has ended, and only waits to be asked how.
    return pid === undefined || state.startsWith("Z") ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}
