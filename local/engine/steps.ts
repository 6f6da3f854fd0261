// What happens to a resource that the program declares: check, diff, and then create, update, replace or nothing.
import { type Alias, Aliases } from "./aliases";
import { type Deployment, needsOf, Reported } from "./deployment";
import type { Op } from "./display";
import type { Policies } from "./policies";
import { nameOf, type Outcome, type Provider } from "./provider";
import { dependentsToReplace } from "./replacements";
import type { ResourceState } from "./state";
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

/** A resource as the program wants it. */
export interface Goal {
  readonly wanted: ResourceState;
  readonly aliases?: readonly Alias[];
  readonly deleteBeforeReplace?: boolean | undefined;
}

/** What has been found to be done for a resource; it resolves to what the program learns of it. */
interface Plan {
  readonly op: Op;
  readonly run: () => Promise<ResourceState>;
}

export class Steps {
  stackOutputs: Props | undefined;
  /** What has been declared and is not made, since the run is not about it. */
  readonly skipped = new Set<string>();
  private readonly olds: ReadonlyMap<string, ResourceState>;
  private readonly seen = new Set<string>();
  private readonly aliases: Aliases;
  private planning: Promise<unknown> = Promise.resolve();
  private waiting: ((value: undefined) => void)[] | undefined = [];
  private readonly working = new Set<Promise<unknown>>();

  constructor(
    private readonly deployment: Deployment,
    private readonly policies: Policies,
  ) {
    const olds = [...deployment.snapshot.olds].filter((state) => state.delete !== true);
    this.olds = new Map(olds.map((state) => [state.urn, state]));
    this.aliases = new Aliases(deployment, this.olds, this.seen);
  }

