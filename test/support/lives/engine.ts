import { ZitadelError } from "../../../provider/errors";
import { executionLifecycle } from "../../../provider/execution/lifecycle";
import { type Lifecycle, type Properties, Unfinished, unknown } from "../../../provider/lifecycle";
import type { Managed } from "../../../provider/managed";
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
  readonly urn: string;
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
  /** Replaced, and still to be deleted. */
  readonly isReplaced?: true;
  /** Deleted before its replacement could be made. */
  readonly isAway?: true;
  /** There, but not as declared: it is updated next time whatever its diff says. */
  readonly isUnfinished?: true;
}

/** Something that a run does with one resource. */
export interface Operation {
  readonly act: "create" | "read" | "update" | "delete";
  readonly urn: string;
  readonly type: Type;
  /** `undefined` for what is being created. */
  readonly entry: Entry | undefined;
}

/** One provider process and the state that its engine saves. */
export interface Run {
  readonly stack: { entries: readonly Entry[] };
  readonly managed: Readonly<Record<Type, Managed>>;
  /** Performs an operation; what it throws is how the operation ended. */
  readonly perform: <Result>(operation: Operation, act: () => Promise<Result>) => Promise<Result>;
}

/** Deploys a program as Pulumi's engine does, one resource after the other. Nothing begins after a failure. */
export async function up(run: Run, program: readonly Declared[], { dryRun = false } = {}): Promise<void> {
  const state = new Deployed(run, dryRun);
  for (const declared of program) await register(run, state, declared);
  for (const entry of state.olds.toReversed()) {
    if (!dryRun && entry.isAway !== true) await destroyOne(run, entry);
    state.forget(entry);
  }
}

/** Plans a deployment; nobody but the lifecycles' `check` and `diff` is asked. */
export function preview(run: Run, program: readonly Declared[]): Promise<void> {
  return up(run, program, { dryRun: true });
}

/** Deletes everything, each resource after what refers to it. */
export function destroy(run: Run): Promise<void> {
  return up(run, []);
}

