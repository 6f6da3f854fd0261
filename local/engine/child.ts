// A Node process of the SDK's: the program's host or the provider.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export interface ChildOptions {
  readonly script: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onLine: (line: string, stream: "stdout" | "stderr") => void;
}

export interface Child {
  /** Its exit code, once all that it wrote has been read. */
  readonly exited: Promise<number>;
  /** Asks it to stop; a second later it is made to. */
  stop(): Promise<void>;
}

/** However the engine ends, its children notice that the channel to it is closed, and end too. */
const endWithParent = "process.channel?.unref();process.once('disconnect',()=>process.exit(1))";

export function startChild({ script, args, cwd, env, onLine }: ChildOptions): Child {
  const guard = `--import=data:text/javascript,${encodeURIComponent(endWithParent)}`;
  const child = spawn(process.execPath, [guard, script, ...args], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    detached: true, // Ctrl-C is for the engine to hear: a provider must not die of it in the middle of something
    windowsHide: true,
  });
  for (const stream of ["stdout", "stderr"] as const) {
    const input = child[stream];
    if (input !== null) createInterface({ input }).on("line", (line) => onLine(line, stream));
  }
  const ended = once(child, "exit");
  const exited = once(child, "close").then(() => child.exitCode ?? 1);
  for (const end of [ended, exited]) end.catch(() => undefined); // whoever awaits it learns that it could not be started
  return {
    exited,
    async stop() {
      child.kill("SIGTERM");
      const force = setTimeout(() => child.kill("SIGKILL"), 1000);
      await ended.finally(() => clearTimeout(force));
    },
  };
}

/** A child that serves gRPC, and says at which port in its first line: resolves to its address. */
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
