import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import manifest from "../../package.json";

// The package as its users get it: packed, and installed into a fresh folder from the registry, beside the programs of
// test/data/installed. Without a registry nothing of this can be tested, and the tests fail.

export const root = join(__dirname, "..", "..");
const programs = join(root, "test", "data", "installed");
const tool = (path: string): string => join(root, "node_modules", path);

/** Runs a command; a failure tells all that was said. */
async function run(folder: string, command: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const [program = "", ...args] = command;
  // What npm tells the scripts that it runs is about this repository.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^npm_(package|lifecycle|command|config_local)/.test(name),
  );
  const options = { cwd: folder, env: { ...Object.fromEntries(inherited), ...env }, maxBuffer: Infinity };
  const { stdout } = await promisify(execFile)(program, args, options).catch((error: unknown) => {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command.join(" ")} failed in ${folder}:\n${stdout}${stderr}`, { cause: error });
  });
  return stdout;
}

/** A folder that all test files of this run share: test/support/build.js makes it and test/support/remove.js removes it. */
const shared = process.env["SHARED_FOLDER"] ?? "";

/** What pnpm and Yarn keep for all projects. It goes when the tests do: no other run has files of these paths. */
export const kept = Object.fromEntries(
  ["XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "YARN_GLOBAL_FOLDER"].map((name) => [
    name,
    join(shared, "kept"),
  ]),
);

/** A folder that is made once for all test files. Several may begin at the same time; then the first that is done counts. */
async function shares(name: string, make: (folder: string) => Promise<unknown>): Promise<string> {
  const folder = join(shared, name);
  if (existsSync(folder)) return folder;
  const making = await mkdtemp(`${folder}-`);
  await make(making);
  await rename(making, folder).catch((error: unknown) => {
    if (!existsSync(folder)) throw error;
  });
  return folder;
}

/** A temporary folder for everything that a test file installs. */
export interface Place {
  /** The package, packed. */
  readonly tarball: string;
  newFolder(): Promise<string>;
  remove(): Promise<void>;
}

/** The package, packed. */
export async function packed(): Promise<string> {
  const pack = ["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination"];
  const folder = await shares("packed", (place) => run(root, [...pack, place]));
  return join(folder, `${manifest.name}-${manifest.version}.tgz`);
}

export async function openPlace(): Promise<Place> {
  const [tarball, folder] = await Promise.all([packed(), mkdtemp(join(tmpdir(), "installed-"))]);
  return {
    tarball,
    newFolder: () => mkdtemp(join(folder, "project-")),
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** How a package manager installs a folder, and how it runs a Node program or a command there. */
interface Manager {
  readonly install: readonly string[];
  readonly node: readonly string[];
  readonly exec: readonly string[];
  /** Settings of its own in the folder: file → text. */
  readonly files?: Readonly<Record<string, string>>;
}

const pnpm = [process.execPath, tool("pnpm/bin/pnpm.mjs")];
const yarn = [process.execPath, tool("@yarnpkg/cli-dist/bin/yarn.js")];
const yarnWith = (linker: string): Manager => ({
  install: [...yarn, "install", "--no-immutable"],
  node: [...yarn, "node"],
  exec: [...yarn, "exec"],
  files: { ".yarnrc.yml": `nodeLinker: ${linker}\nenableTelemetry: false\n`, "yarn.lock": "" },
});

const managers = {
  npm: {
    install: ["npm", "install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"],
    node: ["node"],
    exec: ["npm", "exec", "--offline", "--"],
  },
  pnpm: {
    install: [...pnpm, "install", "--no-frozen-lockfile", "--prefer-offline"],
    node: ["node"],
    exec: [...pnpm, "exec"],
    // pnpm wants to be told of every install script. This one is of a dependency of Pulumi's and only prints a warning.
    files: { "pnpm-workspace.yaml": "allowBuilds:\n  protobufjs: false\n" },
  },
  yarn: yarnWith("node-modules"),
  "yarn-pnp": yarnWith("pnp"),
} satisfies Record<string, Manager>;

/** A fresh folder with the package and the programs in it. */
export interface Project {
  /** What the program comes to, step by step, on that Node: see {@link lifeOn}. Its forms, each in a folder, take turns. */
  live(forms: readonly string[], node?: string): Promise<unknown>;
  /** Runs a file of the folder's on that Node. */
  node(args: readonly string[], node?: string): Promise<string>;
  /** Runs any command, in the folder unless told otherwise. */
  run(
    command: readonly string[],
    options?: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv },
  ): Promise<string>;
  /** Runs a command that an installed package brings along. */
  exec(command: readonly string[]): Promise<string>;
  /** The version of a package that has been installed. */
  version(name: string): Promise<string>;
  readonly folder: string;
}

export async function install(
  place: Place,
  by: keyof typeof managers,
  dependencies: Readonly<Record<string, string>>,
): Promise<Project> {
  const manager: Manager = managers[by];
  const folder = await place.newFolder();
  await cp(programs, folder, { recursive: true });
  await cp(join(programs, "esm", "index.js"), join(folder, "typescript", "index.ts")); // the same words in both
  const own = { "pulumi-zitadel-actions": `file:${place.tarball}` };
  const fresh = { name: "fresh", private: true, dependencies: { ...own, ...dependencies } };
  const files = { "package.json": JSON.stringify(fresh), ...manager.files };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  // A network may have a certificate authority of its own, which the machine trusts.
  await run(folder, manager.install, { ...kept, NODE_USE_SYSTEM_CA: "1" });
  const withNode = (node: string) => ({
    ...kept,
    NODE_COMPILE_CACHE: join(folder, "node-compile"),
    PATH: [dirname(node), process.env["PATH"]].join(delimiter),
    ...Object.fromEntries(["DOMAIN", "PORT", "INSECURE", "ACCESS_TOKEN"].map((name) => [`ZITADEL_${name}`, undefined])),
  });
  const project: Project = {
    folder,
    live: async (forms, node) => JSON.parse(await project.node(["life.mjs", ...forms], node)) as unknown,
    node: (args, node = process.execPath) => run(folder, [...manager.node, ...args], withNode(node)),
    run: (command, { cwd = folder, env: more } = {}) => run(cwd, command, { ...withNode(process.execPath), ...more }),
    exec: (command) => run(folder, [...manager.exec, ...command], withNode(process.execPath)),
    async version(name) {
      const script = `console.log(require(${JSON.stringify(`${name}/package.json`)}).version)`;
      await writeFile(join(folder, "version.cjs"), script);
      return (await project.node(["version.cjs"])).trim();
    },
  };
  return project;
}

/** The versions of Node that the package is tested on beside this one. */
const nodes = { "22": "22.23.3", "26": "26.10.0" };

/** The file of a Node of that major version: this very one, or one out of the registry. */
export async function nodeOf(major: "22" | "24" | "26"): Promise<string> {
  if (major === "24") return process.execPath;
  const name = `node-${process.platform}-${process.arch}`;
  const folder = await shares(`node-${major}`, async (place) => {
    await writeFile(join(place, "package.json"), "{}");
    await run(place, [...managers.npm.install, `${name}@${nodes[major]}`]);
  });
  const { bin } = JSON.parse(await readFile(join(folder, "node_modules", name, "package.json"), "utf8")) as {
    bin: { node: string };
  };
  return join(folder, "node_modules", name, bin.node);
}

/** What every program comes to, step by step, with any Pulumi SDK and on any Node. */
export function lifeOn(node: string) {
  const up = { step: "up", exitCode: 0, executions: 1, isKeyGiven: true, isOtherGiven: true };
  const refresh = { step: "refresh", exitCode: 0, executions: 1 };
  const all = { create: 1, addKey: 1, activateKey: 1, searchExecutions: 1, setExecution: 1 };
  return {
    node: expect.stringMatching(new RegExp(`^${node}[.]`)) as string,
    // Every program asks for a list of targets: that is one search in each.
    life: [
      { step: "preview", exitCode: 0, requests: { search: 1 }, timeouts: [], executions: 0 },
      { ...up, requests: { search: 1, ...all }, timeouts: ["10s"] },
      { ...up, requests: { search: 1 }, timeouts: ["10s"] },
      { ...up, requests: { search: 1, update: 1 }, timeouts: ["20s"] },
      // Somebody else sets another timeout: the refresh finds it, and the next `up` reverts it.
      { ...refresh, requests: { search: 1, searchKeys: 1, searchExecutions: 1 }, timeouts: ["33s"] },
      { ...up, requests: { search: 1, update: 1 }, timeouts: ["20s"] },
      // What somebody else manages is read, and read again.
      { ...up, requests: { search: 2 }, timeouts: ["20s"] },
      { ...refresh, requests: { search: 1, searchKeys: 1, searchExecutions: 1 }, timeouts: ["20s"] },
      {
        step: "destroy",
        exitCode: 0,
        // The key is active, so ZITADEL is asked whether its target needs it.
        requests: {
          search: 1,
          searchKeys: 1,
          searchExecutions: 2,
          setExecution: 1,
          deactivateKey: 1,
          deleteKey: 1,
          delete: 1,
        },
        timeouts: [],
        executions: 0,
      },
    ],
  };
}
