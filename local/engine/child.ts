// A process that the engine starts: the program's host or a provider.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export interface ChildOptions {
  /** A script for Node, or a program. */
  readonly script: string | { readonly program: string };
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onLine: (line: string, stream: "stdout" | "stderr") => void;
}

export interface Child {
  /** Resolves to its exit code when all of its output has been read. */
  readonly exited: Promise<number>;
  /** Asks the process to stop as the real engine does, and kills it after five seconds. */
  stop(): Promise<void>;
}

/** Children end when the channel to the engine closes, however the engine ends. */
const endWithParent = "process.channel?.unref();process.once('disconnect',()=>process.exit(1))";

export function startChild({ script, args, cwd, env, onLine }: ChildOptions): Child {
  const guard = `--import=data:text/javascript,${encodeURIComponent(endWithParent)}`;
  const command = typeof script === "string" ? [process.execPath, guard, script] : [script.program];
  // A program may be written for Node, too.
  const options = typeof script === "string" ? {} : { NODE_OPTIONS: `${env["NODE_OPTIONS"] ?? ""} ${guard}`.trim() };
  const child = spawn(command[0] ?? "", [...command.slice(1), ...args], {
    cwd,
    env: { ...env, ...options },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    detached: true, // only the engine handles Ctrl-C: it must not kill a provider in the middle of an operation
    windowsHide: true,
  });
  for (const stream of ["stdout", "stderr"] as const) {
    const input = child[stream];
    if (input !== null) createInterface({ input }).on("line", (line) => onLine(line, stream));
  }
  const ended = once(child, "exit");
  const exited = once(child, "close").then(() => child.exitCode ?? 1);
  for (const end of [ended, exited]) end.catch(() => undefined); // the caller that awaits it gets the error
  return {
    exited,
    async stop() {
      child.kill("SIGINT");
      const force = setTimeout(() => child.kill("SIGKILL"), 5000);
      await ended.finally(() => clearTimeout(force));
    },
  };
}

/** Starts a child that serves gRPC and prints its port in its first line. Resolves to its address. */
export function startServer(
  what: string,
  { onLine, ...options }: Omit<ChildOptions, "onLine"> & { readonly onLine: (line: string) => void },
): { child: Child; address: Promise<string> } {
  const announced = Promise.withResolvers<string>();
  let port: string | undefined;
  const child = startChild({
    ...options,
    onLine(line, stream) {
      if (port !== undefined || stream === "stderr") onLine(line);
      else announced.resolve((port = line));
    },
  });
  const ended = child.exited.then((code) => {
    throw new Error(`${what} could not be started: it exited with code ${code}`);
  });
  return { child, address: Promise.race([announced.promise, ended]).then((at) => `127.0.0.1:${at}`) };
}
