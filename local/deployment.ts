import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { accessSync, constants } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
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

/** What carries a deployment out. */
export type EngineName = "pulumi" | "local/engine";

/** What is deployed, with what, by what. */
export interface DeploymentOptions {
  /** The folder of Pulumi.yaml. */
  readonly projectDir: string;
  /**
   * The whole stack configuration, by full key.
   *
   * @default none
   */
  readonly config?: Readonly<Record<string, ConfigValue | string>>;
  /**
   * Variables for program and provider beside this process' own; `undefined` takes one away.
   *
   * @default none
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * What carries it out.
   *
   * @default the `pulumi` CLI where one is on the PATH, `local/engine` otherwise
   */
  readonly engine?: EngineName;
  /**
   * How many operations run at once.
   *
   * @default the engine's own number
   */
  readonly parallel?: number;
}

/** How one step of a deployment is run. What a step does not know it ignores: a refresh replaces nothing. */
export interface StepOptions extends RunOptions, TargetOptions {
  /**
   * In preview and up: replaces the resources with these URNs.
   *
   * @default none
   */
  readonly replace?: readonly string[];
  /**
   * In destroy: deletes what depends on a target, too, in place of refusing.
   *
   * @default `false`
   */
  readonly targetDependents?: boolean;
  /**
   * In up and destroy: goes on with the other resources after one has failed.
   *
   * @default `false`
   */
  readonly continueOnError?: boolean;
  /**
   * Asks first how everything is now.
   *
   * @default `false`
   */
  readonly refresh?: boolean;
  /**
   * In preview and up: the folders of policy packs that the stack is held against.
   *
   * @default none
   */
  readonly policyPacks?: readonly string[];
  /**
   * For each of these packs the JSON file with its configuration.
   *
   * @default each policy as its pack has it
   */
  readonly policyPackConfigs?: readonly string[];
}

/** A stack of its own in a temporary folder, whatever engine deploys it. A failed step is a result with an exit code. */
export interface Deployment {
  /** What carries it out. */
  readonly engine: EngineName;
  /** Takes the place of the configuration from the next step on. */
  configure(config: Readonly<Record<string, ConfigValue | string>>): Promise<void>;
  /** As {@link DeploymentOptions.env}, from the next step on. */
  setEnv(env: Readonly<Record<string, string | undefined>>): void;
  /** Says what `up` would do. */
  preview(options?: StepOptions): Promise<RunResult>;
  /** Makes the world what the program declares. */
  up(options?: StepOptions): Promise<RunResult>;
  /** Takes up into the state what has changed in the world. */
  refresh(options?: StepOptions): Promise<RunResult>;
  /** Deletes everything. */
  destroy(options?: StepOptions): Promise<RunResult>;
  /** The state in the form of `pulumi stack export`, secrets encrypted. */
  exportStack(): Promise<UntypedDeployment>;
  /** The folder with the state and everything else that was written. */
  readonly folder: string;
  /** Removes everything that was written. */
  close(): Promise<void>;
}

/**
 * The engine that {@link openDeployment} takes where none is named.
 *
 * @param path The folders in which the CLI is looked for, as in the variable `PATH`.
 */
export function engineOnThisMachine(path = process.env["PATH"] ?? ""): EngineName {
  return path.split(delimiter).some((folder) => folder !== "" && isExecutable(join(folder, "pulumi")))
    ? "pulumi"
    : "local/engine";
}

/**
 * Opens a stack of a project, with a state and a passphrase of its own that go when it is closed.
 *
 * @param options What is deployed, with what, by what.
 */
export async function openDeployment(options: DeploymentOptions): Promise<Deployment> {
  const folder = await mkdtemp(join(tmpdir(), "pulumi-zitadel-actions-"));
  const open = (options.engine ?? engineOnThisMachine()) === "pulumi" ? openWithPulumi : openWithLocalEngine;
  const deployment = await open(options, folder);
  try {
    await deployment.configure(options.config ?? {});
    return deployment;
  } catch (error) {
    await deployment.close();
    throw error;
  }
}

/** Nothing of value is ever encrypted with it: the state lives in a temporary folder, beside it in memory. */
export const passphrase = "a throwaway stack";

function openWithLocalEngine(options: DeploymentOptions, folder: string): Promise<Deployment> {
  let config: Readonly<Record<string, ConfigValue | string>> = {};
  let { env = {} } = options;
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

async function openWithPulumi(options: DeploymentOptions, folder: string): Promise<Deployment> {
  const { LocalWorkspace } = loadAutomation();
  const name = `local-${folder.slice(-6)}`;
  let given = options.env ?? {};
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
    // The Automation API's own export decrypts what is secret.
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
      // The one file that the CLI writes beside Pulumi.yaml.
      await rm(join(options.projectDir, `Pulumi.${name}.yaml`), { force: true });
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

/** Loaded only where there is a CLI to drive: it takes a while. */
function loadAutomation(): typeof Automation {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a folder of a CommonJS package, which import() cannot name
  return require("@pulumi/pulumi/automation") as typeof Automation;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not for us: then the next folder of the PATH is looked into
  }
}
