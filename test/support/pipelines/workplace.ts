import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";
import { engineOnThisMachine, passphrase } from "../../../local/deployment";
import { type Role, startZitadel, type Zitadel } from "../../../local/zitadel";
import { configFor } from "../deploy";
import { root } from "../documents";
import { marks } from "../marks";
import { recorded } from "../records";

export const pipelines = join(root, "examples", "pipelines");

/** A team's repository with the program of examples/quickstart in it, the machine that its pipelines run on, and a ZITADEL. */
export interface Workplace {
  readonly zitadel: Zitadel;
  /** Keys of service users: of one that may do all, of one that may read, and of one that is no member. */
  readonly keys: Readonly<Record<"owner" | "viewer" | "outsider", string>>;
  /** Tokens of a backend, of which files have no need. */
  readonly tokens: Readonly<Record<"read" | "write", string>>;
  readonly folder: string;
  /** The repository that everybody clones. */
  readonly origin: string;
  /** The variables of every command. */
  readonly env: Readonly<Record<string, string>>;
  /** Takes the place of what is in that folder: a fresh clone of a branch. */
  clone(into: string, branch?: string): Promise<void>;
  /** Commits these files to main: path → text. */
  commit(files: Readonly<Record<string, string>>): Promise<void>;
  /** Commits another value of the stack's configuration to main. */
  configure(key: string, value: string): Promise<void>;
  git(args: readonly string[], folder?: string): Promise<string>;
  close(): Promise<void>;
}

export const stack = "production";

/** Programs that stand for others, and those on the PATH that they come before. */
const standIns = (): string[] => ["npm", "gh", ...(engineOnThisMachine() === "pulumi" ? [] : ["pulumi"])];

export async function openWorkplace(): Promise<Workplace> {
  const folder = await mkdtemp(join(tmpdir(), "pipelines-"));
  const place = (name: string) => join(folder, name);
  const zitadel = await startZitadel();
  const keyOf = async (role: Role) => JSON.stringify(await zitadel.addUser({ userName: role, role }).keyFile());
  const keys = {
    owner: await keyOf("IAM_OWNER"),
    viewer: await keyOf("IAM_OWNER_VIEWER"),
    outsider: await keyOf("none"),
  };
  const tokens = { read: "pul-made-up-to-read", write: "pul-made-up-to-write" };
  for (const token of Object.values(tokens)) marks.add(token, "a token of a backend");
  for (const name of ["bin", "home", "state", "temporary"]) await mkdir(place(name));
  for (const name of standIns()) standIn(place("bin"), name);

  const { PATH = "" } = process.env;
  const env: Record<string, string> = {
    ...recorded(),
    PATH: [place("bin"), dirname(process.execPath), PATH].join(delimiter),
    HOME: place("home"),
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_SYSTEM: "/dev/null",
    npm_config_update_notifier: "false",
    PULUMI_BACKEND_URL: pathToFileURL(place("state")).href,
    PULUMI_CONFIG_PASSPHRASE: passphrase,
    PULUMI_HOME: place("home/.pulumi"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
  const run = async (command: string, args: readonly string[], cwd: string) =>
    (await promisify(execFile)(command, args, { cwd, env })).stdout;
  const git = (args: readonly string[], cwd = place("desk")) =>
    run("git", ["-c", "user.name=A developer", "-c", "user.email=developer@example.com", ...args], cwd);

  await git(["init", "--quiet", "--bare", "--initial-branch", "main", place("origin")], folder);
  await git(["clone", "--quiet", place("origin"), place("desk")], folder);
  const commit = async (files: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(place("desk"), path)), { recursive: true });
      await writeFile(join(place("desk"), path), text);
    }
    await git(["add", "--all"]);
    await git(["commit", "--quiet", "--message", "A change"]);
    await git(["push", "--quiet", "origin", "HEAD:main"]);
  };
  const { "zitadel-actions:accessToken": _, ...address } = configFor(zitadel);
  await writeProject(place("desk"), address);
  if (engineOnThisMachine() === "pulumi")
    await run("pulumi", ["stack", "init", stack, "--secrets-provider", "passphrase"], place("desk"));
  await commit({});

  return {
    zitadel,
    keys,
    tokens,
    folder,
    origin: place("origin"),
    env,
    commit,
    git,
    async clone(into, branch = "main") {
      await rm(into, { recursive: true, force: true });
      await git(["clone", "--quiet", "--branch", branch, place("origin"), into], folder);
    },
    async configure(key, value) {
      await git(["pull", "--quiet", "origin", "main"]);
      await run("pulumi", ["config", "set", key, value, "--stack", stack], place("desk"));
      await commit({});
    },
    async close() {
      marks.writeFolder("the states of a pipeline", place("state"));
      await zitadel.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** Puts a program into a folder of the PATH that is a script of this one. */
export function standIn(bin: string, name: string): void {
  const script = `#!/bin/sh\nexec "${process.execPath}" "${join(__dirname, `${name}.js`)}" "$@"\n`;
  writeFileSync(join(bin, name), script, { mode: 0o755 });
}

/** examples/quickstart as a project of its own, compiled so that no step has to. */
async function writeProject(folder: string, config: Readonly<Record<string, string>>): Promise<void> {
  const source = await readFile(join(root, "examples", "quickstart", "index.ts"), "utf8");
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const manifest = {
    name: "hooks",
    private: true,
    dependencies: { "@pulumi/pulumi": "*", "pulumi-zitadel-actions": "*" },
  };
  const lines = Object.entries(config).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`);
  const files = {
    "index.js": outputText,
    "Pulumi.yaml": "name: hooks\nmain: index.js\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
    [`Pulumi.${stack}.yaml`]: `config:\n${lines.join("")}`,
    "package.json": JSON.stringify(manifest),
    "package-lock.json": JSON.stringify({ name: "hooks", lockfileVersion: 3, packages: { "": manifest } }),
    ".gitignore": "node_modules\n",
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  await mkdir(join(folder, "ci"));
  await cp(join(pipelines, "gitlab", "note.mjs"), join(folder, "ci", "note.mjs"));
  await cp(join(pipelines, "gitlab", ".gitlab-ci.yml"), join(folder, ".gitlab-ci.yml"));
}

/** The lines that a pushed branch removes from the main branch and adds to it. */
export async function changedLines({ git }: Pick<Workplace, "git">, branch: string): Promise<string[]> {
  await git(["fetch", "--quiet", "origin"]);
  const changed = await git(["diff", "--unified=0", "origin/main", `origin/${branch}`]);
  return changed.split("\n").filter((line) => /^[+-](?![+-])/.test(line));
}
