import { ZitadelError } from "../../../provider/api/errors";
import { executionLifecycle } from "../../../provider/execution/lifecycle";
import type { CheckResult, DiffResult, Lifecycle, Made, Read } from "../../../provider/core/lifecycle";
import { type Properties, unknown } from "../../../provider/core/properties";
import { Unfinished } from "../../../provider/core/unfinished";
import { publicKeyLifecycle } from "../../../provider/public-key/lifecycle";
import { targetLifecycle } from "../../../provider/target/lifecycle";

/** The three types of resources, each with the property by which it refers to others. */
export const types = {
  target: { lifecycle: targetLifecycle, refersBy: undefined },
  key: { lifecycle: publicKeyLifecycle, refersBy: "targetId" },
  execution: { lifecycle: executionLifecycle, refersBy: "targets" },
} as const satisfies Record<string, { lifecycle: Lifecycle; refersBy: string | undefined }>;
export type Type = keyof typeof types;

/** A resource as a program declares it. */
export interface Declared {
  /** Its name; in a component, the component's type stands before it: `team:index:Hooks$audit`. */
  readonly urn: string;
  /** What it was called before, as far as the program says so (`aliases`). */
  readonly aliases?: readonly string[];
  readonly type: Type;
  /** The resources that it refers to. */
  readonly needs: readonly string[];
  /** Its properties, given the ids of those. */
  readonly properties: (idOf: (urn: string) => string) => Properties;
}

/** A resource as the state has it. */
export interface Entry {
  readonly urn: string;
  readonly type: Type;
  readonly id: string;
  readonly needs: readonly string[];
  readonly inputs: Properties;
  readonly outputs: Properties;
  /** The URN with which it was last created or updated, if not always the same: the outputs still have that name. */
  readonly name?: string;
  /** Whether it was replaced and still has to be deleted. */
  readonly isReplaced?: true;
  /** Whether it was deleted before its replacement was created. */
  readonly isAway?: true;
  /** Whether it exists but not as declared. Then it is updated next time, whatever its diff says. */
  readonly isUnfinished?: true;
  /** Made by another dynamic provider, which also reads and deletes it until a resource of ours takes over. */
  readonly isForeign?: true;
}

/** An operation on one resource. */
export interface Operation {
  readonly act: "create" | "read" | "update" | "delete";
  readonly urn: string;
  readonly type: Type;
  /** `undefined` for what is being created. */
  readonly entry: Entry | undefined;
  /** Whether an error hook repeats an operation that failed. */
  readonly isRepeated?: true;
}

/** A resource as the calls name it. */
export type Named = Pick<Declared, "urn" | "type">;

/** A provider process, as the engine calls it. */
export interface Provider {
  /** Whether the outputs have the resource's name, as a dynamic provider's do: then a rename is an update. */
  readonly writesNames: boolean;
  /** `olds` are the inputs of the last deployment; none for a new resource or a replacement. */
  check(
    resource: Named,
    olds: Properties | undefined,
    news: Properties,
  ): Promise<Pick<CheckResult, "inputs" | "failures">>;
  diff(resource: Named, id: string, outputs: Properties, inputs: Properties): Promise<Omit<DiffResult, "facts">>;
  /** What a preview shows of the outputs after a create, or after an update of an entry. */
  plan(resource: Named, entry: Entry | undefined, inputs: Properties): Promise<Properties>;
  create(resource: Named, inputs: Properties): Promise<Made<Properties>>;
  read(resource: Named, id: string, outputs: Properties): Promise<Read | undefined>;
  update(resource: Named, id: string, outputs: Properties, inputs: Properties): Promise<Properties>;
  delete(resource: Named, id: string, outputs: Properties): Promise<void>;
}

/** One provider process and the state that its engine saves. */
export interface Run {
  readonly stack: { entries: readonly Entry[] };
  readonly provider: Provider;
  /** Runs an operation. Throws if the operation fails. */
  readonly perform: <Result>(operation: Operation, act: () => Promise<Result>) => Promise<Result>;
  /** Deletes what another dynamic provider made. */
  readonly deleteForeign?: (entry: Entry) => void;
}

