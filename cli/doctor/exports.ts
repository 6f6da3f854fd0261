import { open } from "node:fs/promises";
import type { Terminal } from "../command";
import { readStack, type Stack, unreadable } from "./stack";

/** The name under which standard input is told. */
const standardInput = "standard input";

/** The exports that are named, and the files that show secrets to others than their owner. */
export interface Exports {
  readonly stacks: readonly Stack[];
  readonly open: readonly string[];
}

/** Reads all exports; `-` stands for standard input. */
export async function readExports(names: readonly string[], terminal: Terminal): Promise<Exports> {
  const stacks: Stack[] = [];
  const shared: string[] = [];
  for (const name of names) {
    if (name === "-") {
      stacks.push(readStack(standardInput, await terminal.read()));
      continue;
    }
    const { text, mode } = await readFile(name);
    const stack = readStack(name, text);
    stacks.push(stack);
    if (stack.plain && process.platform !== "win32" && (mode & 0o077) !== 0) shared.push(name);
  }
  return { stacks, open: shared };
}

async function readFile(name: string): Promise<{ text: string; mode: number }> {
  try {
    const file = await open(name);
    try {
      return { text: await file.readFile("utf8"), mode: (await file.stat()).mode };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(name, `it cannot be read (${(error as NodeJS.ErrnoException).code ?? "for an unknown reason"})`);
  }
}
