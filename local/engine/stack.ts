// The engine's public face, close in shape to Pulumi's Automation API.
import { readProject, type Project } from "./project";
import { run, type RunSettings } from "./run";
import { openCrypter } from "./secrets";
import { Snapshot, StateFile, type UntypedDeployment } from "./state";
import type { ChangeSummary, RunKind } from "./display";
import { isSecret, plain, type Value } from "./values";

/** Where a stack is and how to work on it. */
export interface StackOptions {
  /** The folder of Pulumi.yaml. */
  readonly projectDir: string;
  /** The stack's name, such as `dev`. */
  readonly stack: string;
  /** The folder that keeps the states; what Pulumi's file backend would be given as `file://<stateDir>`. */
  readonly stateDir: string;
  /** Encrypts the secrets in the state. */
  readonly passphrase: string;
  /** Variables for program and provider beside this process' own; `undefined` takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** How many operations run at once. Default: 16. */
  readonly parallel?: number;
}

/** A value of the stack's configuration; an object is given as its JSON text. */
export interface ConfigValue {
  readonly value: string;
  readonly secret?: boolean;
}

/** How to follow a run, and to end it before its time. */
export interface RunOptions {
  /** Called with everything that the run prints, as it is printed. */
  readonly onOutput?: (text: string, stream: "stdout" | "stderr") => void;
  /**
   * Ends the run at once, its processes included. What was under way is in the state as a pending operation.
   */
  readonly signal?: AbortSignal;
}

export interface PreviewOptions extends RunOptions {
  /** Shows every property of what changes. */
  readonly diff?: boolean;
  /** Asks first how everything is now. */
  readonly refresh?: boolean;
}

export interface UpOptions extends RunOptions {
  /** Asks first how everything is now. */
  readonly refresh?: boolean;
}

export interface RefreshOptions extends RunOptions {
  /** Forgets creations that were interrupted, once you know what became of them. */
  readonly clearPendingCreates?: boolean;
}

export interface OutputValue {
  readonly value: Value;
  readonly secret: boolean;
}

/** How a run ended. A failed one has `exitCode` 1, and says in `stdout` and `stderr` what failed. */
export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly changes: ChangeSummary;
  readonly outputs: Readonly<Record<string, OutputValue>>;
}

/**
 * One stack of a Pulumi program, deployed without the Pulumi CLI: for tests and for trying things out. It runs the
 * program with the Pulumi SDK's own host and its dynamic resources with the SDK's own provider process.
 *
 * Refused, with an error that names what: resources of other packages and explicit providers, stack references, invokes,
 * aliases, `import`, `replaceWith`, `replacementTrigger`, transforms, hooks, `hideDiffs`, remote components, and assets,
 * archives or whole resources among the inputs.
 *
 * ```ts
 * const stack = await openStack({ projectDir: ".", stack: "dev", stateDir: "/tmp/states", passphrase: "secret" });
 * stack.setConfig("zitadel:domain", { value: "localhost" });
 * const { exitCode, stdout, outputs } = await stack.up();
 * await stack.destroy();
 * ```
 */
export interface Stack {
  readonly name: string;
  setConfig(key: string, value: ConfigValue | string): void;
  setAllConfig(config: Readonly<Record<string, ConfigValue | string>>): void;
  removeConfig(key: string): void;
  /** Says what `up` would do. */
  preview(options?: PreviewOptions): Promise<RunResult>;
  /** Makes the world what the program declares. */
  up(options?: UpOptions): Promise<RunResult>;
  /** Takes up into the state what has changed in the world, under the configuration of the last `up`. */
  refresh(options?: RefreshOptions): Promise<RunResult>;
  /** Deletes everything, under the configuration of the last `up`. */
  destroy(options?: RunOptions): Promise<RunResult>;
  /** The stack's outputs as of the last `up`, secrets in plain text. */
  outputs(): Promise<Record<string, OutputValue>>;
  /** The state in the form of `pulumi stack export`, secrets encrypted. */
  exportStack(): Promise<UntypedDeployment>;
  /** Takes the place of the state; its secrets must be encrypted with this stack's passphrase. */
  importStack(state: UntypedDeployment): Promise<void>;
}

/** Opens a stack; it need not exist yet. Rejects if the project cannot be used. */
export function openStack(options: StackOptions): Promise<Stack> {
  return Promise.resolve().then(() => new LocalStack(options, readProject(options.projectDir)));
}