/** How an `up` is run. */
export interface UpOptions {
  readonly dryRun?: boolean;
  /** Before which resource of the program an unrelated one is declared that always fails. */
  readonly failsAt?: number | undefined;
  /** `--continue-on-error`. */
  readonly continueOnError?: boolean;
  /** `--target` and `--exclude`: whether a resource takes part. */
  readonly isTargeted?: ((urn: string) => boolean) | undefined;
  /** How often error hooks repeat a create or update that failed. */
  readonly repeats?: number;
  /** Whether the provider is not even asked to check what depends on a resource that failed: as in Pulumi 3.274. */
  readonly skipsUnchecked?: boolean;
}

/** The engine has crashed. What it had not saved is lost. */
export class Crash extends Error {}

/** The unrelated resource failed. */
export class UnrelatedFailure extends Error {}

/** A resource outside the command would have to be created or deleted. */
export class UntargetedChange extends Error {}

/**
 * Deploys a program as Pulumi's engine does (its `step_generator.go` and `deployment_executor.go`): it checks and compares one
 * resource after the other as soon as what they refer to is known, and meanwhile carries out what was found to be done, one
 * operation at a time. After a failure nothing begins, unless it is told to continue.
 */
export async function up(run: Run, program: readonly Declared[], options: UpOptions = {}): Promise<void> {
  const deployment = new Deployment(run, options);
  await deployment.registerAll(program);
  await deployment.deleteRest();
}

/** Plans a deployment. Calls only the provider's `check`, `diff` and `plan`. */
export function preview(run: Run, program: readonly Declared[], options: UpOptions = {}): Promise<void> {
  return up(run, program, { ...options, dryRun: true });
}

/** Deletes everything: each resource after those that refer to it. */
export function destroy(run: Run): Promise<void> {
  return up(run, []);
}

/** Reads every resource. A resource that fails is kept, and the others are read. Throws the first failure at the end. */
export async function refresh(run: Run): Promise<void> {
  const failures: unknown[] = [];
  const after: Entry[] = [];
  for (const entry of run.stack.entries) {
    try {
      const read = entry.isAway === true || entry.isForeign === true ? entry : await readOne(run, entry);
      if (read !== undefined) after.push(read);
    } catch (error) {
      if (error instanceof Crash) throw error;
      failures.push(error);
      after.push(entry);
    }
  }
  run.stack.entries = after;
  if (failures.length > 0) throw failures[0];
}

async function readOne(run: Run, entry: Entry): Promise<Entry | undefined> {
  const { provider } = run;
  const operation = { act: "read", urn: entry.urn, type: entry.type, entry } as const;
  const found = await run.perform(operation, () => provider.read(writtenAs(run, entry), entry.id, entry.outputs));
  if (found === undefined) return undefined;
  const { isUnfinished: _, ...rest } = entry;
  const after = { ...rest, inputs: json(found.inputs), outputs: json(found.state) };
  // The engine compares what it has read with what was declared, to show the difference.
  await provider.diff(entry, entry.id, after.outputs, entry.inputs);
  return after;
}

/** The planned operation for a resource of the program. */
type Step = () => Promise<void>;

/** An entry of the last deployment, until this one has settled what becomes of it. */
interface Old {
  entry: Entry;
  /** Whether a resource of the program goes on with it. */
  isContinued: boolean;
  /** Whether this very deployment deleted it, for the sake of something that it depends on. */
  isDeleted: boolean;
}

/** One deployment: the state is saved after every operation. */
class Deployment {
  private readonly run: Run;
  private readonly options: UpOptions;
  private readonly news = new Map<string, Entry>();
  private olds: readonly Old[];
  private readonly ids = new Map<string, string>();
  private readonly registered = new Map<string, Promise<void>>();
  /** Resources that failed, and those that were left out since they depend on them. */
  private readonly skipped = new Set<string>();
  /** Resources that do not take part, and do not exist. */
  private readonly missing = new Set<string>();
  /** URNs of what must not be deleted, since something that depends on it failed. */
  private readonly needed = new Set<string>();
  private readonly failures: unknown[] = [];
  private isHalted = false;
  private planning: Promise<unknown> = Promise.resolve();
  private working: Promise<unknown> = Promise.resolve();

