// What Pulumi.yaml says, as far as the engine goes along with it.
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { parseYaml } from "./sdk";

export interface Project {
  readonly name: string;
  readonly rootDir: string;
  /** Where the program runs, and the provider too. */
  readonly programDir: string;
  /** `.` or the file in `programDir` to run. */
  readonly entryPoint: string;
  readonly typescript: boolean;
  readonly tsconfig: string | undefined;
  readonly nodeArgs: readonly string[];
}

interface ProjectFile {
  name?: unknown;
  main?: unknown;
  runtime?: string | { name?: unknown; options?: Record<string, unknown> };
}

/** Reads the project in `dir`; an unusable one is an error that names the setting. */
export function readProject(dir: string): Project {
  const rootDir = path.resolve(dir);
  const file = ["Pulumi.yaml", "Pulumi.yml"].map((name) => path.join(rootDir, name)).find((name) => existsSync(name));
  if (file === undefined) throw new Error(`no Pulumi.yaml in ${rootDir}`);
  const project = (parseYaml(readFileSync(file, "utf8")) ?? {}) as ProjectFile;
  if (typeof project.name !== "string") throw new Error(`${file}: name is missing`);
  const runtime = typeof project.runtime === "string" ? { name: project.runtime } : (project.runtime ?? {});
  if (runtime.name !== "nodejs")
    throw new Error(`${file}: runtime ${JSON.stringify(runtime.name)} needs the Pulumi CLI; here only nodejs runs`);
  const { typescript, tsconfig, nodeargs } = runtime.options ?? {};
  return {
    name: project.name,
    rootDir,
    ...locate(rootDir, project.main),
    typescript: typescript !== false,
    tsconfig: typeof tsconfig === "string" ? tsconfig : undefined,
    nodeArgs: typeof nodeargs === "string" ? nodeargs.split(" ").filter((arg) => arg !== "") : [],
  };
}

/** `main` may name a folder to run, or a file in the folder to run in. */
function locate(rootDir: string, main: unknown): { programDir: string; entryPoint: string } {
  if (typeof main !== "string" || main === "") return { programDir: rootDir, entryPoint: "." };
  const target = path.resolve(rootDir, main);
  if (!existsSync(target)) throw new Error(`${rootDir}: main: ${main} does not exist`);
  if (statSync(target).isDirectory()) return { programDir: target, entryPoint: "." };
  return { programDir: path.dirname(target), entryPoint: path.basename(target) };
}
