import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { run } from "../../cli/run";
import type { Terminal } from "../../cli/terminal";
import { marks } from "./marks";
import { recorded } from "./records";

/** What a command line came to. */
export interface Came {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Around {
  readonly env?: Readonly<Record<string, string>>;
  /** What comes on standard input. */
  readonly input?: string | Uint8Array;
  /** Which of its streams somebody looks at. Default: none. */
  readonly isTerminal?: Partial<Terminal["isTerminal"]>;
  /** How wide the terminal is. Default: as wide as any line. */
  readonly columns?: number;
  /** Whether the command prints a secret on purpose: a mock server's own token. */
  readonly isTokenAskedFor?: boolean;
  /** Is called with what is printed. Returns whether that is enough. */
  readonly until?: (stdout: string) => boolean | Promise<boolean>;
}

/** Runs a command line in this process; gives its exit code and what it wrote where. */
export async function cli(
  args: readonly string[],
  { env = {}, input = "", isTerminal, columns, isTokenAskedFor = false, until }: Around = {},
): Promise<Came> {
  let stdout = "";
  let stderr = "";
  const enough = Promise.withResolvers<undefined>();
  const code = await run(args, {
    env,
    isTerminal: { output: false, messages: false, ...isTerminal },
    columns,
    read: () => Promise.resolve(Buffer.from(input)),
    print: async (text) => {
      stdout += text;
      if ((await until?.(stdout)) === true) enough.resolve(undefined);
    },
    tell: (line) => void (stderr += `${line}\n`),
    show: (text) => void (stderr += text),
    interrupted: () => enough.promise,
  });
  if (!isTokenAskedFor) marks.write("what a command printed", stdout + stderr);
  return { code, stdout, stderr };
}

/** The built command. */
export const binary = join(__dirname, "..", "..", "dist", "cli", "main.js");

/** Runs a program as a process of its own, with an environment that is no more than what is given. */
export async function spawned(
  [program = "", ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
  input = "",
): Promise<Omit<Came, "code"> & { readonly code: number | null }> {
  const child = spawn(program, args, { env: { ...recorded(), ...env } });
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: child.exitCode, stdout, stderr };
}

/** Runs the built command. */
export function built(args: readonly string[], env: Readonly<Record<string, string>>, input = "") {
  return spawned([process.execPath, binary, ...args], env, input);
}