  constructor(run: Run, options: UpOptions) {
    this.run = run;
    this.options = options;
    this.olds = run.stack.entries.map((entry) => ({ entry, isContinued: false, isDeleted: false }));
  }

  /** @throws what failed, unless it is to continue: then `deleteRest` throws it. */
  async registerAll(program: readonly Declared[]): Promise<void> {
    const { failsAt } = this.options;
    const all: Promise<void>[] = [];
    for (const [index, declared] of program.entries()) {
      if (index === failsAt) all.push(this.registerUnrelated());
      const done = this.register(declared);
      this.registered.set(declared.urn, done);
      all.push(done);
    }
    if (failsAt !== undefined && failsAt >= program.length) all.push(this.registerUnrelated());
    await Promise.all(all);
    if (this.isHalted) throw this.failure();
  }

  /** Deletes what the program does not declare any longer. */
  async deleteRest(): Promise<void> {
    const { dryRun = false, isTargeted } = this.options;
    const toDelete = this.olds.filter(({ entry, isContinued }) => {
      const isLeft = entry.isReplaced === true || !isContinued;
      return isLeft && !this.needed.has(entry.urn) && isTargeted?.(entry.urn) !== false;
    });
    if (isTargeted !== undefined) this.holdThatNothingElseGoes(isTargeted);
    for (const old of toDelete.toReversed()) {
      try {
        if (!dryRun && old.entry.isAway !== true) await this.destroyOne(old.entry);
        this.forget(old);
      } catch (error) {
        this.fail(error, old.entry);
        if (this.isHalted) break;
      }
    }
    if (this.failures.length > 0) throw this.failure();
  }

  /** A key of a target that takes part, and is not declared any longer itself, would go too. */
  private holdThatNothingElseGoes(isTargeted: (urn: string) => boolean): void {
    for (const { entry, isContinued } of this.olds)
      if (!isContinued && !isTargeted(entry.urn) && entry.type === "key" && entry.needs.some(isTargeted))
        throw new UntargetedChange(`delete ${entry.urn}`);
  }

  private failure(): unknown {
    const isExpected = (error: unknown) => error instanceof ZitadelError || error instanceof UnrelatedFailure;
    return this.failures.find((error) => !isExpected(error)) ?? this.failures[0];
  }

  private async registerUnrelated(): Promise<void> {
    await this.inTurn("planning", () => Promise.resolve());
    if (this.options.dryRun === true) return;
    const failing = this.inTurn("working", () => Promise.reject(new UnrelatedFailure()));
    await failing.catch((error: unknown) => this.fail(error));
  }

  /** Never rejects. What failed is added to the failures. */
  private async register(declared: Declared): Promise<void> {
    for (const needed of declared.needs) await this.registered.get(needed);
    let step: Step | undefined;
    try {
      step = await this.inTurn("planning", () => this.plan(declared));
    } catch (error) {
      // What cannot be planned ends the deployment, whatever was asked for.
      this.failures.push(error);
      this.isHalted = true;
      return;
    }
    if (step === undefined) return;
    try {
      await this.inTurn("working", step);
    } catch (error) {
      this.fail(error, this.old(declared)?.entry);
      this.skipped.add(declared.urn);
    }
  }

  private async inTurn<Result>(queue: "planning" | "working", act: () => Promise<Result>): Promise<Result | undefined> {
    const turn = this[queue].then(() => (this.isHalted ? undefined : act()));
    this[queue] = turn.catch(() => undefined);
    return turn;
  }

  /** Begins nothing else, unless the run continues on errors. Then what failed keeps what it depends on. */
  private fail(error: unknown, entry?: Entry): void {
    this.failures.push(error);
    const mayGoOn = error instanceof ZitadelError || error instanceof UnrelatedFailure;
    if (!mayGoOn || this.options.continueOnError !== true) this.isHalted = true;
    else if (entry !== undefined) this.keepNeedsOf(entry);
  }

  private keepNeedsOf({ needs }: Entry): void {
    for (const urn of needs) {
      if (this.needed.has(urn)) continue;
      this.needed.add(urn);
      for (const { entry } of this.olds) if (entry.urn === urn) this.keepNeedsOf(entry);
    }
  }

