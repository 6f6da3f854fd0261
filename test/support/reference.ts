import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Printed } from "../../docs/generate/print";
import { root } from "./documents";

/**
 * What TypeDoc and the documents' generator make of the doc comments; or TypeDoc of others, by a file of its options. Both are ES
 * modules, so they run in a process of their own.
 */
export async function printed(options?: string, folder = root): Promise<Printed> {
  const args = [join(folder, "docs", "generate", "print.ts"), ...(options === undefined ? [] : [options])];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, maxBuffer: 64 * 1_024 * 1_024 });
  return JSON.parse(stdout) as Printed;
}
