// What happens to a resource that the program declares: check, diff, and then create, update, replace or nothing.
import { randomUUID } from "node:crypto";
import { type Deployment, isProviderType, messageOf, needsOf, providerType, Reported, stackType } from "./deployment";
import type { Op } from "./display";
import type { Outcome, Provider } from "./provider";
import type { Old, ResourceState } from "./state";
import {
  copyPath,
  getPath,
  isNull,
  isSame,
  parsePath,
  plain,
  type Props,
  textOf,
  unknown,
  type Value,
  withSecrets,
} from "./values";

/** A resource as the program wants it. */
export interface Goal {
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  readonly parent: string;
  readonly inputs: Props;
  /** What the state keeps of the options. */
  readonly options: Partial<ResourceState>;
  readonly deleteBeforeReplace: boolean | undefined;
}

/** What the program learns of it. */
export interface Registered {
  readonly urn: string;
  readonly id: string;
  readonly outputs: Props;
}

type Apply = () => Promise<Registered>;

export class Steps {
  stackOutputs: Props | undefined;
  private readonly olds: Map<string, Old>;
  private readonly seen = new Set<string>();
  private planning: Promise<unknown>;
  private readonly working = new Set<Promise<unknown>>();
  private defaultProvider: ResourceState | undefined;
  private isFatal = false;

  /** Plans nothing before `ready`. `config` is what the default provider is configured with. */
  constructor(
    private readonly deployment: Deployment,
    private readonly config: Props,
    ready: Promise<void>,
  ) {
    this.olds = new Map();
    this.planning = ready.then(() => {
      for (const old of deployment.snapshot.olds) if (old.state.delete !== true) this.olds.set(old.state.urn, old);
    });
  }

  register(goal: Goal): Promise<Registered> {
    return this.enqueue(goal.type, goal.name, goal.parent, (urn) => this.plan(urn, goal));
  }

  read(goal: Goal & { id: string }): Promise<Registered> {
    return this.enqueue(goal.type, goal.name, goal.parent, (urn) => this.planRead(urn, goal));
  }

  registerOutputs(urn: string, outputs: Props): void {
    if (urn === this.deployment.stackUrn) {
      this.stackOutputs = outputs;
      return;
    }
    const state = this.deployment.snapshot.find(urn);
    if (state === undefined) throw new Error(`cannot complete a resource '${urn}' whose registration isn't pending`);
    this.deployment.snapshot.put({ ...state, outputs });
  }

  /** Resolves once nothing is being worked on. */
  async idle(): Promise<void> {
    while (this.working.size > 0) await Promise.allSettled(this.working);
  }

  /** Plans one resource after the other, in the order in which the program names them; what is planned runs at once. */
  private enqueue(
    type: string,
    name: string,
    parent: string,
    plan: (urn: string) => Promise<Apply>,
  ): Promise<Registered> {
    if (this.deployment.isHalted) return Promise.reject(new Reported("the deployment has failed"));
    const urn = this.urnOf(type, name, parent);
    const planned = this.planning.then(async () => {
      if (this.isFatal) throw new Reported("the deployment has failed");
      try {
        this.claim(urn);
        return await plan(urn);
      } catch (error) {
        this.isFatal = true;
        this.deployment.halt();
        if (!(error instanceof Reported)) this.deployment.display.say("error", messageOf(error as Error), urn);
        throw new Reported("the deployment has failed", { cause: error });
      }
    });
    this.planning = planned.catch(() => undefined); // reported; those that follow see that it is fatal
    const work = planned.then(async (apply) => {
      try {
        return await apply();
      } catch (error) {
        this.deployment.halt();
        this.deployment.failStep(urn, error);
        throw new Reported("the deployment has failed", { cause: error });
      }
    });
    this.working.add(work);
    work.catch(() => undefined).finally(() => this.working.delete(work));
    return work;
  }

  private urnOf(type: string, name: string, parent: string): string {
    const { project, stack } = this.deployment.options;
    const parentType = parent.split("::")[2] ?? "";
    const chain = parentType === "" || parentType === stackType ? "" : `${parentType}$`;
    return `urn:pulumi:${stack}::${project}::${chain}${type}::${name}`;
  }

  private claim(urn: string): void {
    if (this.seen.has(urn)) throw new Error(`Duplicate resource URN '${urn}'; try giving it a unique name`);
    this.seen.add(urn);
  }

