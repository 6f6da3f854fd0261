import { execFile } from "node:child_process";
import { mkdtemp, rm, rmdir } from "node:fs/promises";
import { accessSync, constants, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import type * as Automation from "@pulumi/pulumi/automation";
import {
  type ConfigValue,
  openStack,
  type RunOptions,
  type RunResult,
  type TargetOptions,
  type UntypedDeployment,
} from "./engine";
import { ZitadelError } from "../provider/api/errors";
import { stackKeys } from "../provider/settings/names";
import { type ProjectConfig, readProjectConfig } from "./engine/program";
import { sdkFor } from "./engine/sdk-location";
import { nothingOfThisShell } from "./settings";

/** The engine that runs a deployment. */
export type EngineName = "pulumi" | "local/engine";

/** The options of {@link openDeployment}. */
export interface DeploymentOptions {
  /** The folder that contains Pulumi.yaml. */
  readonly projectDir: string;
  /**
   * The whole stack configuration. Keys are complete, such as `zitadel-actions:domain`. So that no step reaches a real instance, the
   * settings of this package in `Pulumi.yaml` and in the environment of this process (`ZITADEL_DOMAIN`, …) do not count.
   *
   * @default none
   */
  readonly config?: Readonly<Record<string, ConfigValue | string>>;
  /**
   * Environment variables for the program and the provider, in addition to those of this process. `undefined` removes one. Of this
   * package's variables, and of those whose names begin with `PULUMI_CONFIG` or `PULUMI_OPTION_CONFIG`, only those given here count.
   *
   * @default none
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * The engine that deploys it.
   *
   * @default the `pulumi` CLI if there is one on the PATH, `local/engine` otherwise
   */
  readonly engine?: EngineName;
  /**
   * How many operations run at once.
   *
   * @default the engine's own default
   */
  readonly parallel?: number;
}

/** The options of one step of a deployment. A step ignores options that do not apply to it: for example, a refresh replaces nothing. */
export interface StepOptions extends RunOptions, TargetOptions {
  /**
   * For preview and up: replaces the resources with these URNs.
   *
   * @default none
   */
  readonly replace?: readonly string[];
  /**
   * For destroy: also deletes the resources that depend on a `target`. Without it, destroy fails if there are any.
   *
   * @default `false`
   */
  readonly targetDependents?: boolean;
  /**
   * For up and destroy: continues with the other resources after one has failed.
   *
   * @default `false`
   */
  readonly continueOnError?: boolean;
  /**
   * Refreshes the state first.
   *
   * @default `false`
   */
  readonly refresh?: boolean;
  /**
   * For preview and up: the folders of the policy packs that check the stack.
   *
   * @default none
   */
  readonly policyPacks?: readonly string[];
  /**
   * For each of these packs, the JSON file with its configuration.
   *
   * @default the configuration that each pack has itself
   */
  readonly policyPackConfigs?: readonly string[];
}

/** A stack in its own temporary folder, with either engine. If a step fails, it returns a result with an exit code and does not throw. */
export interface Deployment {
  /** The engine that deploys it. */
  readonly engine: EngineName;
  /** Replaces the whole configuration, from the next step on. */
  configure(config: Readonly<Record<string, ConfigValue | string>>): Promise<void>;
  /** Replaces {@link DeploymentOptions.env}, from the next step on. */
  setEnv(env: Readonly<Record<string, string | undefined>>): void;
  /** Shows what `up` would do. */
  preview(options?: StepOptions): Promise<RunResult>;
  /** Deploys what the program declares. */
  up(options?: StepOptions): Promise<RunResult>;
  /** Reads all resources, and updates the state with what has changed. */
  refresh(options?: StepOptions): Promise<RunResult>;
  /** Deletes all resources. */
  destroy(options?: StepOptions): Promise<RunResult>;
  /** Returns the state as `pulumi stack export` prints it, with encrypted secrets. */
  exportStack(): Promise<UntypedDeployment>;
  /** The folder that contains the state and every other file that was written. */
  readonly folder: string;
  /** Stops the step that still runs, if any, and removes every file that was written. */
  close(): Promise<void>;
}

/**
 * Returns the engine that {@link openDeployment} uses if you do not name one.
 *
 * @param path The folders in which to look for the CLI, in the format of the variable `PATH`.
 */
export function engineOnThisMachine(path = process.env["PATH"] ?? ""): EngineName {
  return path.split(delimiter).some((folder) => folder !== "" && isExecutable(join(folder, "pulumi")))
    ? "pulumi"
    : "local/engine";
}

const engines = { pulumi: openWithPulumi, "local/engine": openWithLocalEngine } satisfies Record<EngineName, unknown>;

/**
 * Opens a stack of a project, with its own state and passphrase. Closing it removes both.
 *
 * @param options The project, its configuration and the engine.
 * @throws {ZitadelError} with code `settings` if there is no such engine.
 * @throws {Error} if there is no Pulumi.yaml.
 */
export async function openDeployment(options: DeploymentOptions): Promise<Deployment> {
  const { engine = engineOnThisMachine() } = options;
  if (!Object.hasOwn(engines, engine))
    throw new ZitadelError("settings", `engine must be ${Object.keys(engines).join(" or ")}`, { operation: "open" });
  const project = readProjectConfig(options.projectDir);
  const folder = await mkdtemp(join(tmpdir(), "pulumi-zitadel-actions-"));
  const deployment = alone(stoppable(await engines[engine](options, folder, project)), project);
  try {
    deployment.setEnv(options.env ?? {});
    await deployment.configure(options.config ?? {});
    return deployment;
  } catch (error) {
    await deployment.close();
    throw error;
  }
}

/**
 * Neither the project's own configuration nor this process's environment must lead a step to a real instance. An empty text is a
 * setting that is not set.
 */
function alone(deployment: Deployment, { config }: ProjectConfig): Deployment {
  const ours = Object.keys(config).filter((key) => stackKeys.includes(key));
  const unset = Object.fromEntries(ours.map((key) => [key, ""]));
  return {
    ...deployment,
    configure: (next) => deployment.configure({ ...unset, ...next }),
    setEnv: (next) => deployment.setEnv({ ...nothingOfThisShell(), ...next }),
  };
}

/** Closing it first stops what still runs, as Ctrl-C does: a step would otherwise go on in a folder that is no longer there. */
function stoppable(deployment: Deployment): Deployment {
  const running = new Set<Promise<unknown>>();
  const closing = new AbortController();
  const step =
    (name: "preview" | "up" | "refresh" | "destroy") =>
    ({ signal, ...options }: StepOptions = {}): Promise<RunResult> => {
      const either = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
      const run = deployment[name]({ ...options, signal: either });
      const ended = run.catch(() => undefined).finally(() => running.delete(ended)); // the caller gets the error
      running.add(ended);
      return run;
    };
  return {
    ...deployment,
    preview: step("preview"),
    up: step("up"),
    refresh: step("refresh"),
    destroy: step("destroy"),
    close: async () => {
      closing.abort();
      await Promise.all(running);
      await deployment.close();
    },
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A passphrase for a temporary state. It never encrypts anything of value. */
export const passphrase = "a throwaway stack";

function openWithLocalEngine(options: DeploymentOptions, folder: string): Promise<Deployment> {
  let config: Readonly<Record<string, ConfigValue | string>> = {};
  let env: Environment = nothingOfThisShell();
  const open = async () => {
    const { projectDir, parallel } = options;
    const place = { projectDir, stack: "dev", stateDir: folder, passphrase, env };
    const stack = await openStack({ ...place, ...(parallel !== undefined && { parallel }) });
    stack.setAllConfig(config);
    return stack;
  };
  return Promise.resolve({
    engine: "local/engine",
    folder,
    configure: (next) => {
      config = next;
      return Promise.resolve();
    },
    setEnv: (next) => (env = next),
    preview: async (step) => (await open()).preview(step),
    up: async (step) => (await open()).up(step),
    refresh: async (step) => (await open()).refresh(step),
    destroy: async (step) => (await open()).destroy(step),
    exportStack: async () => (await open()).exportStack(),
    close: () => rm(folder, { recursive: true, force: true }),
  });
}

async function openWithPulumi(options: DeploymentOptions, folder: string, project: ProjectConfig): Promise<Deployment> {
  const { LocalWorkspace } = loadAutomation(options.projectDir);
  const made = missingFolders(project.configDir);
  const name = `local-${folder.slice(-6)}`;
  let given: Environment = nothingOfThisShell();
  const environment = (): Record<string, string> => {
    const all: Record<string, string | undefined> = {
      ...given,
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: passphrase,
      // Without this, the CLI's Node leaves a cache in the machine's temporary folder.
      NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? join(folder, "compile-cache"),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    };
    return Object.fromEntries(Object.entries(all).map(([key, value]) => [key, value ?? ""]));
  };
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: name, workDir: options.projectDir },
    { envVars: environment(), pulumiHome: join(folder, "home"), secretsProvider: "passphrase" },
  );
  const run = (step: StepOptions = {}, act: (how: How) => Promise<Summary>): Promise<RunResult> => {
    stack.workspace.envVars = environment();
    const { parallel } = options;
    return collect(step, (listen) =>
      act({
        ...listen,
        color: "never",
        ...(step.signal !== undefined && { signal: step.signal }),
        ...(step.refresh !== undefined && { refresh: step.refresh }),
        ...(step.target !== undefined && { target: [...step.target] }),
        ...(step.exclude !== undefined && { exclude: [...step.exclude] }),
        ...(step.replace !== undefined && { replace: [...step.replace] }),
        ...(step.targetDependents !== undefined && { targetDependents: step.targetDependents }),
        ...(step.continueOnError !== undefined && { continueOnError: step.continueOnError }),
        ...(step.policyPacks !== undefined && { policyPacks: [...step.policyPacks] }),
        ...(step.policyPackConfigs !== undefined && { policyPackConfigs: [...step.policyPackConfigs] }),
        ...(parallel !== undefined && { parallel }),
      }),
    );
  };
  return {
    engine: "pulumi",
    folder,
    configure: async (config) => {
      const gone = Object.keys(await stack.getAllConfig()).filter((key) => !(key in config));
      if (gone.length > 0) await stack.removeAllConfig(gone);
      const next = Object.entries(config).map(([key, value]) => [key, typeof value === "string" ? { value } : value]);
      if (next.length > 0) await stack.setAllConfig(Object.fromEntries(next) as Record<string, ConfigValue>);
    },
    setEnv: (next) => (given = next),
    preview: (step) => run(step, async (how) => ({ changes: (await stack.preview(how)).changeSummary, outputs: {} })),
    up: (step) =>
      run(step, async (how) => {
        const { summary, outputs } = await stack.up(how);
        return { changes: summary.resourceChanges, outputs };
      }),
    refresh: (step) =>
      run(step, async (how) => {
        const { summary } = await stack.refresh(how);
        return { changes: summary.resourceChanges, outputs: await stack.outputs() };
      }),
    destroy: (step) =>
      run(step, async (how) => ({ changes: (await stack.destroy(how)).summary.resourceChanges, outputs: {} })),
    // Do not use the Automation API's export: it decrypts secrets.
    exportStack: async () => {
      const { stdout } = await promisify(execFile)(
        "pulumi",
        ["stack", "export", "--stack", name, "--non-interactive"],
        {
          cwd: options.projectDir,
          env: { ...process.env, ...environment(), PULUMI_HOME: join(folder, "home") },
          maxBuffer: Infinity,
        },
      );
      return JSON.parse(stdout) as UntypedDeployment;
    },
    close: async () => {
      // The only file that the CLI writes into the project, and the folders that it makes for it.
      await rm(join(project.configDir, `Pulumi.${name}.yaml`), { force: true });
      for (const one of made) await rmdir(one).catch(() => undefined); // not made, or something else is in it by now
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Listen {
  onOutput(text: string): void;
  onError(text: string): void;
}

interface How extends Listen {
  readonly color: "never";
  readonly signal?: AbortSignal;
  readonly refresh?: boolean;
  readonly target?: string[];
  readonly exclude?: string[];
  readonly replace?: string[];
  readonly targetDependents?: boolean;
  readonly continueOnError?: boolean;
  readonly policyPacks?: string[];
  readonly policyPackConfigs?: string[];
  readonly parallel?: number;
}

interface Summary {
  readonly changes: Automation.OpMap | undefined;
  readonly outputs: Automation.OutputMap;
}

async function collect(step: StepOptions, run: (listen: Listen) => Promise<Summary>): Promise<RunResult> {
  let stdout = "";
  let stderr = "";
  const listen: Listen = {
    onOutput: (text) => {
      stdout += text;
      step.onOutput?.(text, "stdout");
    },
    onError: (text) => {
      stderr += text;
      step.onOutput?.(text, "stderr");
    },
  };
  const { CommandError } = loadAutomation();
  try {
    const { changes = {}, outputs } = await run(listen);
    return { exitCode: 0, stdout, stderr, changes, outputs };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { exitCode: 1, stdout, stderr, changes: {}, outputs: {} };
  }
}

/** The folders that do not exist yet, the innermost first. */
function missingFolders(folder: string): string[] {
  return existsSync(folder) ? [] : [folder, ...missingFolders(dirname(folder))];
}

/** Loads the Automation API only if there is a CLI, because loading takes a while. */
function loadAutomation(projectDir?: string): typeof Automation {
  return sdkFor(projectDir)("./automation") as typeof Automation;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not executable for us: look in the next folder of the PATH
  }
}
