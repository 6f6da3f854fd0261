import { readInput } from "../files";
import type { Terminal } from "../terminal";
import { readStack, type StackExport } from "./stack";

/** The exports that are named, and the files that show secrets to others than their owner. */
export interface Exports {
  readonly stacks: readonly StackExport[];
  readonly open: readonly string[];
}

/** Reads all exports; `-` stands for standard input. */
export async function readExports(names: readonly string[], terminal: Terminal): Promise<Exports> {
  const stacks: StackExport[] = [];
  const open: string[] = [];
  for (const name of names) {
    const input = await readInput(name, terminal);
    const stack = readStack(input.name, input.bytes.toString());
    stacks.push(stack);
    if (stack.plain && input.isOpen) open.push(name);
  }
  return { stacks, open };
}