/** Reads every resource. One that fails stays as it is and lets the others be read; the first failure is thrown at the end. */
export async function refresh(run: Run): Promise<void> {
  const failures: unknown[] = [];
  const after: Entry[] = [];
  for (const entry of run.stack.entries) {
    try {
      const read = entry.isAway === true ? entry : await readOne(run, entry);
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

/** The engine stopped: what it had not saved is lost. */
export class Crash extends Error {}

async function readOne(run: Run, entry: Entry): Promise<Entry | undefined> {
  const operation = { act: "read", urn: entry.urn, type: entry.type, entry } as const;
  const found = await run.perform(operation, () => run.managed[entry.type].read(entry.id, entry.outputs));
  if (found === undefined) return undefined;
  const { isUnfinished: _, ...rest } = entry;
  return { ...rest, inputs: json(found.inputs), outputs: json(found.state) };
}

function destroyOne(run: Run, entry: Entry): Promise<void> {
  const operation = { act: "delete", urn: entry.urn, type: entry.type, entry } as const;
  return run.perform(operation, () => run.managed[entry.type].delete(resourceOf(entry), entry.id, entry.outputs));
}

/** What becomes of the state in one deployment: saved after every operation. */
class Deployed {
  private readonly news = new Map<string, Entry>();
  private rest: readonly Entry[];

  constructor(
    private readonly run: Run,
    readonly dryRun: boolean,
  ) {
    this.rest = run.stack.entries;
  }

  /** What is left of the last deployment. */
  get olds(): readonly Entry[] {
    return this.rest;
  }

  old(urn: string): Entry | undefined {
    return this.rest.find((entry) => entry.urn === urn && entry.isReplaced !== true);
  }

  idOf(urn: string): string {
    return this.news.get(urn)?.id ?? unknown;
  }

  /** Takes up a resource; the old one goes from the state, or stays to be deleted at the end. */
  put(entry: Entry, old?: Entry, isKept = false): void {
    this.news.set(entry.urn, entry);
    if (old !== undefined && isKept) this.mark(old, { isReplaced: true });
    else if (old !== undefined) this.forget(old);
    this.save();
  }

  mark(old: Entry, mark: Pick<Entry, "isReplaced" | "isAway">): Entry {
    const marked = { ...old, ...mark };
    this.rest = this.rest.map((entry) => (entry === old ? marked : entry));
    this.save();
    return marked;
  }

  forget(old: Entry): void {
    this.rest = this.rest.filter((entry) => entry !== old);
    this.save();
  }

  private save(): void {
    if (!this.dryRun) this.run.stack.entries = [...this.news.values(), ...this.rest];
  }
}

async function register(run: Run, state: Deployed, declared: Declared): Promise<void> {
  const { urn, type } = declared;
  const news = declared.properties((needed) => state.idOf(needed));
  const old = state.old(urn);
  if (old === undefined) return make(run, state, declared, check(run, declared, news, undefined));
  if (old.isAway === true) return make(run, state, declared, check(run, declared, news, undefined), { replaced: old });
  const inputs = check(run, declared, news, old.inputs);
  const { changes, replaces, deleteBeforeReplace } = await run.managed[type].diff(
    resourceOf(declared),
    old.id,
    old.outputs,
    inputs,
  );
  if (changes && replaces.length > 0) {
    const fresh = check(run, declared, news, undefined);
    if (deleteBeforeReplace !== true) return make(run, state, declared, fresh, { replaced: old });
    let away = old;
    for (const entry of [...(await dependentsToReplace(run, state, old)), old]) {
      if (!state.dryRun) await destroyOne(run, entry);
      const marked = state.mark(entry, { isAway: true });
      if (entry === old) away = marked;
    }
    return make(run, state, declared, fresh, { replaced: away });
  }
  if (changes || old.isUnfinished === true) return make(run, state, declared, inputs, { updated: old });
  state.put({ ...old, inputs, needs: declared.needs }, old);
}

function check(run: Run, { urn, type }: Declared, news: Properties, olds: Properties | undefined): Properties {
  const { inputs, failures } = run.managed[type].check(resourceOf({ urn, type }), { olds, news, logicalName: urn });
  const said = `the program of a life is wrong: ${JSON.stringify(failures)}`;
  // Names that were exchanged may be refused; all else in it is right.
  if (failures.some(({ property }) => property !== "name")) throw new Error(said);
  if (failures.length > 0) throw new ZitadelError("name_taken", said);
  return json(inputs);
}

/** Creates or updates. A preview does not know the id of what is not there yet. */
async function make(
  run: Run,
  state: Deployed,
  { urn, type, needs }: Declared,
  inputs: Properties,
  { updated, replaced }: { updated?: Entry; replaced?: Entry } = {},
): Promise<void> {
  const managed = run.managed[type];
  const resource = resourceOf({ urn, type });
  const isKept = replaced !== undefined && replaced.isAway !== true;
  const take = (id: string, outputs: Properties, rest: Pick<Entry, "isUnfinished"> = {}) =>
    state.put({ urn, type, id, needs, inputs, outputs: json(outputs), ...rest }, updated ?? replaced, isKept);
  if (state.dryRun) {
    take(updated?.id ?? unknown, inputs);
    return;
  }
  try {
    const act = updated === undefined ? "create" : "update";
    const made = await run.perform({ act, urn, type, entry: updated }, async () =>
      updated === undefined
        ? managed.create(resource, inputs)
        : { id: updated.id, state: await managed.update(resource, updated.id, updated.outputs, inputs) },
    );
    take(made.id, made.state);
  } catch (error) {
    if (error instanceof Unfinished) take(error.id, error.properties, { isUnfinished: true });
    throw error;
  }
}

/** What refers to `root` and could not stay while that is away, last made first. */
async function dependentsToReplace(run: Run, state: Deployed, root: Entry): Promise<Entry[]> {
  const found: Entry[] = [];
  for (const entry of state.olds) {
    const { refersBy } = types[entry.type];
    if (refersBy === undefined || !entry.needs.includes(root.urn) || entry.isReplaced === true) continue;
    if (entry.isAway === true) continue;
    const { changes, replaces } = await run.managed[entry.type].diff(resourceOf(entry), entry.id, entry.outputs, {
      ...entry.inputs,
      [refersBy]: unknown,
    });
    if (changes && replaces.length > 0) found.unshift(entry);
  }
  return found;
}

/** How the ledger names a resource. */
function resourceOf({ urn, type }: Pick<Declared, "urn" | "type">): string {
  return `${types[type].lifecycle.type} ${JSON.stringify(urn)}`;
}

/** As it comes back from a state: plain JSON. */
function json(properties: Properties): Properties {
  return JSON.parse(JSON.stringify(properties)) as Properties;
}
