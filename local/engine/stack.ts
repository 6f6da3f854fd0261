// The engine's public API, similar to Pulumi's Automation API.
import { type Project, readProjectToRun } from "./program";
import { stackType } from "./resource";
import { carryOut } from "./run";
import { openCrypter } from "./secrets";
import { Snapshot, StateFile, type UntypedDeployment } from "./state";
import type { ChangeSummary, RunKind, TargetOptions } from "./types";
import { isSecret, plain, type Props, secret, type Value } from "./values";

/** The options of {@link openStack}. */
export interface StackOptions {
  /** The folder that contains Pulumi.yaml. */
  readonly projectDir: string;
  /** The stack's name, such as `dev`. */
  readonly stack: string;
  /** The folder in which the states are stored. */
  readonly stateDir: string;
  /** Encrypts the secrets in the state. */
  readonly passphrase: string;
  /**
   * Environment variables for the program and the provider, in addition to those of this process. `undefined` removes one.
   *
   * @default none
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * How many operations run at once.
   *
   * @default 16
   */
  readonly parallel?: number;
}

/** A value of the stack's configuration. Give an object as JSON text. */
export interface ConfigValue {
  /** The value, as a string. */
  readonly value: string;
  /** Whether the value is stored encrypted. By default, it is not. */
  readonly secret?: boolean;
}

/** Options to follow a run, and to stop it early, as Ctrl-C and a second Ctrl-C stop the CLI. */
export interface RunOptions {
  /**
   * Called with everything that the run prints, as it is printed.
   *
   * @default none
   */
  readonly onOutput?: (text: string, stream: "stdout" | "stderr") => void;
  /**
   * Cancels the run: operations in progress are finished and recorded, and no other begins.
   *
   * @default none
   */
  readonly signal?: AbortSignal;
  /**
   * Kills the run and its processes at once. Operations that were in progress are in the state as pending operations.
   *
   * @default none
   */
  readonly terminate?: AbortSignal;
}

/** The options of a preview or an `up`. */
export interface UpOptions extends RunOptions, TargetOptions {
  /**
   * Replaces the resources with these URNs.
   *
   * @default none
   */
  readonly replace?: readonly string[];
  /**
   * Continues with the other resources after one has failed.
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
   * The folders of the policy packs that check the stack. The packs do not see the provider resource.
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

/** The options of a refresh. */
export interface RefreshOptions extends RunOptions, TargetOptions {
  /**
   * Removes interrupted creates from the state. Use it when you know what happened to them.
   *
   * @default `false`
   */
  readonly clearPendingCreates?: boolean;
}

/** The options of a destroy. */
export interface DestroyOptions extends RunOptions, TargetOptions {
  /**
   * Also deletes the resources that depend on a `target`. Without it, destroy fails if there are any.
   *
   * @default `false`
   */
  readonly targetDependents?: boolean;
  /**
   * Continues with the other resources after one has failed.
   *
   * @default `false`
   */
  readonly continueOnError?: boolean;
}

/** An output of a stack. */
export interface OutputValue {
  /** The value, in plain text. */
  readonly value: Value;
  /** Whether it is a secret. */
  readonly secret: boolean;
}

/** The result of a run. If it failed, `exitCode` is 1, and `stdout` and `stderr` say what failed. */
export interface RunResult {
  /** 0 if the run succeeded, 1 if not. */
  readonly exitCode: number;
  /** The output of the run. */
  readonly stdout: string;
  /** The errors and warnings of the run. */
  readonly stderr: string;
  /** The number of resources for each operation. */
  readonly changes: ChangeSummary;
  /** The stack's outputs, with secrets in plain text. */
  readonly outputs: Readonly<Record<string, OutputValue>>;
}

/**
 * One stack of a Pulumi program, deployed without the Pulumi CLI: for tests and for trying things out. It runs the program
 * with the Pulumi SDK's own host, dynamic resources with the SDK's own provider process, and resources of native providers with the programs
 * that `plugins.providers` in Pulumi.yaml names. It does not support other packages, transforms, hooks and assets: these fail with an
 * error that says so.
 *
 * @example A stack from create to destroy
 * ```ts
 * import { openStack } from "pulumi-zitadel-actions/local";
 *
 * const stack = await openStack({ projectDir: ".", stack: "dev", stateDir: "states", passphrase: "a throwaway stack" });
 * stack.setAllConfig({ "zitadel-actions:domain": "localhost" });
 * const { exitCode, stdout, outputs } = await stack.up();
 * console.log(exitCode, stdout, outputs);
 * await stack.destroy();
 * ```
 */
export class Stack {
  private config: Props = {};
  private readonly file: StateFile;

