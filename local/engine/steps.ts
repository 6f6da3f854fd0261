// Handles a resource that the program declares: check, diff, and then create, update, replace or nothing.
import { type Alias, Aliases } from "./aliases";
import { type Deployment, Reported } from "./deployment";
import type { Op } from "./display";
import { isForProvider } from "./deletes";
import type { Policies } from "./policies";
import { dynamicPackage } from "./host";
import { type Checked, dependentsToReplace, type Diff, type Manager, type Outcome } from "./provider";
import {
  isProviderType,
  nameOf,
  needsOf,
  packageOf,
  providerTypeOf,
  providerUrnOf,
  referenceTo,
  type ResourceState,
} from "./resource";
import { isUpdated } from "./targets";
import {
  copyPath,
  getPath,
  isProps,
  isSame,
  parsePath,
  plain,
  type Props,
  unknown,
  type Value,
  withSecrets,
} from "./values";

/** A resource as the program declares it. */
export interface Goal {
  readonly wanted: ResourceState;
  readonly aliases?: readonly Alias[];
  readonly deleteBeforeReplace?: boolean | undefined;
  /** The version of the package that the program uses, if it says so. */
  readonly version?: string;
}

/** What a function of a provider returned, and the problems with its arguments. */
type InvokeResult = Pick<Checked, "failures"> & { readonly result: Props };

/** The planned operation for a resource. Resolves to what the program gets back. */
interface Plan {
  readonly op: Op;
  readonly run: () => Promise<ResourceState>;
}

export class Steps {
  stackOutputs: Props | undefined;
  /** Resources that are declared but not created, because the run does not include them. */
  readonly skipped = new Set<string>();
  private readonly olds: ReadonlyMap<string, ResourceState>;
  private readonly seen = new Set<string>();
  private readonly replaced = new Set<string>();
  private readonly aliases: Aliases;
  private planning: Promise<unknown> = Promise.resolve();
  private waiting: ((value: undefined) => void)[] | undefined = [];
  private readonly working = new Set<Promise<unknown>>();
  /** The default providers, by package and version. */
  private readonly defaults = new Map<string, Promise<ResourceState>>();

  constructor(
    private readonly deployment: Deployment,
    private readonly policies: Policies,
  ) {
    const olds = [...deployment.snapshot.olds].filter((state) => state.delete !== true);
    this.olds = new Map(olds.map((state) => [state.urn, state]));
    this.aliases = new Aliases((...names) => deployment.urnOf(...names), this.olds, this.seen);
  }

  /** Plans one resource after the other, in the order of the program. Planned operations run concurrently. */
  async register(goal: Goal): Promise<ResourceState> {
    const { deployment } = this;
    const { urn } = goal.wanted;
    const { custom, type, provider } = goal.wanted;
    if (custom && provider === undefined && !isProviderType(type)) await this.turn(goal);
    if (deployment.isHalted) throw new Reported("the deployment has failed");
    // After a plan has failed, nothing else is planned.
    const plan = async (): Promise<Plan> => {
      const found = await this.plan(goal);
      this.heedSkipped(goal.wanted);
      return found;
    };
    const planned = this.planning.then(plan).catch((error: unknown) => deployment.fail(urn, error));
    this.planning = planned;
    const work = planned.then(({ op, run }) => run().catch((error: unknown) => deployment.fail(urn, error, op)));
    this.working.add(work);
    return work.finally(() => this.working.delete(work));
  }

  /**
   * The first resource that needs the provider waits until the provider is configured, and so do all that are declared in the
   * meantime. Then the second comes before the first, as in recordings of the real engine. (There it is a race, which the second
   * mostly wins.)
   */
  private turn({ wanted: { type }, version }: Goal): Promise<void> | undefined {
    if (this.waiting === undefined) return undefined;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.waiting.push(resolve);
    if (this.waiting.length > 1) return promise;
    const declared = this.planning.then(() => this.defaultProvider(packageOf(type), version));
    const ready = declared.catch(() => undefined); // the plan of each resource reports the error
    this.planning = ready;
    void ready.then(() => {
      const [first, second, ...others] = this.waiting ?? [];
      this.waiting = undefined;
      for (const go of [second, first, ...others]) go?.(undefined);
    });
    return promise;
  }