  /** What the last deployment left of a resource, under its name or an earlier one. */
  private old({ urn, aliases = [] }: Declared): Old | undefined {
    for (const name of [urn, ...aliases]) {
      const old = this.olds.find(({ entry }) => entry.urn === name && entry.isReplaced !== true);
      if (old !== undefined) return old;
    }
    return undefined;
  }

  private idOf(urn: string): string {
    return this.skipped.has(urn) ? unknown : (this.ids.get(urn) ?? unknown);
  }

  /** Plans the operation. Returns `undefined` if there is nothing to do, or if nothing can be done. */
  private async plan(declared: Declared): Promise<Step | undefined> {
    const { dryRun = false, isTargeted } = this.options;
    const { urn, needs } = declared;
    const { provider } = this.run;
    const old = this.old(declared);
    if (old !== undefined) old.isContinued = true;
    if (isTargeted?.(urn) === false) {
      // Neither checked nor compared: the state keeps what it has, under the name that it has.
      if (old === undefined) this.missing.add(urn);
      else this.ids.set(urn, old.entry.id);
      return undefined;
    }
    if (needs.some((needed) => this.missing.has(needed))) throw new UntargetedChange(`create what ${urn} refers to`);
    const isSkipped = needs.some((needed) => this.skipped.has(needed));
    if (isSkipped) this.skipped.add(urn);
    if (isSkipped && this.options.skipsUnchecked === true) return undefined;
    const news = declared.properties((needed) => this.idOf(needed));
    const orSkip = (step: Step): Step | undefined => (isSkipped ? undefined : step);
    if (old === undefined || old.isDeleted) {
      const inputs = await check(provider, declared, news, undefined);
      return orSkip(() => this.make(declared, inputs, old && { replaced: old }));
    }
    const { id, outputs, inputs: oldInputs, isAway, isUnfinished } = old.entry;
    const inputs = await check(provider, declared, news, oldInputs);
    const diff = await provider.diff(declared, id, outputs, inputs);
    if ((diff.changes && diff.replaces.length > 0) || isAway === true) {
      const fresh = await check(provider, declared, news, undefined);
      const isFirst = diff.deleteBeforeReplace === true && isAway !== true;
      const away = isFirst ? [...(await this.dependentsToReplace(old.entry)), old] : [];
      return orSkip(async () => {
        for (const one of away) {
          if (!dryRun) await this.destroyOne(one.entry);
          this.mark(one, { isAway: true });
          one.isDeleted = true;
        }
        await this.make(declared, fresh, { replaced: old });
      });
    }
    const isRenamed = provider.writesNames && writtenAs(this.run, old.entry).urn !== urn;
    if (diff.changes || isRenamed || isUnfinished === true)
      return orSkip(() => this.make(declared, inputs, { updated: old }));
    if (!isSkipped) this.put({ ...old.entry, urn, inputs, needs }, old);
    return undefined;
  }

  /** Creates or updates. A preview does not know the id of what is not there yet. */
  private async make(
    declared: Declared,
    inputs: Properties,
    { updated, replaced }: { updated?: Old; replaced?: Old } = {},
  ): Promise<void> {
    const { dryRun = false, repeats = 0 } = this.options;
    const { provider } = this.run;
    const { urn, type, needs } = declared;
    const isKept = replaced !== undefined && replaced.entry.isAway !== true;
    const take = (id: string, outputs: Properties, rest: Pick<Entry, "isUnfinished"> = {}) =>
      this.put(
        { urn, type, id, needs, inputs, outputs: json(outputs), name: urn, ...rest },
        updated ?? replaced,
        isKept,
      );
    const entry = updated?.entry;
    if (dryRun) {
      take(entry?.id ?? unknown, await provider.plan(declared, entry, inputs));
      return;
    }
    const act = entry === undefined ? "create" : "update";
    const once = (isRepeated: boolean) =>
      this.run.perform({ act, urn, type, entry, ...(isRepeated && { isRepeated }) }, async () =>
        entry === undefined
          ? provider.create(declared, inputs)
          : { id: entry.id, state: await provider.update(declared, entry.id, entry.outputs, inputs) },
      );
    for (let tries = 0; ; tries++) {
      try {
        const made = await once(tries > 0);
        take(made.id, made.state);
        return;
      } catch (error) {
        if (error instanceof ZitadelError && tries < repeats) continue;
        // What an earlier try left behind is lost where the last one does not say so again.
        if (error instanceof Unfinished) take(error.id, error.properties, { isUnfinished: true });
        throw error;
      }
    }
  }