  private async plan(urn: string, goal: Goal): Promise<Apply> {
    const old = this.olds.get(urn);
    const ignored = goal.options.ignoreChanges ?? [];
    const inputs =
      old?.state.inputs === undefined
        ? goal.inputs
        : ignored.reduce((all, path) => copyPath(all, old.state.inputs ?? {}, parsePath(path)), goal.inputs);
    const wanted: ResourceState = { urn, custom: goal.custom, type: goal.type, inputs, ...goal.options };
    if (!goal.custom) return () => Promise.resolve(this.settle(wanted, old));

    const provider = await this.provider(goal.type);
    const reference = { provider: `${this.providerState().urn}::${this.providerState().id ?? ""}` };
    const isFresh = old === undefined || old.state.external === true || old.state.pendingReplacement === true;
    const checked = await this.check(provider, { ...wanted, ...reference }, isFresh ? {} : (old.state.inputs ?? {}));
    if (old === undefined) return () => this.create("create", provider, checked);
    if (isFresh) return () => this.replace(provider, checked, old, false);

    const { state } = old;
    const diff = await provider.diff(state, checked.inputs ?? {}, state.inputs ?? {}, ignored);
    const changed = diff.changes === "unknown" ? !isSame(state.inputs, checked.inputs) : diff.changes === "some";
    // As in Pulumi, `replaceOnChanges` changes nothing: a dynamic provider does not say which properties differ.
    if (changed && diff.replaces.length > 0) {
      if (checked.protect === true && state.protect === true) throw new Error(replaceRefused(urn));
      const fresh = await this.check(provider, { ...checked, inputs: goal.inputs }, {});
      const deleteFirst = goal.deleteBeforeReplace ?? diff.deleteBeforeReplace;
      const dependents = deleteFirst ? await this.dependentsToReplace(provider, old) : [];
      return () => this.replace(provider, fresh, old, deleteFirst, dependents);
    }
    if (changed || state.initErrors !== undefined) return () => this.update(provider, checked, old);
    return () => Promise.resolve(this.settle(checked, old));
  }

  /** The state with the inputs that the provider has checked; it may have refused them. */
  private async check(provider: Provider, state: ResourceState, olds: Props): Promise<ResourceState> {
    const { inputs, failures } = await provider.check(state, olds, state.inputs ?? {});
    for (const { property, reason } of failures) {
      const value = property === "" ? undefined : getPath(plain(inputs), parsePath(property));
      const where = property === "" ? "has a problem" : `property ${property} value {${shown(value)}} has a problem`;
      const subject = `${state.type} resource '${state.urn.split("::").slice(3).join("::")}'`;
      this.deployment.display.say("error", `${subject}${property === "" ? " " : ": "}${where}: ${reason}`, state.urn);
    }
    if (failures.length > 0) throw new Reported("the inputs were refused");
    return { ...state, inputs };
  }

  /** Takes up what needs no work: a resource that is the same, or one that is nothing but a name for others. */
  private settle(wanted: ResourceState, old: Old | undefined): Registered {
    const { display, snapshot } = this.deployment;
    const before = old?.state;
    const kept = wanted.custom
      ? { id: before?.id ?? "", outputs: withSecrets(before?.outputs ?? {}, wanted.additionalSecretOutputs ?? []) }
      : before?.outputs && { outputs: before.outputs };
    const state: ResourceState = { ...wanted, ...kept, ...timesOf(before) };
    const op =
      before === undefined
        ? "create"
        : wanted.custom || isSame(before.inputs ?? {}, wanted.inputs ?? {})
          ? "same"
          : "update";
    const step = { op, urn: wanted.urn, type: wanted.type, old: before, new: state } as const;
    display.begin(step);
    snapshot.put(before === undefined ? { ...state, ...timesOf(undefined, true) } : state, old);
    display.end(step);
    return { urn: state.urn, id: state.id ?? "", outputs: state.outputs ?? {} };
  }

  private async create(
    op: "create" | "create-replacement",
    provider: Provider,
    wanted: ResourceState,
    old?: Old,
  ): Promise<Registered> {
    const { display, dryRun } = this.deployment;
    const step = { op, urn: wanted.urn, type: wanted.type, old: old?.state };
    if (dryRun) return this.foresee(op, wanted, old);
    let made: ResourceState | undefined;
    if (!this.deployment.isHalted) display.begin({ ...step, new: wanted });
    await this.deployment.operate(
      "creating",
      wanted,
      () => provider.create(wanted),
      (outcome) => {
        made = this.outcomeOf(wanted, outcome, timesOf(undefined, true));
        this.putInPlaceOf(old, made);
      },
    );
    return this.finish(op, made, old);
  }