  registerOutputs(urn: string, outputs: Props): void {
    const { snapshot, run } = this.deployment;
    if (urn === run.stackUrn) {
      this.stackOutputs = outputs;
      return;
    }
    const state = snapshot.find(urn);
    if (state !== undefined) snapshot.put({ ...state, outputs });
  }

  /** Calls a function of a package. */
  async invoke(tok: string, args: Props, reference: string, version: string): Promise<InvokeResult> {
    const { providers } = this.deployment;
    const at = reference === "" ? referenceTo(await this.defaultProvider(packageOf(tok), version)) : reference;
    return (await providers.at(at)).invoke(tok, args);
  }

  /** Declares the default provider of a package with the current configuration, as a resource of the state. */
  private defaultProvider(name: string, version = ""): Promise<ResourceState> {
    const key = version === "" ? "default" : `default_${version.replace(/[^\w]/g, "_")}`;
    const type = providerTypeOf(name);
    const urn = this.deployment.urnOf(type, key);
    const declared =
      this.defaults.get(urn) ??
      this.plan({
        wanted: { urn, custom: true, type, inputs: { ...this.settingsOf(name), ...(version && { version }) } },
      })
        .then(({ run }) => run())
        .catch((error: unknown) => this.deployment.fail(urn, error));
    this.defaults.set(urn, declared);
    return declared;
  }

  /** Returns the configuration of a package. Dynamic providers get the whole configuration. */
  private settingsOf(name: string): Props {
    const { config } = this.deployment.run;
    if (name === dynamicPackage) return config;
    const own = Object.entries(config).filter(([key]) => key.startsWith(`${name}:`));
    return Object.fromEntries(own.map(([key, value]) => [key.slice(name.length + 1), value]));
  }

  /** Resolves when no operation is in progress. */
  async idle(): Promise<void> {
    while (this.working.size > 0) await Promise.allSettled(this.working);
  }

  private async plan({ wanted: declared, aliases, deleteBeforeReplace, version }: Goal): Promise<Plan> {
    const { deployment } = this;
    const { urn, type, custom } = declared;
    if (this.seen.has(urn)) throw new Error(`Duplicate resource URN '${urn}'; try giving it a unique name`);
    this.seen.add(urn);
    const { old: before, problems } = this.aliases.find(declared, aliases);
    if (declared.external !== true && !isUpdated(deployment.run, declared)) return this.leave(declared, before);
    for (const problem of problems) deployment.display.say("error", problem, urn);
    if (!custom) {
      if (problems.length > 0) throw new Reported("its aliases are rejected");
      if (await this.policies.refuse(declared)) throw new Reported("a policy rejects it");
      return this.keep({ ...declared, outputs: before?.outputs }, before);
    }

    const wanted =
      isProviderType(type) || declared.provider !== undefined
        ? declared
        : { ...declared, provider: referenceTo(await this.defaultProvider(packageOf(type), version)) };
    const provider = await deployment.providers.of(wanted);
    if (wanted.external === true) return { op: "read", run: () => this.read(provider, wanted, before) };
    if (isToImport(wanted, before)) return this.import(provider, wanted, before, deleteBeforeReplace);
    if (before !== undefined) return this.planFrom(before, provider, wanted, { deleteBeforeReplace, problems });
    const checked = await this.check(provider, wanted);
    return { op: "create", run: () => this.make("create", provider, checked) };
  }

