import { stackKey } from "../../provider/settings/names";
import { readInput } from "../files";
import { configOfStack, exportOfStack } from "../stack";
import type { Terminal } from "../terminal";
import { readStack, type StackExport } from "./stack";
import { textOf, type Value } from "./values";

/** The given exports, and the files that show secrets to other users. */
export interface Exports {
  readonly stacks: readonly StackExport[];
  readonly open: readonly string[];
}

/** Reads the stacks with these names, and all exports; `-` means standard input. */
export async function readExports(
  stackNames: readonly string[],
  files: readonly string[],
  terminal: Terminal,
): Promise<Exports> {
  const stacks: StackExport[] = [];
  const open: string[] = [];
  for (const name of stackNames) stacks.push(await readCurrent(name, terminal));
  for (const name of files) {
    const input = await readInput(name, terminal);
    const stack = readStack(input.name, input.bytes.toString());
    stacks.push(stack);
    if (stack.plain && input.isOpen) open.push(name);
  }
  return { stacks, open };
}

async function readCurrent(name: string, terminal: Terminal): Promise<StackExport> {
  const read = await configOfStack(name, terminal);
  const stack = readStack(`stack ${name}`, await exportOfStack(name, terminal));
  const config = (key: string): Value => {
    const known = read(key);
    return known === undefined ? undefined : { known };
  };
  const domain = textOf(config(stackKey(config, "domain")));
  return { ...stack, config, isCurrent: true, domains: domain === undefined ? [] : [domain] };
}