  private async update(provider: Provider, wanted: ResourceState, old: Old): Promise<Registered> {
    const before = old.state;
    if (this.deployment.dryRun) return this.foresee("update", { ...wanted, id: before.id ?? "" }, old);
    let made: ResourceState | undefined;
    if (!this.deployment.isHalted)
      this.deployment.display.begin({ op: "update", urn: wanted.urn, type: wanted.type, old: before, new: wanted });
    await this.deployment.operate(
      "updating",
      before,
      () => provider.update(before, wanted),
      (outcome) => {
        made = this.outcomeOf(wanted, outcome, { ...timesOf(before), modified: now() });
        this.deployment.snapshot.put(made, old);
      },
    );
    return this.finish("update", made, { state: before });
  }

  private async replace(
    provider: Provider,
    wanted: ResourceState,
    old: Old,
    deleteFirst: boolean,
    dependents: readonly Old[] = [],
  ): Promise<Registered> {
    const before = old.state;
    const step = { op: "replace", urn: wanted.urn, type: wanted.type, old: before, new: wanted } as const;
    const say = (outputs: Props = {}): void => {
      const told = { ...step, new: { ...wanted, outputs } };
      this.deployment.display.begin(told);
      this.deployment.display.end(told);
    };
    if (deleteFirst) for (const one of [...dependents, old]) await this.deleteFirst(provider, one);
    const isAway = old.state.pendingReplacement === true;
    if (isAway) say();
    const made = await this.create("create-replacement", provider, wanted, old);
    if (!isAway) say(made.outputs);
    return made;
  }

  /** Deletes what will be made anew; the state says so in case it is never made. */
  private async deleteFirst(provider: Provider, old: Old): Promise<void> {
    const { state } = old;
    const step = { op: "delete-replaced", urn: state.urn, type: state.type, old: state } as const;
    const gone = { ...state, pendingReplacement: true };
    this.deployment.display.begin(step);
    if (this.deployment.dryRun) old.state = gone;
    else
      await this.deployment.operate(
        "deleting",
        state,
        () => (state.retainOnDelete === true ? Promise.resolve() : provider.delete(state)),
        () => (old.state = gone),
      );
    this.deployment.display.end(step);
  }

  /** What depends on `root` and could not stay while `root` is away, last made first. */
  private async dependentsToReplace(provider: Provider, root: Old): Promise<Old[]> {
    const away = new Set([root.state.urn]);
    const found: Old[] = [];
    for (const old of this.olds.values()) {
      const { state } = old;
      if (!state.custom || away.has(state.urn) || this.seen.has(state.urn) || isProviderType(state.type)) continue;
      if (!needsOf(state).some((urn) => away.has(urn))) continue;
      const inputs = { ...state.inputs };
      for (const [name, urns] of Object.entries(state.propertyDependencies ?? {}))
        if (urns.some((urn) => away.has(urn))) inputs[name] = unknown;
      const diff = await provider.diff(state, inputs, state.inputs ?? {}, state.ignoreChanges ?? []);
      if (diff.replaces.length === 0) continue;
      if (state.protect === true) throw new Error(replaceRefused(state.urn));
      away.add(state.urn);
      found.unshift(old);
    }
    return found;
  }

  private async planRead(urn: string, goal: Goal & { id: string }): Promise<Apply> {
    const provider = await this.provider(goal.type);
    const { urn: providerUrn, id: providerId = "" } = this.providerState();
    const reference = { provider: `${providerUrn}::${providerId}` };
    const { id, inputs } = goal;
    const wanted: ResourceState = {
      urn,
      custom: true,
      id,
      type: goal.type,
      inputs,
      external: true,
      ...reference,
      ...goal.options,
    };
    const old = this.olds.get(urn);
    const owned = old !== undefined && old.state.external !== true && old.state.id !== id;
    return () => this.readIn(provider, wanted, old, owned);
  }

  private async readIn(
    provider: Provider,
    wanted: ResourceState,
    old: Old | undefined,
    owned: boolean,
  ): Promise<Registered> {
    const { display, dryRun, snapshot } = this.deployment;
    const before = old?.state;
    const op = owned ? "read-replacement" : "read";
    const step = { op, urn: wanted.urn, type: wanted.type, old: before, new: wanted } as const;
    if (dryRun && wanted.id === unknown) return { urn: wanted.urn, id: unknown, outputs: {} };
    display.begin(step);
    let made = wanted;
    const read = (): ReturnType<Provider["read"]> => provider.read(wanted, wanted.inputs ?? {});
    const record = (found: Awaited<ReturnType<Provider["read"]>>): void => {
      if (found === undefined) throw new Error(`resource '${wanted.id ?? ""}' does not exist`);
      const outputs = withSecrets(found.outputs, wanted.additionalSecretOutputs ?? []);
      made = { ...wanted, id: found.id, outputs, ...timesOf(before) };
      if (owned && old !== undefined) old.state = { ...old.state, delete: true };
      snapshot.put(made, owned ? undefined : old);
    };
    if (dryRun) record(await this.deployment.look(read));
    else await this.deployment.operate("reading", wanted, read, record);
    display.end({ ...step, new: made });
    if (owned) display.end({ op: "replace", urn: wanted.urn, type: wanted.type, old: before, new: made });
    return { urn: made.urn, id: made.id ?? "", outputs: made.outputs ?? {} };
  }