  /** What refers to `root` and could not stay while that is away, last made first. */
  private async dependentsToReplace(root: Entry): Promise<Old[]> {
    const found: Old[] = [];
    for (const old of this.olds) {
      const { entry } = old;
      const { refersBy } = types[entry.type];
      if (refersBy === undefined || !entry.needs.includes(root.urn) || entry.isReplaced === true) continue;
      if (entry.isAway === true || entry.isForeign === true || old.isContinued) continue;
      const inputs = { ...entry.inputs, [refersBy]: unknown };
      const { changes, replaces } = await this.run.provider.diff(entry, entry.id, entry.outputs, inputs);
      if (changes && replaces.length > 0) found.unshift(old);
    }
    return found;
  }

  private async destroyOne(entry: Entry): Promise<void> {
    const { run } = this;
    const operation = { act: "delete", urn: entry.urn, type: entry.type, entry } as const;
    await run.perform(operation, async () => {
      if (entry.isForeign === true) run.deleteForeign?.(entry);
      else await run.provider.delete(writtenAs(run, entry), entry.id, entry.outputs);
    });
  }

  /** Takes up a resource; the old one goes from the state, or stays to be deleted at the end. */
  private put(entry: Entry, old?: Old, isKept = false): void {
    this.news.set(entry.urn, entry);
    this.ids.set(entry.urn, entry.id);
    if (old !== undefined && old.entry.urn !== entry.urn) this.rename(old.entry.urn, entry.urn);
    if (old !== undefined && isKept) this.mark(old, { isReplaced: true });
    else if (old !== undefined) this.forget(old);
    this.save();
  }

  /** What refers to a resource refers to it under its new name. */
  private rename(from: string, to: string): void {
    for (const old of this.olds)
      if (old.entry.needs.includes(from))
        old.entry = { ...old.entry, needs: old.entry.needs.map((needed) => (needed === from ? to : needed)) };
  }

  private mark(old: Old, mark: Pick<Entry, "isReplaced" | "isAway">): void {
    old.entry = { ...old.entry, ...mark };
    this.save();
  }

  private forget(old: Old): void {
    this.olds = this.olds.filter((one) => one !== old);
    this.save();
  }

  private save(): void {
    if (this.options.dryRun !== true)
      this.run.stack.entries = [...this.news.values(), ...this.olds.map(({ entry }) => entry)];
  }
}

async function check(
  provider: Provider,
  declared: Declared,
  news: Properties,
  olds: Properties | undefined,
): Promise<Properties> {
  const { inputs, failures } = await provider.check(declared, olds, news);
  const said = `the program is refused: ${JSON.stringify(failures)}`;
  // Names that were exchanged may be refused, and a target that begins to encrypt together with its first key; all else is right.
  if (failures.some(({ reason }) => reason.includes("Take two steps"))) throw new ZitadelError("invalid_request", said);
  if (failures.some(({ property }) => property !== "name")) throw new Error(said);
  if (failures.length > 0) throw new ZitadelError("name_taken", said);
  return json(inputs);
}

/** The resource as a read or a delete names it: from its outputs, if they have the name that it was last created or updated with. */
function writtenAs({ provider }: Run, { urn, type, name = urn }: Entry): Named {
  return { urn: provider.writesNames ? name : urn, type };
}

/** The parts of a URN: the type of the component that the resource is in, and its name. */
export function partsOf(urn: string): { readonly parent: string | undefined; readonly name: string } {
  const [, parent, name = urn] = /^(?:(.*)\$)?(.*)$/.exec(urn) ?? [];
  return { parent, name };
}

/** The id under which ZITADEL has an entry's object: another provider's may have another form. */
export function objectOf({ type, id, outputs, isForeign }: Entry): string {
  return types[type].lifecycle.objectId(id, isForeign === true ? (outputs["object"] as Properties) : outputs);
}

/** As it comes back from a state: plain JSON. */
function json(properties: Properties): Properties {
  return JSON.parse(JSON.stringify(properties)) as Properties;
}
