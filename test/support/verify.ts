import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Around, type Came, cli } from "./cli";
import { marks } from "./marks";
import { at, key, signatureOf } from "./webhook";

marks.add(key, "the signing key of a test");

/** A temporary folder for what `verify` reads. */
export interface Folder {
  readonly path: string;
  /** Writes a file that only its owner can read; gives its path. */
  file(name: string, content: string | Uint8Array): Promise<string>;
  remove(): Promise<void>;
}

export async function openFolder(): Promise<Folder> {
  const folder = await mkdtemp(join(tmpdir(), "verify-"));
  return {
    path: folder,
    async file(name, content) {
      const path = join(folder, name);
      await writeFile(path, content, { mode: 0o600 });
      return path;
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

/** What `verify --json` writes. */
export interface Result {
  readonly verified: boolean;
  readonly code?: string;
  readonly message?: string;
  readonly explanation?: { readonly what: string; readonly isProven: boolean; readonly todo: string };
  readonly checks: readonly { readonly check: string; readonly status: string; readonly detail: string }[];
  readonly payload?: unknown;
  readonly notes: readonly string[];
}

/** Runs `verify` in this process, with the key of tests unless told otherwise. */
export function verify(args: readonly string[], { env, ...around }: Around = {}): Promise<Came> {
  return cli(["verify", ...args], { env: { ZITADEL_SIGNING_KEY: key, ...env }, ...around });
}

/** The same with `--json`: gives what that says, once its exit code agrees with it. */
export async function result(args: readonly string[], around: Around = {}): Promise<Result> {
  const { code, stdout, stderr } = await verify([...args, "--json"], around);
  expect(stderr).toBe("");
  const said = JSON.parse(stdout) as Result;
  expect(code).toBe(said.verified ? 0 : 3);
  return said;
}

/** The check that failed; `undefined` where none did. What comes before it was reached, and what comes after it was not. */
export function failedOf({ checks }: Result): string | undefined {
  const failed = checks.findIndex(({ status }) => status === "failed");
  checks.forEach(({ status }, index) => expect(status === "notReached").toBe(failed >= 0 && index > failed));
  return checks[failed]?.check;
}

/** The options of a delivery whose body is a file of its own, signed at the time of tests. */
export function signed(body: string | Uint8Array, signingKey = key, time: number | string = at): string[] {
  return ["--header", `ZITADEL-Signature: ${signatureOf(body, signingKey, time)}`, "--at", String(at)];
}