  /** Plans a resource that exists. One that was just imported is not reported again if it stays the same. */
  private async planFrom(
    old: ResourceState,
    provider: Manager,
    wanted: ResourceState,
    {
      deleteBeforeReplace,
      problems = [],
      isImported = false,
    }: Omit<Goal, "wanted"> & { problems?: readonly string[]; isImported?: boolean },
  ): Promise<Plan> {
    const { deployment } = this;
    const { urn, type, ignoreChanges = [] } = wanted;
    const { inputs: oldInputs = {} } = old;
    const ignore = (inputs: Props, path: string): Props => copyPath(inputs, oldInputs, parsePath(path));
    const merged = { ...wanted, inputs: ignoreChanges.reduce(ignore, wanted.inputs ?? {}) };
    if (old.external === true || old.pendingReplacement === true) {
      const checked = await this.check(provider, merged);
      return { op: "create-replacement", run: () => this.replace(provider, checked, old) };
    }
    const isReplaced = deployment.run.replace.includes(urn);
    const checked = isReplaced ? await this.check(provider, wanted) : await this.check(provider, merged, old);
    if (problems.length > 0) throw new Reported("its aliases are rejected");
    const isDeletedToo = this.replaced.has(wanted.deletedWith ?? "");
    const isMoved = !isReplaced && !isDeletedToo && (await this.isReplacedBy(wanted, old));
    const diff: Diff =
      isReplaced || isDeletedToo || isMoved
        ? { changed: true, replaces: true, deleteBeforeReplace: false }
        : await provider.diff({ ...old, urn, type, ignoreChanges }, checked.inputs);
    const { details } = diff;
    if (diff.replaces) {
      if (wanted.protect === true && old.protect === true) throw new Error(refusal(urn));
      const fresh = isReplaced ? checked : await this.check(provider, wanted, undefined, false);
      const deleteFirst = deleteBeforeReplace ?? diff.deleteBeforeReplace;
      const away = deleteFirst ? [...(await this.dependents(old)), old] : [];
      this.replaced.add(urn);
      return { op: "create-replacement", run: () => this.replace(provider, fresh, old, away, details) };
    }
    if (diff.changed || old.initErrors !== undefined)
      return { op: "update", run: () => this.make("update", provider, checked, old, details) };
    const outputs = withSecrets(old.outputs, wanted.additionalSecretOutputs);
    const kept = { ...checked, id: old.id, outputs, created: old.created, modified: old.modified };
    return this.keep(kept, old, provider, !isImported);
  }

  /** Whether the provider of a resource changes so that the resource is replaced: the new provider decides. */
  private async isReplacedBy(wanted: ResourceState, old: ResourceState): Promise<boolean> {
    if (old.provider === wanted.provider || wanted.provider === undefined) return false;
    const { providers, snapshot } = this.deployment;
    const [before, after] = [this.olds.get(providerUrnOf(old)), snapshot.find(providerUrnOf(wanted))];
    if (before === undefined || after === undefined) return false;
    const moved = { ...after, inputs: before.inputs, outputs: before.outputs };
    return (await (await providers.at(wanted.provider)).diffConfig(moved, after.inputs)).replaces;
  }

  /** Takes something that exists into the state, as its provider reads it. Then it becomes what the program declares. */
  private import(
    provider: Manager,
    wanted: ResourceState,
    before: ResourceState | undefined,
    deleteBeforeReplace: boolean | undefined,
  ): Plan {
    const { importID: id = "", type } = wanted;
    const isAnother = before !== undefined && before.external !== true;
    const op = isAnother ? "import-replacement" : "import";
    const record = ({ id: found, inputs, outputs }: Outcome): ResourceState => {
      if (found === "") throw new Error(`resource '${id}' does not exist`);
      if (inputs === undefined)
        throw new Error(
          `provider does not support importing resources; please try updating the '${packageOf(type)}' plugin`,
        );
      const now = new Date().toISOString();
      return this.take({ ...wanted, id: found, inputs, outputs, created: now, modified: now }, before, isAnother);
    };
    const run = async (): Promise<ResourceState> => {
      const read = (): Promise<Outcome> => provider.read({ ...wanted, id, inputs: {} });
      const made = await this.deployment.operate("reading", wanted, read, record);
      this.deployment.display.done(op, undefined, made);
      const next = await this.planFrom(made, provider, wanted, { deleteBeforeReplace, isImported: true });
      return next.run().catch((error: unknown) => this.deployment.fail(wanted.urn, error, next.op));
    };
    return { op, run };
  }

