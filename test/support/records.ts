import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ToldSecret } from "../../local/zitadel/secrets";
import { marks } from "./marks";

// What the processes that a test starts write, their temporary files included.

let folder: string | undefined;

interface Recorded extends Record<string, string> {
  readonly NODE_OPTIONS: string;
  readonly RECORDS: string;
  readonly TMPDIR: string;
}

/**
 * What makes processes start faster in the tests (see jest.config.js), for one that does not inherit this one's environment, and files
 * that it loads before anything else.
 */
export function faster(...preloads: readonly string[]) {
  const { NODE_COMPILE_CACHE = "", PULUMI_NODEJS_TRANSPILE_ONLY = "" } = process.env;
  const files = [join(__dirname, "lazy.js"), ...preloads];
  const NODE_OPTIONS = files.map((file) => `--require ${JSON.stringify(file)}`).join(" ");
  return { NODE_COMPILE_CACHE, PULUMI_NODEJS_TRANSPILE_ONLY, NODE_OPTIONS };
}

/**
 * Variables with which a Node process, and those that it starts, keep what they write where `takeRecords` finds it, and share
 * the tests' compile cache.
 */
export function recorded(): Recorded {
  folder ??= mkdtempSync(join(tmpdir(), "records-"));
  const [RECORDS, TMPDIR] = [join(folder, "records"), join(folder, "temporary")];
  for (const part of [RECORDS, TMPDIR]) mkdirSync(part, { recursive: true });
  return { RECORDS, TMPDIR, ...faster(join(__dirname, "recorder.js")) };
}

/** Takes up what the processes have written so far, and the secrets that they told of. */
export function takeRecords(): void {
  if (folder === undefined) return;
  const { RECORDS, TMPDIR } = recorded();
  for (const name of readdirSync(RECORDS)) {
    const path = join(RECORDS, name);
    const text = readFileSync(path, "utf8");
    rmSync(path);
    if (name.endsWith(".secrets")) {
      for (const line of text.split("\n").filter((one) => one !== "")) {
        const { secret, what } = JSON.parse(line) as ToldSecret;
        marks.add(secret, what);
      }
    } else marks.write("what a process wrote", text);
  }
  marks.writeFolder("a temporary folder", TMPDIR);
}

export function removeRecords(): void {
  if (folder !== undefined) rmSync(folder, { recursive: true });
}