  /** Plans one resource after the other, in the order in which the program names them; what is planned runs at once. */
  async register(goal: Goal): Promise<ResourceState> {
    const { deployment } = this;
    const { urn } = goal.wanted;
    if (goal.wanted.custom) await this.turn(goal.wanted.type);
    if (deployment.isHalted) throw new Reported("the deployment has failed");
    // After a plan that failed no other is made.
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
   * The first resource that needs the provider waits until it is configured, and so does all that is declared meanwhile. Then,
   * as measured with the real engine, the second comes before the first. (There it is a race, and mostly won by the second.)
   */
  private turn(type: string): Promise<void> | undefined {
    if (this.waiting === undefined) return undefined;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.waiting.push(resolve);
    if (this.waiting.length > 1) return promise;
    const declared = this.planning.then(() =>
      this.deployment.provider({ provider: this.deployment.declareProvider(type) }),
    );
    const ready = declared.catch(() => undefined); // the plan of each resource will say why
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

  /** Resolves once nothing is being worked on. */
  async idle(): Promise<void> {
    while (this.working.size > 0) await Promise.allSettled(this.working);
  }

  private async plan({ wanted: declared, aliases, deleteBeforeReplace }: Goal): Promise<Plan> {
    const { deployment } = this;
    const { urn, type, custom, ignoreChanges = [] } = declared;
    if (this.seen.has(urn)) throw new Error(`Duplicate resource URN '${urn}'; try giving it a unique name`);
    this.seen.add(urn);
    const { old, problems } = this.aliases.find(declared, aliases);
    if (declared.external !== true && !isUpdated(deployment.run, declared)) return this.leave(declared, old);
    for (const problem of problems) deployment.display.say("error", problem, urn);
    if (!custom) {
      if (problems.length > 0) throw new Reported("its aliases are refused");
      if (await this.policies.refuse(declared)) throw new Reported("a policy refuses it");
      return this.keep({ ...declared, outputs: old?.outputs }, old);
    }

    const wanted = { ...declared, provider: deployment.declareProvider(type) };
    const provider = await deployment.provider(wanted);
    if (wanted.external === true) return { op: "read", run: () => this.read(provider, wanted, old) };
    if (old === undefined) {
      const checked = await this.check(provider, wanted);
      return { op: "create", run: () => this.make("create", provider, checked) };
    }
    const { inputs: oldInputs = {} } = old;
    const ignore = (inputs: Props, path: string): Props => copyPath(inputs, oldInputs, parsePath(path));
    const merged = { ...wanted, inputs: ignoreChanges.reduce(ignore, wanted.inputs ?? {}) };
    if (old.external === true || old.pendingReplacement === true) {
      const checked = await this.check(provider, merged);
      return { op: "create-replacement", run: () => this.replace(provider, checked, old) };
    }
    const isReplaced = deployment.run.replace.includes(urn);
    const checked = isReplaced ? await this.check(provider, wanted) : await this.check(provider, merged, oldInputs);
    if (problems.length > 0) throw new Reported("its aliases are refused");
    const diff = isReplaced
      ? { changed: true, replaces: true, deleteBeforeReplace: false }
      : await provider.diff({ ...old, urn, type, ignoreChanges }, checked.inputs);
    if (diff.replaces) {
      if (wanted.protect === true && old.protect === true) throw new Error(refusal(urn));
      const fresh = isReplaced ? checked : await this.check(provider, wanted, {}, false);
      const deleteFirst = deleteBeforeReplace ?? diff.deleteBeforeReplace;
      const away = deleteFirst ? [...(await this.dependents(provider, old)), old] : [];
      return { op: "create-replacement", run: () => this.replace(provider, fresh, old, away) };
    }
    if (diff.changed || old.initErrors !== undefined)
      return { op: "update", run: () => this.make("update", provider, checked, old) };
    const outputs = withSecrets(old.outputs, wanted.additionalSecretOutputs);
    return this.keep({ ...checked, id: old.id, outputs, created: old.created, modified: old.modified }, old);
  }

  /** The run is not about it: an old one stays as it is, after all that it needs; a new one is not made. */
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

  /** What the run is about may not need what it does not make. */
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

  /** The state with the inputs that the provider has checked. It may have refused them, and so may policies. */
  private async check(
    provider: Provider,
    state: ResourceState,
    olds: Props = {},
    heedPolicies = true,
  ): Promise<ResourceState> {
    // Outside a preview, a value is unknown only where what it comes from is not made: then it is not mentioned.
    const known = Object.entries(state.inputs ?? {}).filter(([, value]) => this.deployment.dryRun || value !== unknown);
    const { inputs, failures } = await provider.check({ ...state, inputs: Object.fromEntries(known) }, olds);
    for (const { property, reason } of failures) {
      const shown = inGo(getPath(plain(inputs), parsePath(property)));
      const about = property === "" ? "" : `: property ${property} value ${shown}`;
      const message = `${state.type} resource '${nameOf(state.urn)}'${about} has a problem: ${reason}`;
      this.deployment.display.say("error", message, state.urn);
    }
    const checked = { ...state, inputs };
    const isRefused = heedPolicies && (await this.policies.refuse(checked));
    if (failures.length > 0 || isRefused) throw new Reported("the inputs were refused");
    return checked;
  }

  /** Takes up what needs no work: a resource that is the same, or one that is nothing but a name for others. */
  private keep(state: ResourceState, old: ResourceState | undefined): Plan {
    const op = old === undefined ? "create" : state.custom || isSame(old.inputs, state.inputs) ? "same" : "update";
    const run = (): Promise<ResourceState> => {
      this.deployment.snapshot.put(state, old);
      this.deployment.display.done(op, old, state);
      return Promise.resolve(state);
    };
    return { op, run };
  }

  /** Creates or updates it. In a preview, what is not among the inputs cannot be known yet. */
  private async make(
    op: "create" | "create-replacement" | "update",
    provider: Provider,
    wanted: ResourceState,
    old?: ResourceState,
  ): Promise<ResourceState> {
    const { dryRun, display } = this.deployment;
    const updated = op === "update" ? old : undefined;
    const run = (): Promise<Outcome> => {
      if (dryRun) return Promise.resolve({ id: updated?.id ?? "", outputs: wanted.inputs ?? {} });
      return updated === undefined ? provider.create(wanted) : provider.update(updated, wanted);
    };
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
    display.done(op, old, made);
    return made;
  }

  /** Makes it anew after deleting all that is to be `away` meanwhile; otherwise the old one is deleted last. */
  private async replace(
    provider: Provider,
    wanted: ResourceState,
    old: ResourceState,
    away: readonly ResourceState[] = [],
  ): Promise<ResourceState> {
    const { display, dryRun, snapshot } = this.deployment;
    for (const state of away) {
      const isKept = dryRun || state.retainOnDelete === true;
      const run = (): Promise<void> => (isKept ? Promise.resolve() : provider.delete(state));
      // Noted in case it is never made anew.
      await this.deployment.operate("deleting", state, run, () => snapshot.mark(state, { pendingReplacement: true }));
      display.done("delete-replaced", state, undefined);
    }
    const made = await this.make("create-replacement", provider, wanted, old);
    display.done("replace", old, made);
    return made;
  }

  /** What is to be deleted first, so that `root` can be. What has been declared already does not depend on it. */
  private async dependents(provider: Provider, root: ResourceState): Promise<ResourceState[]> {
    const waiting = [...this.olds.values()].filter(({ urn }) => !this.seen.has(urn) && !this.aliases.isTaken(urn));
    const found = await dependentsToReplace(provider, root, waiting);
    const kept = found.find(({ protect }) => protect === true);
    if (kept !== undefined) throw new Error(refusal(kept.urn));
    return found;
  }

  /** Looks up what belongs to somebody else. */
  private async read(provider: Provider, wanted: ResourceState, old?: ResourceState): Promise<ResourceState> {
    if (wanted.id === unknown) return wanted; // in a preview
    const isAnother = old !== undefined && old.external !== true && old.id !== wanted.id;
    const run = (): Promise<Outcome> => provider.read(wanted, wanted.inputs);
    const made = await this.deployment.operate("reading", wanted, run, (found) => {
      const outputs = withSecrets(found.outputs, wanted.additionalSecretOutputs);
      // An empty id means in a refresh alone that there is none: what then is missing is the properties, if all are.
      return this.take({ ...wanted, id: found.id === "" ? wanted.id : found.id, outputs }, old, isAnother);
    });
    this.deployment.display.done(isAnother ? "replace" : "read", old, made);
    return made;
  }

  /** Takes up into the state what has been made. What it replaces is still to be deleted, if it is there. */
  private take(made: ResourceState, old: ResourceState | undefined, isAnother: boolean): ResourceState {
    const { snapshot } = this.deployment;
    const isLeft = isAnother && old?.pendingReplacement !== true;
    if (old !== undefined && isLeft) snapshot.mark(old, { delete: true });
    snapshot.put(made, old, isLeft);
    return made;
  }
}

/** A value as the real engine prints it. */
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