  /** Handles a resource that the run does not include: an existing one is kept, and a new one is not created. */
  private leave(declared: ResourceState, old: ResourceState | undefined): Plan {
    const { display } = this.deployment;
    if (old === undefined) this.skipped.add(declared.urn);
    const run = (): Promise<ResourceState> => {
      if (old !== undefined) this.putWithNeeds(old);
      display.done("same", old ?? declared, old ?? declared);
      return Promise.resolve(old ?? { ...declared, inputs: {}, outputs: {} });
    };
    return { op: "same", run };
  }

  private putWithNeeds(old: ResourceState): void {
    const { snapshot } = this.deployment;
    for (const urn of needsOf(old)) {
      const needed = this.olds.get(urn);
      if (needed !== undefined && needed.delete !== true && snapshot.olds.has(needed)) this.putWithNeeds(needed);
    }
    snapshot.put(old, old);
  }

  /** Fails if a resource in the run depends on one that is not created. */
  private heedSkipped(state: ResourceState): void {
    const { run, display, dryRun } = this.deployment;
    if ((run.target ?? []).length + run.replace.length === 0 || !isUpdated(run, state)) return;
    for (const urn of new Set(needsOf(state).filter((one) => this.skipped.has(one)))) {
      const message = `Resource '${state.urn}' depends on '${urn}' which was was not specified in --target list.`;
      display.say("error", message, state.urn);
      if (!dryRun) throw new Reported(message);
      this.deployment.stepFailed = true;
    }
  }

  /** Returns the state with the inputs that the provider has checked. Fails if the provider or a policy rejects them. */
  private async check(
    provider: Manager,
    state: ResourceState,
    old?: ResourceState,
    heedPolicies = !isProviderType(state.type),
  ): Promise<ResourceState> {
    // Outside a preview, a value is unknown only if its resource is not created. Then it is left out.
    const known = Object.entries(state.inputs ?? {}).filter(([, value]) => this.deployment.dryRun || value !== unknown);
    const { inputs, failures } = await provider.check(
      { ...state, inputs: Object.fromEntries(known) },
      old?.inputs ?? {},
      old?.outputs,
    );
    for (const { property, reason } of failures) {
      const shown = inGo(getPath(plain(inputs), parsePath(property)));
      const about = property === "" ? "" : `: property ${property} value ${shown}`;
      const message = `${state.type} resource '${nameOf(state.urn)}'${about} has a problem: ${reason}`;
      this.deployment.display.say("error", message, state.urn);
    }
    const checked = { ...state, inputs };
    const isRefused = heedPolicies && (await this.policies.refuse(checked));
    if (failures.length > 0 || isRefused) throw new Reported("the inputs were rejected");
    return checked;
  }

  /** Adds a resource that needs no operation: one that is the same, or a component. */
  private keep(state: ResourceState, old: ResourceState | undefined, provider?: Manager, isShown = true): Plan {
    const op = old === undefined ? "create" : state.custom || isSame(old.inputs, state.inputs) ? "same" : "update";
    const run = async (): Promise<ResourceState> => {
      await provider?.keep?.(state);
      this.deployment.snapshot.put(state, old);
      if (isShown) this.deployment.display.done(op, old, state);
      return state;
    };
    return { op, run };
  }

  /** Creates or updates a resource. In a preview, the provider says what it knows already. */
  private async make(
    op: "create" | "create-replacement" | "update",
    provider: Manager,
    wanted: ResourceState,
    old?: ResourceState,
    details?: Diff["details"],
  ): Promise<ResourceState> {
    const { dryRun, display } = this.deployment;
    const updated = op === "update" ? old : undefined;
    const run = (): Promise<Outcome> =>
      updated === undefined ? provider.create(wanted, dryRun) : provider.update(updated, wanted, dryRun);
    const record = ({ id, outputs, initErrors }: Outcome): ResourceState => {
      const modified = new Date().toISOString();
      const made: ResourceState = {
        ...wanted,
        id,
        outputs: withSecrets(outputs, wanted.additionalSecretOutputs),
        ...(initErrors !== undefined && { initErrors }),
        created: updated === undefined ? modified : updated.created,
        modified,
      };
      return this.take(made, old, op === "create-replacement");
    };
    const type = updated === undefined ? "creating" : "updating";
    const made = await this.deployment.operate(type, updated ?? wanted, run, record);
    if (made.initErrors !== undefined) {
      const count = made.initErrors.length;
      throw new Error(`${count} error${count === 1 ? "" : "s"} occurred:\n\t* ${made.initErrors.join("\n\t* ")}\n`);
    }
    display.done(op, old, made, details);
    return made;
  }