  /** @internal Use `openStack`. */
  constructor(
    private readonly options: StackOptions,
    private readonly project: Project,
  ) {
    if (!/^[\w.-]+$/.test(options.stack)) throw new Error(`not the name of a stack: ${JSON.stringify(options.stack)}`);
    this.file = new StateFile(options.stateDir, project.name, options.stack);
  }

  /** Replaces the whole configuration. */
  setAllConfig(config: Readonly<Record<string, ConfigValue | string>>): void {
    const valueOf = ({ value, secret: isHidden = false }: ConfigValue): Value => (isHidden ? secret(value) : value);
    const entries = Object.entries(config);
    this.config = Object.fromEntries(entries.map(([k, v]) => [k, typeof v === "string" ? v : valueOf(v)]));
  }

  /** Shows what `up` would do. */
  preview(options: UpOptions = {}): Promise<RunResult> {
    return this.run("preview", options);
  }

  /** Deploys what the program declares. */
  up(options: UpOptions = {}): Promise<RunResult> {
    return this.run("up", options);
  }

  /** Reads all resources, and updates the state with what has changed. Uses the configuration of the last `up`. */
  refresh({ clearPendingCreates = false, ...options }: RefreshOptions = {}): Promise<RunResult> {
    return this.run("refresh", options, clearPendingCreates);
  }

  /** Deletes all resources. Uses the configuration of the last `up`. */
  destroy(options: DestroyOptions = {}): Promise<RunResult> {
    return this.run("destroy", options);
  }

  /** Returns the state as `pulumi stack export` prints it, with encrypted secrets. */
  async exportStack(): Promise<UntypedDeployment> {
    return { version: 3, deployment: (await this.snapshot(true)).export() };
  }

  /** Replaces the state. Its secrets must be encrypted with this stack's passphrase. */
  async importStack({ version, deployment }: UntypedDeployment): Promise<void> {
    if ((version as number) !== 3)
      throw new Error(`a state of version ${String(version)}; only version 3 is understood`);
    const { type, state } = deployment.secrets_providers;
    if ((type as string) !== "passphrase")
      throw new Error(`a state whose secrets are kept by ${type}; only a passphrase is understood`);
    const crypter = await openCrypter(this.options.passphrase, state.salt);
    await new Snapshot(this.file, deployment, crypter).save();
  }

  private async snapshot(planned: boolean): Promise<Snapshot> {
    const deployment = await this.file.read();
    const crypter = await openCrypter(this.options.passphrase, deployment?.secrets_providers.state.salt);
    return new Snapshot(this.file, deployment, crypter, planned);
  }

  private async run(
    kind: RunKind,
    options: UpOptions & DestroyOptions,
    clearPendingCreates = false,
  ): Promise<RunResult> {
    const { stack, env = {}, parallel = 16 } = this.options;
    const { refresh = false, policyPacks = [], policyPackConfigs = [], onOutput, signal, terminate } = options;
    const { target = [], exclude = [], targetDependents = false, replace = [], continueOnError = false } = options;
    const planned = kind === "preview";
    let unlock: (() => Promise<void>) | undefined;
    try {
      unlock = planned ? undefined : await this.file.lock();
      const snapshot = await this.snapshot(planned);
      if (kind === "refresh") snapshot.settlePending(clearPendingCreates);
      const { project } = this;
      const config = { ...project.config, ...this.config };
      const stackUrn = `urn:pulumi:${stack}::${project.name}::${stackType}::${project.name}-${stack}`;
      const place = { project, stack, stackUrn, config, snapshot, env: { ...process.env, ...env } };
      const how = { parallel, refresh, policyPacks, policyPackConfigs, onOutput, signal, terminate };
      const what = { target, exclude, targetDependents, replace, continueOnError };
      const { isDone, display } = await carryOut({ kind, ...place, ...how, ...what });
      const { stdout, stderr, changes } = display;
      return { exitCode: isDone ? 0 : 1, stdout, stderr, changes, outputs: outputsOf(snapshot, stackUrn) };
    } catch (error) {
      const stderr = `error: ${(error as Error).message}\n`;
      onOutput?.(stderr, "stderr");
      return { exitCode: 1, stdout: "", stderr, changes: {}, outputs: {} };
    } finally {
      await unlock?.();
    }
  }
}

/** Opens a stack, or creates it. Throws if the project cannot be used. */
export function openStack(options: StackOptions): Stack {
  return new Stack(options, readProjectToRun(options.projectDir));
}

function outputsOf(snapshot: Snapshot, stackUrn: string): Record<string, OutputValue> {
  const { outputs = {} } = snapshot.resources.find(({ urn }) => urn === stackUrn) ?? {};
  const entries = Object.entries(outputs);
  return Object.fromEntries(entries.map(([name, value]) => [name, { value: plain(value), secret: isSecret(value) }]));
}
