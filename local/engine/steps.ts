// What happens to a resource that the program declares: check, diff, and then create, update, replace or nothing.
import { type Deployment, needsOf, Reported } from "./deployment";
import type { Op } from "./display";
import type { Policies } from "./policies";
import { nameOf, type Outcome, type Provider } from "./provider";
import type { ResourceState } from "./state";
import { copyPath, getPath, isSame, parsePath, plain, type Props, textOf, unknown, withSecrets } from "./values";

/** A resource as the program wants it. */
export interface Goal {
  readonly wanted: ResourceState;
  readonly deleteBeforeReplace?: boolean | undefined;
}

/** What has been found to be done for a resource; it resolves to what the program learns of it. */
interface Plan {
  readonly op: Op;
  readonly run: () => Promise<ResourceState>;
}

export class Steps {
  stackOutputs: Props | undefined;
  private readonly olds: ReadonlyMap<string, ResourceState>;
  private readonly seen = new Set<string>();
  private planning: Promise<unknown> = Promise.resolve();
  private readonly working = new Set<Promise<unknown>>();

  constructor(
    private readonly deployment: Deployment,
    private readonly policies: Policies,
  ) {
    const olds = [...deployment.snapshot.olds].filter((state) => state.delete !== true);
    this.olds = new Map(olds.map((state) => [state.urn, state]));
  }

  /** Plans one resource after the other, in the order in which the program names them; what is planned runs at once. */
  async register(goal: Goal): Promise<ResourceState> {
    const { deployment } = this;
    const { urn } = goal.wanted;
    if (deployment.isHalted) throw new Reported("the deployment has failed");
    // After a plan that failed no other is made.
    const planned = this.planning.then(() => this.plan(goal)).catch((error: unknown) => deployment.fail(urn, error));
    this.planning = planned;
    const work = planned.then(({ op, run }) => run().catch((error: unknown) => deployment.fail(urn, error, op)));
    this.working.add(work);
    return work.finally(() => this.working.delete(work));
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

  private async plan({ wanted: declared, deleteBeforeReplace }: Goal): Promise<Plan> {
    const { deployment } = this;
    const { urn, type, custom, ignoreChanges = [] } = declared;
    if (this.seen.has(urn)) throw new Error(`Duplicate resource URN '${urn}'; try giving it a unique name`);
    this.seen.add(urn);
    const old = this.olds.get(urn);
    if (!custom) {
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
    const checked = await this.check(provider, merged, oldInputs);
    const diff = await provider.diff({ ...old, ignoreChanges }, checked.inputs);
    if (diff.replaces) {
      if (wanted.protect === true && old.protect === true) throw new Error(refusal(urn));
      const fresh = await this.check(provider, wanted, {}, false);
      const deleteFirst = deleteBeforeReplace ?? diff.deleteBeforeReplace;
      const away = deleteFirst ? [...(await this.dependentsToReplace(provider, old)), old] : [];
      return { op: "create-replacement", run: () => this.replace(provider, fresh, old, away) };
    }
    if (diff.changed || old.initErrors !== undefined)
      return { op: "update", run: () => this.make("update", provider, checked, old) };
    const outputs = withSecrets(old.outputs, wanted.additionalSecretOutputs);
    return this.keep({ ...checked, id: old.id, outputs, created: old.created, modified: old.modified }, old);
  }

  /** The state with the inputs that the provider has checked. It may have refused them, and so may policies. */
  private async check(
    provider: Provider,
    state: ResourceState,
    olds: Props = {},
    heedPolicies = true,
  ): Promise<ResourceState> {
    const { inputs, failures } = await provider.check(state, olds);
    for (const { property, reason } of failures) {
      const value = getPath(plain(inputs), parsePath(property)) ?? null;
      const shown = value === null ? "<nil>" : textOf(value); // as Go prints it
      const about = property === "" ? "" : `: property ${property} value {${shown}}`;
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

  /** What depends on `root` and could not stay while `root` is away, last made first. */
  private async dependentsToReplace(provider: Provider, root: ResourceState): Promise<ResourceState[]> {
    const away = new Set([root.urn]);
    const found: ResourceState[] = [];
    for (const state of this.olds.values()) {
      const { urn, inputs = {}, propertyDependencies = {} } = state;
      if (!state.custom || this.seen.has(urn) || !needsOf(state).some((needed) => away.has(needed))) continue;
      const isUnknown = (name: string): boolean => propertyDependencies[name]?.some((one) => away.has(one)) ?? false;
      const news = Object.fromEntries(Object.entries(inputs).map(([k, v]) => [k, isUnknown(k) ? unknown : v]));
      if (!(await provider.diff(state, news)).replaces) continue;
      if (state.protect === true) throw new Error(refusal(urn));
      away.add(urn);
      found.unshift(state);
    }
    return found;
  }

  /** Looks up what belongs to somebody else. */
  private async read(provider: Provider, wanted: ResourceState, old?: ResourceState): Promise<ResourceState> {
    if (wanted.id === unknown) return wanted; // in a preview
    const run = (): Promise<Outcome | undefined> => provider.read(wanted, wanted.inputs);
    const made = await this.deployment.operate("reading", wanted, run, (found) => {
      if (found === undefined) throw new Error(`resource '${wanted.id ?? ""}' does not exist`);
      const outputs = withSecrets(found.outputs, wanted.additionalSecretOutputs);
      return this.take({ ...wanted, id: found.id, outputs }, old, old?.id !== wanted.id);
    });
    this.deployment.display.done("read", old, made);
    return made;
  }

  /** Takes up into the state what has been made. What it replaces is still to be deleted, if it is there and ours. */
  private take(made: ResourceState, old: ResourceState | undefined, isAnother: boolean): ResourceState {
    const { snapshot } = this.deployment;
    const isLeft = isAnother && old?.external !== true && old?.pendingReplacement !== true;
    if (old !== undefined && isLeft) snapshot.mark(old, { delete: true });
    snapshot.put(made, isLeft ? undefined : old);
    return made;
  }
}

function refusal(urn: string): string {
  return (
    `unable to replace resource ${JSON.stringify(urn)}\nas it is currently marked for protection. To unprotect the ` +
    "resource, remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`"
  );
}