  /** Takes up a replacement; what it replaces is still to be deleted, unless that is done or not ours to do. */
  private putInPlaceOf(old: Old | undefined, made: ResourceState): void {
    const isGone = old?.state.external === true || old?.state.pendingReplacement === true;
    if (old !== undefined && !isGone) old.state = { ...old.state, delete: true };
    this.deployment.snapshot.put(made, isGone ? old : undefined);
  }

  /** A preview's answer: what is not among the inputs cannot be known yet. */
  private foresee(op: Op, wanted: ResourceState, old: Old | undefined): Registered {
    const step = { op, urn: wanted.urn, type: wanted.type, old: old?.state, new: wanted };
    this.deployment.display.begin(step);
    if (op === "update") this.deployment.snapshot.put(wanted, old);
    else this.putInPlaceOf(old, wanted);
    this.deployment.display.end(step);
    return {
      urn: wanted.urn,
      id: wanted.id ?? "",
      outputs: withSecrets(wanted.inputs ?? {}, wanted.additionalSecretOutputs ?? []),
    };
  }

  private outcomeOf(
    wanted: ResourceState,
    { id, outputs, initErrors }: Outcome,
    times: Partial<ResourceState>,
  ): ResourceState {
    const marked = withSecrets(outputs, wanted.additionalSecretOutputs ?? []);
    return { ...wanted, id, outputs: marked, ...(initErrors && { initErrors }), ...times };
  }

  /** The end of an operation that was answered, if only with "it exists but is not ready". */
  private finish(op: Op, made: ResourceState | undefined, old: Old | undefined): Registered {
    if (made === undefined) throw new Error("an operation ended without a result");
    const { initErrors } = made;
    if (initErrors !== undefined) {
      const count = initErrors.length;
      throw new Error(`${count} error${count === 1 ? "" : "s"} occurred:\n\t* ${initErrors.join("\n\t* ")}\n`);
    }
    this.deployment.display.end({ op, urn: made.urn, type: made.type, old: old?.state, new: made });
    return { urn: made.urn, id: made.id ?? "", outputs: made.outputs ?? {} };
  }

  /** The default provider under today's configuration, itself a resource of the state. */
  private provider(type: string): Promise<Provider> {
    if (!type.startsWith("pulumi-nodejs:"))
      throw new Error(
        `${type} is not a dynamic resource: the local engine runs no other providers; use the Pulumi CLI`,
      );
    const { engineAddress, providers } = this.deployment.options;
    return providers.use(engineAddress, this.providerState());
  }

  private providerState(): ResourceState {
    if (this.defaultProvider !== undefined) return this.defaultProvider;
    const { dryRun, options, snapshot } = this.deployment;
    const urn = `urn:pulumi:${options.stack}::${options.project}::${providerType}::default`;
    const old = this.olds.get(urn);
    const config = { inputs: this.config, outputs: this.config };
    const id = old?.state.id ?? (dryRun ? unknown : randomUUID());
    this.defaultProvider = {
      urn,
      custom: true,
      id,
      type: providerType,
      ...config,
      ...timesOf(old?.state, old === undefined),
    };
    this.seen.add(urn);
    snapshot.put(this.defaultProvider, old);
    return this.defaultProvider;
  }
}

function now(): string {
  return new Date().toISOString();
}

function timesOf(state: ResourceState | undefined, isNew = false): Partial<ResourceState> {
  if (isNew) return { created: now(), modified: now() };
  const { created, modified } = state ?? {};
  return { ...(created !== undefined && { created }), ...(modified !== undefined && { modified }) };
}

function replaceRefused(urn: string): string {
  return (
    `unable to replace resource ${JSON.stringify(urn)}\nas it is currently marked for protection. To unprotect the resource, ` +
    "remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`"
  );
}

/** As Go prints it. */
function shown(value: Value | undefined): string {
  if (isNull(value)) return "<nil>";
  return textOf(value);
}