class LocalStack implements Stack {
  readonly name: string;
  private readonly config = new Map<string, { value: string; secret: boolean }>();
  private readonly file: StateFile;

  constructor(
    private readonly options: StackOptions,
    private readonly project: Project,
  ) {
    if (!/^[\w.-]+$/.test(options.stack)) throw new Error(`not the name of a stack: ${JSON.stringify(options.stack)}`);
    this.name = options.stack;
    this.file = new StateFile(options.stateDir, project.name, options.stack);
  }

  setConfig(key: string, value: ConfigValue | string): void {
    const full = key.includes(":") ? key : `${this.project.name}:${key}`;
    this.config.set(full, typeof value === "string" ? { value, secret: false } : { secret: false, ...value });
  }

  setAllConfig(config: Readonly<Record<string, ConfigValue | string>>): void {
    for (const [key, value] of Object.entries(config)) this.setConfig(key, value);
  }

  removeConfig(key: string): void {
    this.config.delete(key.includes(":") ? key : `${this.project.name}:${key}`);
  }

  preview(options: PreviewOptions = {}): Promise<RunResult> {
    return this.run("preview", options);
  }

  up(options: UpOptions = {}): Promise<RunResult> {
    return this.run("up", options);
  }

  refresh({ clearPendingCreates = false, ...options }: RefreshOptions = {}): Promise<RunResult> {
    // Whatever else was interrupted is known again after a refresh.
    return this.run("refresh", options, (snapshot) => {
      snapshot.forget(({ type }) => type !== "creating" || clearPendingCreates);
    });
  }

  destroy(options: RunOptions = {}): Promise<RunResult> {
    return this.run("destroy", options);
  }

  async outputs(): Promise<Record<string, OutputValue>> {
    return outputsOf(await this.snapshot());
  }

  async exportStack(): Promise<UntypedDeployment> {
    return { version: 3, deployment: (await this.snapshot()).export() };
  }

  async importStack({ version, deployment }: UntypedDeployment): Promise<void> {
    if ((version as number) !== 3)
      throw new Error(`a state of version ${String(version)}; only version 3 is understood`);
    if ((deployment.secrets_providers.type as string) !== "passphrase")
      throw new Error(
        `a state whose secrets are kept by ${deployment.secrets_providers.type}; only a passphrase is understood`,
      );
    await openCrypter(this.options.passphrase, deployment.secrets_providers.state.salt);
    const unlock = await this.file.lock();
    await this.file.writeDeployment(deployment).finally(unlock);
  }

  private async snapshot(): Promise<Snapshot> {
    const deployment = await this.file.read();
    const crypter = await openCrypter(this.options.passphrase, deployment?.secrets_providers.state.salt);
    return new Snapshot(this.file, deployment, crypter);
  }

  private async run(
    kind: RunKind,
    options: PreviewOptions,
    prepare: (snapshot: Snapshot) => void = () => undefined,
  ): Promise<RunResult> {
    let unlock: (() => Promise<void>) | undefined;
    try {
      if (kind !== "preview") unlock = await this.file.lock();
      const snapshot = await this.snapshot();
      prepare(snapshot);
      const outcome = await run({ kind, snapshot, ...this.settings(options) });
      return { ...outcome, outputs: outputsOf(snapshot) };
    } catch (error) {
      const stderr = `error: ${(error as Error).message}\n`;
      options.onOutput?.(stderr, "stderr");
      return { exitCode: 1, stdout: "", stderr, changes: {}, outputs: {} };
    } finally {
      await unlock?.();
    }
  }

  private settings({
    diff = false,
    refresh = false,
    onOutput,
    signal,
  }: PreviewOptions): Omit<RunSettings, "kind" | "snapshot"> {
    const { env = {}, parallel = 16, stack } = this.options;
    return {
      project: this.project,
      stack,
      config: new Map(this.config),
      env: Object.fromEntries(Object.entries({ ...process.env, ...env }).filter(([, value]) => value !== undefined)),
      parallel,
      refresh,
      diff,
      onOutput,
      signal,
    };
  }
}

function outputsOf(snapshot: Snapshot): Record<string, OutputValue> {
  const stack = snapshot.resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  return Object.fromEntries(
    Object.entries(stack?.outputs ?? {}).map(([name, value]) => [
      name,
      { value: plain(value), secret: isSecret(value) },
    ]),
  );
}
