// A Node process of the SDK's: the program's host or the provider.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface Child {
  readonly exited: Promise<number>;
  /** Asks it to stop; a second later it is made to. */
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly script: string;
  readonly args: readonly string[];
  readonly nodeArgs?: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onLine: (line: string, stream: "stdout" | "stderr") => void;
}

/** However the engine ends, its children notice that the channel to it is closed, and end too. */
const endWithParent = "process.channel?.unref();process.once('disconnect',()=>process.exit(1))";

export function startChild({ script, args, nodeArgs = [], cwd, env, onLine }: ChildOptions): Child {
  const guard = `--import=data:text/javascript,${encodeURIComponent(endWithParent)}`;
  const child = spawn(process.execPath, [...nodeArgs, guard, script, ...args], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    detached: true, // Ctrl-C is for the engine to hear: a provider must not die of it in the middle of something
    windowsHide: true,
  });
  const lines = [readLines(child, "stdout", onLine), readLines(child, "stderr", onLine)];
  const exited = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
  exited.catch(() => undefined); // whoever awaits it learns of a process that could not be started
  return {
    exited: exited.then(async (code) => {
      await Promise.all(lines);
      return code;
    }),
    async stop() {
      child.kill("SIGTERM");
      const force = setTimeout(() => child.kill("SIGKILL"), 1000);
      await exited.finally(() => clearTimeout(force));
    },
  };
}

function readLines(child: ChildProcess, stream: "stdout" | "stderr", onLine: ChildOptions["onLine"]): Promise<void> {
  const input = child[stream];
  if (input === null) throw new Error(`the process has no ${stream}`);
  return new Promise((resolve) => {
    createInterface({ input, crlfDelay: Infinity })
      .on("line", (line) => onLine(line, stream))
      .once("close", resolve);
  });
}
