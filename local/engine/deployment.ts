// What all parts of one run share: its state, its display, its provider, and when to stop.
import type { Display, RunKind } from "./display";
import { Provider, type ProviderOptions, Unanswered } from "./provider";
import { type Operation, type OperationType, type ResourceState, type Snapshot } from "./state";
import { isSame, type Props } from "./values";

export const stackType = "pulumi:pulumi:Stack";
export const providerType = "pulumi:providers:pulumi-nodejs";
/** What providers that are not configured by the stack's own configuration would have. */
export const isProviderType = (type: string): boolean => type.startsWith("pulumi:providers:");

/** Something that the user has been told already. */
export class Reported extends Error {
  override readonly name = "Reported";
}

/** Lets so many run at once and keeps the others waiting. */
export class Limit {
  private readonly waiting: (() => void)[] = [];
  constructor(private free: number) {}

  async run<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.free === 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.free--;
    try {
      return await task();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free++;
      else next();
    }
  }
}

/** The provider process of a run: started when first needed, at most one at a time. */
export class ProviderHost {
  private process: Promise<Provider> | undefined;
  private current: { config: Props; provider: Promise<Provider> } | undefined;

  constructor(private readonly options: Omit<ProviderOptions, "engineAddress">) {}

  start(engineAddress: string): Promise<Provider> {
    this.process ??= Provider.start({ ...this.options, engineAddress });
    this.process.catch(() => undefined); // whoever uses it learns why
    return this.process;
  }

  /** The provider under this configuration. It reads its configuration once: another one means another process. */
  async use(engineAddress: string, resource: ResourceState): Promise<Provider> {
    const config = resource.inputs ?? {};
    if (this.current !== undefined && !isSame(this.current.config, config)) await this.stop(false);
    this.current ??= { config, provider: this.configured(engineAddress, resource, config) };
    return this.current.provider;
  }

  async stop(now: boolean): Promise<void> {
    const process = this.process;
    this.process = this.current = undefined;
    const provider = await process?.catch(() => undefined);
    await provider?.stop(now);
  }

  private async configured(
    engineAddress: string,
    { urn, type, id = "" }: ResourceState,
    config: Props,
  ): Promise<Provider> {
    const provider = await this.start(engineAddress);
    await provider.configure({ urn, type, id }, config);
    return provider;
  }
}

export interface DeploymentOptions {
  readonly kind: RunKind;
  readonly project: string;
  readonly stack: string;
  readonly snapshot: Snapshot;
  readonly display: Display;
  readonly providers: ProviderHost;
  readonly engineAddress: string;
  readonly parallel: number;
}

export class Deployment {
  readonly dryRun: boolean;
  /** Something has failed: what is under way ends, nothing begins. */
  readonly halted: Promise<void>;
  isHalted = false;
  /** A step failed, and the run's last word is that it did. */
  stepFailed = false;
  private readonly limit: Limit;
  private halting: () => void = () => undefined;

  constructor(readonly options: DeploymentOptions) {
    this.dryRun = options.kind === "preview";
    this.limit = new Limit(options.parallel);
    this.halted = new Promise((resolve) => (this.halting = resolve));
  }

  get snapshot(): Snapshot {
    return this.options.snapshot;
  }

  get display(): Display {
    return this.options.display;
  }

  get stackUrn(): string {
    const { project, stack } = this.options;
    return `urn:pulumi:${stack}::${project}::${stackType}::${project}-${stack}`;
  }

  halt(): void {
    this.isHalted = true;
    this.halting();
  }

  /** The provider as the state says that it was configured. */
  storedProvider(of: ResourceState): Promise<Provider> {
    const { olds } = this.snapshot;
    const [urn] = splitReference(of.provider ?? "");
    const stored = this.snapshot.find(urn) ?? Array.from(olds, ({ state }) => state).find((state) => state.urn === urn);
    if (stored?.type !== providerType)
      throw new Error(`${of.urn}: its provider ${of.provider ?? ""} needs the Pulumi CLI`);
    return this.options.providers.use(this.options.engineAddress, stored);
  }

  /**
   * Runs an operation that changes the world: noted on disk before it begins, its result noted with `record` in the same
   * breath as its end. An operation whose end nobody knows stays noted.
   */
  async operate<Result>(
    type: OperationType,
    resource: ResourceState,
    run: () => Promise<Result>,
    record: (result: Result) => void,
  ): Promise<void> {
    await this.limit.run(async () => {
      if (this.isHalted) throw new Reported("nothing begins any more");
      const operation = await this.snapshot.begin(type, resource);
      await this.settle(operation, run, record);
      await this.snapshot.save();
    });
  }

  /** Runs something that only looks. */
  look<Result>(run: () => Promise<Result>): Promise<Result> {
    return this.limit.run(run);
  }

  /** Tells the user of a failed step, once. */
  failStep(urn: string, error: unknown): void {
    this.stepFailed = true;
    if (error instanceof Reported) return;
    const message = error instanceof Error ? messageOf(error) : String(error);
    this.display.say("error", (this.dryRun ? "Preview failed: " : "") + message, urn);
    this.display.fail(urn);
  }

  private async settle<Result>(
    operation: Operation,
    run: () => Promise<Result>,
    record: (result: Result) => void,
  ): Promise<void> {
    try {
      record(await run());
      this.snapshot.end(operation);
    } catch (error) {
      if (error instanceof Unanswered) throw error;
      this.snapshot.end(operation);
      await this.snapshot.save();
      throw error;
    }
  }
}

/** What the other side said; gRPC puts its status code in front of the message itself. */
export function messageOf(error: Error & { details?: unknown }): string {
  return typeof error.details === "string" && error.details !== "" ? error.details : error.message;
}

/** `<urn>::<id>` */
function splitReference(reference: string): [urn: string, id: string] {
  const at = reference.lastIndexOf("::");
  return [reference.slice(0, at), reference.slice(at + 2)];
}

/** All that a resource needs to be there. */
export function needsOf(state: ResourceState): string[] {
  const named = [...(state.dependencies ?? []), ...Object.values(state.propertyDependencies ?? {}).flat()];
  const others = [state.parent, state.deletedWith, state.provider && splitReference(state.provider)[0]];
  return [...named, ...others].filter((urn): urn is string => urn !== undefined && urn !== "");
}
