// The program's settings in Pulumi.yaml.
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { isRecord } from "../../provider/api/json";
import { parseYaml } from "./sdk-location";

export interface Project extends ProjectConfig {
  readonly name: string;
  /** The folder in which the program and the provider run. */
  readonly programDir: string;
  /** The file in `programDir` to run, or `.`. */
  readonly entryPoint: string;
  /** The options of the runtime, such as `typescript: false`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The folder of each native provider that `plugins.providers` names, by its name. */
  readonly plugins: ReadonlyMap<string, string>;
}

/** What a project says about the configuration of its stacks. */
export interface ProjectConfig {
  /** What every stack has unless it sets another value, by complete key. */
  readonly config: Readonly<Record<string, string>>;
  /** The folder of the stacks' files. */
  readonly configDir: string;
}

interface ProjectFile {
  name?: string;
  main?: string;
  runtime?: string | { name?: string; options?: Record<string, unknown> };
  config?: unknown;
  stackConfigDir?: string;
  plugins?: unknown;
}

/** The error about a project whose program the engine cannot run. */
export class OtherRuntime extends Error {
  constructor(file: string, why: string) {
    super(`${file}: ${why}`);
    this.name = "OtherRuntime";
  }
}

/**
 * Reads the project in `dir`. If it cannot be used, throws an error that names the setting. The Pulumi CLI runs programs for other
 * runtimes too, which have only the native provider.
 */
export function readProject(dir: string, engine: "pulumi" | "local/engine"): Project {
  const project = readFile(dir);
  const { file, runtime = "", name } = project;
  if (typeof name !== "string") throw new Error(`${file}: name is missing`);
  const { name: language, options = {} } = typeof runtime === "string" ? { name: runtime } : runtime;
  const plugins = pluginsOf(project);
  const problem = problemOf(language, engine === "pulumi", plugins.has("zitadel-actions"));
  if (problem !== undefined) throw new OtherRuntime(file, problem);
  return { name, ...placeOf(project), options, plugins, ...configOf(project) };
}

function problemOf(runtime: string | undefined, hasCli: boolean, hasPlugin: boolean): string | undefined {
  if (runtime === "nodejs") return undefined;
  if (runtime === "" || runtime === undefined) return "it sets no runtime. Add `runtime: nodejs`";
  const named = `the runtime is ${JSON.stringify(runtime)}`;
  if (!hasCli) {
    const hint = runtime === "bun" ? ". If the program uses nothing of Bun, try it with `runtime: nodejs`" : "";
    return `${named}, which needs the Pulumi CLI: put \`pulumi\` on the PATH. The small engine runs only programs for Node (\`runtime: nodejs\`)${hint}`;
  }
  return runtime === "bun" || hasPlugin
    ? undefined
    : `${named}, and plugins.providers does not name zitadel-actions. Name the plugin there, as node_modules/pulumi-zitadel-actions/docs/other-languages.md shows`;
}

function pluginsOf({ file, plugins }: Read): ReadonlyMap<string, string> {
  const providers = isRecord(plugins) && Array.isArray(plugins["providers"]) ? (plugins["providers"] as unknown[]) : [];
  const entries = providers.filter(isRecord).map(({ name, path: folder }): [string, string] => {
    if (typeof name !== "string" || typeof folder !== "string")
      throw new Error(`${file}: plugins.providers: each provider needs a name and a path`);
    return [name, path.resolve(path.dirname(file), folder)];
  });
  return new Map(entries);
}

/** Returns the folder in which the program of the project in `dir` runs, whatever its runtime. */
export function readProgramDir(dir: string): string {
  return placeOf(readFile(dir)).programDir;
}

function placeOf({ file, main = "." }: Read): Pick<Project, "programDir" | "entryPoint"> {
  const target = path.resolve(path.dirname(file), main);
  if (!existsSync(target)) throw new Error(`${file}: main: ${main} does not exist`);
  return statSync(target).isDirectory()
    ? { programDir: target, entryPoint: "." }
    : { programDir: path.dirname(target), entryPoint: path.basename(target) };
}

/** Reads the configuration of the project in `dir`, whatever its runtime. */
export function readProjectConfig(dir: string): ProjectConfig {
  return configOf(readFile(dir));
}

type Read = ProjectFile & { readonly file: string };

function readFile(dir: string): Read {
  const file = path.resolve(dir, "Pulumi.yaml");
  if (!existsSync(file)) throw new Error(`no Pulumi.yaml in ${path.dirname(file)}`);
  return { ...((parseYaml(readFileSync(file, "utf8"), dir) ?? {}) as ProjectFile), file };
}

/** A value stands for itself, or is in an object with `value`, or `default` beside a type. */
function configOf({ file, name = "", config, stackConfigDir = "." }: Read): ProjectConfig {
  const values = Object.entries(isRecord(config) ? config : {}).flatMap(([key, entry]) => {
    const value = isRecord(entry) ? (entry["value"] ?? entry["default"]) : entry;
    if (value === undefined || value === null) return [];
    return [[key.includes(":") ? key : `${name}:${key}`, typeof value === "string" ? value : JSON.stringify(value)]];
  });
  return {
    config: Object.fromEntries(values) as Record<string, string>,
    configDir: path.resolve(path.dirname(file), stackConfigDir),
  };
}

/** The options of the runtime that the small engine knows. `packagemanager` is for `pulumi install`. */
const knownOptions = ["typescript", "packagemanager"];

/** Reads the project in `dir` for the small engine. Throws an error if it uses what only the Pulumi CLI supports. */
export function readProjectToRun(dir: string): Project {
  const project = readProject(dir, "local/engine");
  const option = Object.keys(project.options).find((one) => !knownOptions.includes(one));
  if (option === undefined) return project;
  throw new Error(
    `${path.resolve(dir, "Pulumi.yaml")}: the runtime's option ${option} needs the Pulumi CLI; the small engine supports ${knownOptions.join(" and ")}`,
  );
}
