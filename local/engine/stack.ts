// The engine's public face, close in shape to Pulumi's Automation API.
import { stackType } from "./deployment";
import type { ChangeSummary, RunKind } from "./display";
import { type Project, readProject } from "./program";
import { carryOut } from "./run";
import { openCrypter } from "./secrets";
import { Snapshot, StateFile, type UntypedDeployment } from "./state";
import type { TargetOptions } from "./targets";
import { isSecret, plain, type Props, secret, type Value } from "./values";

/** Where a stack is and how to work on it. */
export interface StackOptions {
  /** The folder of Pulumi.yaml. */
  readonly projectDir: string;
  /** The stack's name, such as `dev`. */
  readonly stack: string;
  /** The folder that keeps the states. */
  readonly stateDir: string;
  /** Encrypts the secrets in the state. */
  readonly passphrase: string;
  /**
   * Variables for program and provider beside this process' own; `undefined` takes one away.
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

/** A value of the stack's configuration; an object is given as its JSON text. */
export interface ConfigValue {
  /** The value as text. */
  readonly value: string;
  /** Whether it is kept encrypted; `false` where it is left out. */
  readonly secret?: boolean;
}

/** How to follow a run, and to end it before its time, as Ctrl-C and a second Ctrl-C end the CLI's. */
export interface RunOptions {
  /**
   * Called with everything that the run prints, as it is printed.
   *
   * @default nobody is told
   */
  readonly onOutput?: (text: string, stream: "stdout" | "stderr") => void;
  /**
   * Cancels the run: what is under way is done and recorded, nothing else is begun.
   *
   * @default none
   */
  readonly signal?: AbortSignal;
  /**
   * Ends the run at once, its processes included. What was under way is in the state as a pending operation.
   *
   * @default none
   */
  readonly terminate?: AbortSignal;
}

/** How to follow a preview or an `up`. */
export interface UpOptions extends RunOptions, TargetOptions {
  /**
   * Replaces the resources with these URNs.
   *
   * @default none
   */
  readonly replace?: readonly string[];
  /**
   * Goes on with the other resources after one has failed.
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
   * The folders of policy packs that the stack is held against. They are not asked about the provider, nor told of it.
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

/** How to follow a refresh. */
export interface RefreshOptions extends RunOptions, TargetOptions {
  /**
   * Forgets creations that were interrupted, once you know what became of them.
   *
   * @default `false`
   */
  readonly clearPendingCreates?: boolean;
}

/** How to follow a destroy. */
export interface DestroyOptions extends RunOptions, TargetOptions {
  /**
   * Deletes what depends on a target, too, in place of refusing.
   *
   * @default `false`
   */
  readonly targetDependents?: boolean;
  /**
   * Goes on with the other resources after one has failed.
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

/** How a run ended. A failed one has `exitCode` 1, and says in `stdout` and `stderr` what failed. */
export interface RunResult {
  /** 0 where everything was done, 1 otherwise. */
  readonly exitCode: number;
  /** What was printed of the run. */
  readonly stdout: string;
  /** What was printed of what is amiss. */
  readonly stderr: string;
  /** How many resources met with what. */
  readonly changes: ChangeSummary;
  /** The stack's outputs, secrets in plain text. */
  readonly outputs: Readonly<Record<string, OutputValue>>;
}

/**
 * One stack of a Pulumi program, deployed without the Pulumi CLI: for tests and for trying things out. It runs the
 * program with the Pulumi SDK's own host and its dynamic resources with the SDK's own provider process. What it leaves to
 * the CLI, such as resources of other packages, `import`, transforms, hooks and assets, is an error that says so.
 *
 * @example A stack from its first update to its end
 * ```ts
 * import { openStack } from "pulumi-zitadel-actions/local";
 *
 * const stack = await openStack({ projectDir: ".", stack: "dev", stateDir: "states", passphrase: "a throwaway stack" });
 * stack.setAllConfig({ "zitadel:domain": "localhost" });
 * const { exitCode, stdout, outputs } = await stack.up();
 * console.log(exitCode, stdout, outputs);
 * await stack.destroy();
 * ```
 */
export class Stack {
  private config: Props = {};
  private readonly file: StateFile;

  /** @internal `openStack` makes them. */
  constructor(
    private readonly options: StackOptions,
    private readonly project: Project,
  ) {
    if (!/^[\w.-]+$/.test(options.stack)) throw new Error(`not the name of a stack: ${JSON.stringify(options.stack)}`);
    this.file = new StateFile(options.stateDir, project.name, options.stack);
  }

  /** Takes the place of the whole configuration. */
  setAllConfig(config: Readonly<Record<string, ConfigValue | string>>): void {
    const valueOf = ({ value, secret: isHidden = false }: ConfigValue): Value => (isHidden ? secret(value) : value);
    const entries = Object.entries(config);
    this.config = Object.fromEntries(entries.map(([k, v]) => [k, typeof v === "string" ? v : valueOf(v)]));
  }

  /** Says what `up` would do. */
  preview(options: UpOptions = {}): Promise<RunResult> {
    return this.run("preview", options);
  }

  /** Makes the world what the program declares. */
  up(options: UpOptions = {}): Promise<RunResult> {
    return this.run("up", options);
  }

  /** Takes up into the state what has changed in the world, under the configuration of the last `up`. */
  refresh({ clearPendingCreates = false, ...options }: RefreshOptions = {}): Promise<RunResult> {
    return this.run("refresh", options, clearPendingCreates);
  }

  /** Deletes everything, under the configuration of the last `up`. */
  destroy(options: DestroyOptions = {}): Promise<RunResult> {
    return this.run("destroy", options);
  }

  /** The state in the form of `pulumi stack export`, secrets encrypted. */
  async exportStack(): Promise<UntypedDeployment> {
    return { version: 3, deployment: (await this.snapshot(true)).export() };
  }

  /** Takes the place of the state; its secrets must be encrypted with this stack's passphrase. */
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
      const { project, config } = this;
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

/**
 * Opens a stack; it need not exist yet. Rejects if the project cannot be used.
 *
 * @param options Where it is, and how it is worked on.
 */
export function openStack(options: StackOptions): Promise<Stack> {
  return Promise.resolve().then(() => new Stack(options, readProject(options.projectDir)));
}

function outputsOf(snapshot: Snapshot, stackUrn: string): Record<string, OutputValue> {
  const { outputs = {} } = snapshot.resources.find(({ urn }) => urn === stackUrn) ?? {};
  const entries = Object.entries(outputs);
  return Object.fromEntries(entries.map(([name, value]) => [name, { value: plain(value), secret: isSecret(value) }]));
}