  /** Replaces a resource. Deletes everything in `away` first. If there is nothing in it, the old resource is deleted last. */
  private async replace(
    provider: Manager,
    wanted: ResourceState,
    old: ResourceState,
    away: readonly ResourceState[] = [],
    details?: Diff["details"],
  ): Promise<ResourceState> {
    const { display, dryRun, snapshot } = this.deployment;
    const others = new Set(away.map(({ urn }) => urn));
    for (const state of away) {
      const run = async (): Promise<void> => {
        if (!dryRun && isForProvider(state, others)) await (await this.deployment.providers.of(state)).delete(state);
      };
      // Recorded in case it is never created again.
      await this.deployment.operate("deleting", state, run, () => snapshot.mark(state, { pendingReplacement: true }));
      display.done("delete-replaced", state, undefined);
    }
    const made = await this.make("create-replacement", provider, wanted, old, details);
    display.done("replace", old, made, details);
    return made;
  }

  /** Returns what must be deleted before `root`. Resources that were already declared do not depend on it. */
  private async dependents(root: ResourceState): Promise<ResourceState[]> {
    const waiting = [...this.olds.values()].filter(({ urn }) => !this.seen.has(urn) && !this.aliases.isTaken(urn));
    const found = await dependentsToReplace(this.deployment.providers, root, waiting);
    const kept = found.find(({ protect }) => protect === true);
    if (kept !== undefined) throw new Error(refusal(kept.urn));
    return found;
  }

  /** Reads a resource that is managed elsewhere. */
  private async read(provider: Manager, wanted: ResourceState, old?: ResourceState): Promise<ResourceState> {
    if (wanted.id === unknown) return wanted; // in a preview
    const isAnother = old !== undefined && old.external !== true && old.id !== wanted.id;
    const run = (): Promise<Outcome> => provider.read(wanted, wanted.inputs);
    const made = await this.deployment.operate("reading", wanted, run, (found) => {
      const outputs = withSecrets(found.outputs, wanted.additionalSecretOutputs);
      // Only in a refresh does an empty id mean that the resource is gone. Here, it is gone if all properties are missing.
      return this.take({ ...wanted, id: found.id === "" ? wanted.id : found.id, outputs }, old, isAnother);
    });
    this.deployment.display.done(isAnother ? "replace" : "read", old, made);
    return made;
  }

  /** Adds a created resource to the state. The resource that it replaces is still to be deleted, if it exists. */
  private take(made: ResourceState, old: ResourceState | undefined, isAnother: boolean): ResourceState {
    const { snapshot } = this.deployment;
    const isLeft = isAnother && old?.pendingReplacement !== true;
    if (old !== undefined && isLeft) snapshot.mark(old, { delete: true });
    snapshot.put(made, old, isLeft);
    return made;
  }
}

function isToImport({ importID }: ResourceState, old: ResourceState | undefined): boolean {
  if (importID === undefined) return false;
  return old === undefined || old.external === true || (old.importID ?? old.id) !== importID;
}

/** Formats a value as the real engine prints it. */
function inGo(value: Value = null): string {
  if (Array.isArray(value)) return `{[${value.map(inGo).join(" ")}]}`;
  if (!isProps(value)) return `{${value === null ? "<nil>" : String(value)}}`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{map[${entries.map(([key, one]) => `${key}:${inGo(one)}`).join(" ")}]}`;
}

function refusal(urn: string): string {
  return (
    `unable to replace resource ${JSON.stringify(urn)}\nas it is currently marked for protection. To unprotect the ` +
    "resource, remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`"
  );
}
