import { readInput } from "../files";
import type { Terminal } from "../terminal";
import { readStack, type StackExport } from "./stack";

/** The given exports, and the files that show secrets to other users. */
export interface Exports {
  readonly stacks: readonly StackExport[];
  readonly open: readonly string[];
}

/** Reads all exports; `-` means standard input. */
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
