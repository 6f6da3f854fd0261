import { startZitadel, type Zitadel } from "../../../local/zitadel";
import { operationOf } from "../../../local/zitadel/routes";
import { hasCode, ZitadelError } from "../../../provider/api/errors";
import { connect, type HttpRequest, type Send } from "../../../provider/api/http";
import { Unfinished } from "../../../provider/core/unfinished";
import type { Clock } from "../../../provider/api/retry";
import { type FakeClock, fakeClock, instanceFor, secretOf } from "../provider";
import { Crash, type Declared, type Entry, objectOf, type Operation, type Run, type Type } from "./engine";
import { deleteForeign } from "./foreign";
import { interrupt } from "./interrupt";
import { KeyWatch } from "./key-watch";
import { type Plans, plansAt, type StartProvider } from "./providers";
import {
  Broken,
  type Ended,
  inventory,
  isUnseenlyDeleted,
  missedChange,
  missedKey,
  missedSet,
  type Orphan,
} from "./settled";
import { type CalledCommand, type CrashPoint, faults, shortTimeout, type Surprise } from "./steps";
import { calm, surprise } from "./surprises";

/** Counts of what happened. */
export interface Counts {
  commands: number;
  failedCommands: number;
  operations: number;
  requests: number;
  faults: number;
  crashes: number;
  lostEvents: number;
  /** How often the provider told what, by the message without names, and how often a command ended with which error. */
  readonly told: Record<string, number>;
}

export function noCounts(): Counts {
  return {
    commands: 0,
    failedCommands: 0,
    operations: 0,
    requests: 0,
    faults: 0,
    crashes: 0,
    lostEvents: 0,
    told: {},
  };
}

/** The server, the state and the clock of one random test. */
export interface World extends Ended {
  readonly clock: FakeClock;
  /** How far the clock of the provider's machine is ahead of the server's. */
  readonly clockAhead: number;
  readonly stack: { entries: readonly Entry[] };
  readonly credential: ReturnType<typeof secretOf>;
  /** Which provider it is. */
  readonly startProvider: StartProvider;
  readonly orphans: Orphan[];
  /** Ids of targets whose key in the state is not the server's, since the answer was lost and the error said so. */
  readonly unknownKeys: Set<string>;
  readonly counts: Counts;
  /** Where the settings say that the server is. */
  origin: string;
  /** Another instance, once one is needed. */
  other: Zitadel | undefined;
}

export async function openWorld(counts: Counts, startProvider: StartProvider, clockAhead = 0): Promise<World> {
  const clock = fakeClock();
  const zitadel = await startZitadel({ now: () => new Date(clock.date()), allowLoopback: true });
  const credential = secretOf(zitadel.owner);
  return {
    zitadel,
    clock,
    clockAhead,
    stack: { entries: [] },
    credential,
    startProvider,
    strangers: new Set(),
    rotated: new Set(),
    orphans: [],
    lost: [],
    unknownKeys: new Set(),
    counts,
    origin: zitadel.url,
    other: undefined,
  };
}

/** Processes take their time to start: ZITADEL tells its own by whole seconds. */
const start = 2_000;

/** What a command does, and to what. */
export interface Job {
  /** What the program declares, as far as the command is about it. */
  readonly declared: readonly Declared[];
  readonly act: (run: Run) => Promise<void>;
  /** Whether the command runs the program. */
  readonly isUp: boolean;
  /** What the preview just before has planned, or what this one plans. */
  readonly plans?: Plans;
}

/** A provider process of its own for one command, with everything that is to happen to it. */
export async function execute(
  world: World,
  { lag, faults: planned, surprises, crash, interrupted }: Omit<CalledCommand, "act">,
  { declared, act, isUp, plans }: Job,
): Promise<unknown> {
  const { zitadel, clock, counts } = world;
  clock.advance(start);
  const rules = planned.flatMap(({ fault, skip, times }) => {
    const known = faults[fault];
    return known === undefined ? [] : [zitadel.faults.add({ fault: known, skip, times })];
  });
  zitadel.readModel.lag(lag);
  const endInterruption = interrupted && (await interrupt(zitadel, interrupted, world));
  const hangs = planned.some(({ fault }) => faults[fault]?.kind === "hang");
  const crasher = new Crasher(crash);
  const process = new Process(world, declared, crasher);
  const timeout = hangs ? shortTimeout : undefined;
  counts.commands++;
  let failure: unknown;
  try {
    await act(await process.start({ isUp, plans: plans ?? plansAt(clock), surprises, timeout }));
  } catch (error) {
    failure = error;
    if (error instanceof Crash) {
      counts.crashes++;
    } else if (error instanceof Broken || !isExpected(error)) throw error;
    else {
      counts.failedCommands++;
      count(world, `Ended with ${codeOf(error)}`);
    }
  }
  // A rotation outside Pulumi is known when the saved state has it.
  for (const { id, outputs } of world.stack.entries)
    if (outputs["signingKey"] === keyOf(world, id)) world.rotated.delete(id);
  dropFound(world);
  for (const rule of rules) counts.faults += rule.hits;
  endInterruption?.();
  process.isOver = true;
  calm(zitadel);
  return failure;
}

/** Counts a message, whatever names and ids are in it. */
function count({ counts: { told } }: World, message: string): void {
  const kind = message
    .replace(/https?:\/\/[^\s"]*|"[^"]*"|\(?\d{18}(\/\d{18})?\)?/g, "…")
    .split(/[:.(,]/)[0]
    ?.slice(0, 80);
  told[kind ?? ""] = (told[kind ?? ""] ?? 0) + 1;
}

/** How a command may end: with an error of the provider's, or of the engine's own. */
function isExpected(error: unknown): boolean {
  const names = ["ZitadelError", "UnrelatedFailure", "UntargetedChange"];
  return error instanceof Error && (names.includes(error.name) || names.includes(error.constructor.name));
}

/** What was left over and has an entry now was adopted, or found by the repetition of its create. */
function dropFound({ orphans, stack }: World): void {
  const owned = new Set(stack.entries.map((entry) => `${entry.type} ${objectOf(entry)}`));
  const left = orphans.filter(({ type, id }) => !owned.has(`${type} ${id}`));
  orphans.splice(0, orphans.length, ...left);
}

/** Decides when the engine stops. */
class Crasher {
  isOver = false;
  private operations = 0;
  private requests = 0;

  constructor(private readonly plan: CrashPoint | null) {}

  begin(what: "operation" | "request"): number {
    if (this.isOver) throw new Crash();
    const number = what === "operation" ? this.operations++ : this.requests++;
    this.stopAt(`before ${what}`, number);
    return number;
  }

  end(what: "operation" | "request", number: number): void {
    this.stopAt(`after ${what}`, number);
  }

  private stopAt(point: CrashPoint["point"], number: number): void {
    if (this.plan?.point !== point || this.plan.at !== number) return;
    this.isOver = true;
    throw new Crash();
  }
}

/** A provider process, and what is held of everything that it does. */
class Process {
  private inFlight = 0;
  private readonly keys: KeyWatch;
  /** What there was before the first try of an operation. */
  private before: ReadonlyMap<string, Type> = new Map();
  /** What the tries of an operation that is repeated have made so far. */
  private made = new Set<string>();
  /** The signing keys that a target has had during the tries of its update. */
  private signingKeys = new Set<string | undefined>();

  constructor(
    private readonly world: World,
    private readonly declared: readonly Declared[],
    private readonly crasher: Crasher,
  ) {
    this.keys = new KeyWatch(world, declared);
  }

  async start({
    isUp,
    plans,
    surprises,
    timeout,
  }: {
    readonly isUp: boolean;
    readonly plans: Plans;
    readonly surprises: readonly Surprise[];
    readonly timeout: number | undefined;
  }): Promise<Run> {
    const { world } = this;
    const { zitadel, stack, credential, origin } = world;
    const provider = await world.startProvider({
      instance: instanceFor(zitadel, { credential, origin }),
      send: this.disturbed(connect(instanceFor(zitadel), timeout), surprises),
      clock: this.clock(),
      tell: (message) => count(world, message),
      isUp,
      plans,
    });
    return {
      stack,
      provider,
      perform: (operation, work) => this.perform(operation, work),
      // Its own provider would delete what a resource of ours has taken over: docs/migrating.md says to remove the entry by hand.
      deleteForeign: (entry) => {
        if (this.keepersOf(entry).length === 0) deleteForeign(zitadel, entry);
      },
    };
  }

  /** Whether the command has ended: then nothing more happens for requests that are still on their way. */
  isOver = false;

  /** The clock of the provider's machine. Time passes when there is nothing else to do. */
  private clock(): Clock {
    const { clock, clockAhead } = this.world;
    const start = clock.now();
    return {
      now: () => clock.now() - start,
      date: () => clock.date() + clockAhead,
      random: () => clock.random(),
      sleep: async (milliseconds, signal) => {
        do {
          await new Promise(setImmediate);
          await new Promise(setImmediate);
        } while (this.inFlight > 0);
        return clock.sleep(milliseconds, signal);
      },
    };
  }

  /** Sends as a provider does, while things happen to the server. */
  private disturbed(send: Send, surprises: readonly Surprise[]): Send {
    const { crasher, world, keys } = this;
    const { zitadel, clock, counts, lost } = world;
    return async (request: HttpRequest, signal) => {
      const number = crasher.begin("request");
      counts.requests++;
      clock.advance(7);
      const operation = operationOf(request.method, request.path);
      if (surprise(zitadel, this.isOver ? [] : surprises, number, operation)) {
        lost.push(request);
        counts.lostEvents++;
      }
      const before = keys.look();
      this.inFlight++;
      try {
        const answer = await send(request, signal);
        crasher.end("request", number);
        return answer;
      } finally {
        this.inFlight--;
        await keys.hold(before, request);
      }
    };
  }

  /** Performs an operation, and holds that it did nothing else than it says. */
  private async perform<Result>(operation: Operation, work: () => Promise<Result>): Promise<Result> {
    const { world, crasher } = this;
    world.counts.operations++;
    const before = inventory(world);
    const all = operation.act === "read" ? everything(world) : undefined;
    const owners = operation.act === "delete" ? this.keepersOf(operation.entry) : [];
    const keepers = owners.filter((entry) => before.has(objectOf(entry)));
    if (operation.isRepeated !== true) {
      this.before = before;
      this.made = new Set();
      this.signingKeys = new Set([keyOf(world, operation.entry?.id ?? "")]);
    }
    const ended = await this.ended(async () => {
      const number = crasher.begin("operation");
      const result = await work();
      crasher.end("operation", number);
      return result;
    });
    this.holdOnce(operation, before);
    holdKept(world, operation, keepers);
    const after = all && everything(world);
    if (after !== all) throw new Broken(`refresh of ${operation.urn} wrote something`, { cause: [all, after] });
    if ("error" in ended) {
      // A crash loses what earlier tries of the operation made, too.
      const isLost = ended.error instanceof Crash && operation.act === "create";
      noteOrphans(world, operation, isLost ? this.before : before, ended.error);
      if (ended.error instanceof Crash) noteKey(world, operation);
      else holdError(world, operation, ended.error);
      throw ended.error;
    }
    if (operation.act === "create") holdMade(world, operation, before, ended.result as Parameters<typeof holdMade>[3]);
    holdResult(world, operation, ended.result);
    return ended.result;
  }

  private async ended<Result>(work: () => Promise<Result>): Promise<{ result: Result } | { error: unknown }> {
    try {
      return { result: await work() };
    } catch (error) {
      if (error instanceof Broken) throw error;
      return { error: this.crasher.isOver ? new Crash() : error };
    }
  }

  /** The resources that the program still declares, and that have the object of an entry that is to be deleted. */
  private keepersOf(deleted: Entry | undefined): readonly Entry[] {
    const { declared } = this;
    if (deleted === undefined) return [];
    const isDeclared = (urn: string) => declared.some((one) => one.urn === urn);
    return this.world.stack.entries.filter((entry) => {
      const isLeft = entry.isReplaced === true || entry.isAway === true || entry.isForeign === true;
      const isSame = entry.type === deleted.type && objectOf(entry) === objectOf(deleted);
      return entry.urn !== deleted.urn && !isLeft && isSame && isDeclared(entry.urn);
    });
  }

  /** Checks that a repeated operation makes neither a second object nor a second key. */
  private holdOnce({ act, urn, type, entry }: Operation, before: ReadonlyMap<string, Type>): void {
    const { world, made, signingKeys } = this;
    for (const [id, other] of inventory(world)) if (!before.has(id) && other === type) made.add(id);
    const isSeen = (id: string) => inventory(world).has(id);
    if (act === "create" && type !== "execution" && [...made].filter(isSeen).length > 1 && world.lost.length === 0)
      throw new Broken(`the repeated create of ${urn} made ${[...made].join(" and ")}`);
    if (act !== "update" || type !== "target" || entry === undefined) return;
    signingKeys.add(keyOf(world, entry.id));
    if (signingKeys.size > 2 && !missedChange(world, entry.id))
      throw new Broken(`the repeated update of ${urn} made two signing keys`);
  }
}

/** Everything that the server has. */
export function everything({ zitadel }: Pick<World, "zitadel">): string {
  const targets = zitadel.targets();
  return JSON.stringify([targets, targets.map(({ id }) => zitadel.publicKeys(id)), zitadel.executions()]);
}

/** Checks that objects of other owners still exist. */
function holdKept(world: World, { urn }: Operation, keepers: readonly Entry[]): void {
  if (keepers.length === 0) return;
  const left = inventory(world);
  for (const keeper of keepers)
    if (!left.has(objectOf(keeper))) throw new Broken(`delete of ${urn} took ${objectOf(keeper)} from ${keeper.urn}`);
}

/** Checks that a create made what it says, and nothing else. */
function holdMade(
  world: World,
  { urn, type: made }: Operation,
  before: ReadonlyMap<string, unknown>,
  { id, state }: { id: string; state: Record<string, unknown> },
): void {
  const after = inventory(world);
  // ZITADEL goes on executing one whose targets were all deleted without the read model's seeing it.
  const isShown = (targets: readonly string[]) =>
    missedSet(world) || targets.every((target) => isUnseenlyDeleted(world, target));
  if (!after.has(id) && !(made === "execution" && isShown(state["targets"] as string[])))
    throw new Broken(`create of ${urn} says ${id}, which does not exist`);
  for (const [other, type] of after) {
    if (before.has(other) || other === id) continue;
    if (world.lost.length === 0) throw new Broken(`create of ${urn} made ${type} ${other} beside ${id}`);
    world.orphans.push({ type, id: other, reason: "lost event" });
  }
}

function noteOrphans(world: World, { act, urn }: Operation, before: ReadonlyMap<string, Type>, error: unknown): void {
  const kept = error instanceof Unfinished ? error.id : undefined;
  for (const [id, type] of inventory(world)) {
    if (before.has(id) || id === kept) continue;
    if (act !== "create") {
      if (type === "execution") continue; // one that was emptied outside Pulumi and is set again
      throw new Broken(`${act} of ${urn} made ${type} ${id}`);
    }
    const reason = error instanceof Crash ? "crash" : codeOf(error);
    // An object may be left over only if its id was never returned, and then the error has to say so.
    const isSaid = error instanceof ZitadelError && error.doubtful && type !== "execution";
    if (reason !== "crash" && !isSaid) throw new Broken(`create of ${urn} left ${type} ${id} after ${reason}`);
    world.orphans.push({ type, id, reason });
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? String(error.code) : error.constructor.name;
}

function keyOf({ zitadel }: World, id: string): string | undefined {
  return zitadel.targets().find((target) => target.id === id)?.signingKey;
}

/** A rotation whose end the state never learnt of made another key: the next one makes another still. */
function noteKey(world: World, { type, entry }: Operation): void {
  if (type !== "target" || entry === undefined || entry.isForeign === true) return;
  if ((keyOf(world, entry.id) ?? entry.outputs["signingKey"]) !== entry.outputs["signingKey"])
    world.unknownKeys.add(entry.id);
}

function holdResult(world: World, { act, urn, type, entry }: Operation, result: unknown): void {
  if (act === "read") holdRead(world, { act, urn, type, entry }, result);
  // What was there before, and was perhaps taken over, stays, as the log says.
  if (act === "delete" && entry?.outputs["__adopting"] === true && inventory(world).has(objectOf(entry)))
    world.orphans.push({ type, id: objectOf(entry), reason: "unanswered" });
  if (type !== "target" || (act !== "create" && act !== "update")) return;
  const { id, state } = result as { id: string; state: Record<string, unknown> };
  holdKey(world, act, urn, id, state["signingKey"]);
}

/** Checks that the state has the key with which the server signs, unless somebody else rotated it. */
function holdKey(world: World, act: string, urn: string, id: string, signingKey: unknown): void {
  const key = keyOf(world, id);
  if (key === undefined || world.rotated.has(id) || missedChange(world, id)) return;
  if (key === signingKey) world.unknownKeys.delete(id);
  // Only the deletion of the other entry shows that this one is older, and the error says to refresh.
  else if (world.stack.entries.some((other) => other.urn !== urn && other.outputs["signingKey"] === key))
    world.unknownKeys.add(id);
  else if (!world.unknownKeys.has(id)) throw new Broken(`${act} of ${urn}: the signing key of target ${id} was lost`);
}

/** Whether somebody set another list before ours was confirmed: then the execution may be theirs. */
function isOverwritten({ zitadel }: World, entry: Entry): boolean {
  const tried = entry.outputs["__tried"] as readonly string[][] | undefined;
  const targets = zitadel.executions().find(({ id }) => id === objectOf(entry))?.targets ?? [];
  return tried?.some((list) => targets.every((target) => list.includes(target))) === false;
}

function holdRead(world: World, { urn, type, entry }: Operation, result: unknown): void {
  if (entry === undefined) return;
  const id = objectOf(entry);
  const isThere = inventory(world).has(id);
  if (result === undefined) {
    // ZITADEL runs executions from the read side: one that it missed never runs.
    const missed = type === "execution" ? missedSet(world) : type === "key" && missedKey(world, id);
    // ZITADEL encrypts from the read side, too: a key that it missed has no effect, and is added again.
    if (isThere && missed && type === "key") world.orphans.push({ type, id, reason: "lost event" });
    if (type === "execution" && isOverwritten(world, entry)) world.orphans.push({ type, id, reason: "unanswered" });
    else if (isThere && !missed) throw new Broken(`refresh drops ${type} ${urn} (${id}), which exists`);
    return;
  }
  if (type !== "target") return;
  const { signingKey } = (result as { state: Record<string, unknown> }).state;
  const key = keyOf(world, id);
  if (key === signingKey) {
    world.unknownKeys.delete(id);
  } else if (entry.outputs["signingKey"] === key) holdKey(world, "read", urn, id, signingKey);
}

function holdError(world: World, { act, urn, type, entry }: Operation, error: unknown): void {
  if (!(error instanceof Error) || error.name !== "ZitadelError")
    throw new Broken(`${act} of ${urn} ended with ${String(error)}`, { cause: error });
  if (type !== "target" || act !== "update" || entry === undefined || entry.isForeign === true) return;
  const id = entry.id;
  const kept = error instanceof Unfinished ? error.properties : {};
  // What an unsure state lacks, the next update asks for.
  if (error instanceof Unfinished && (kept["__unsure"] !== true || kept["signingKey"] === keyOf(world, id)))
    holdKey(world, act, urn, id, kept["signingKey"]);
  else if ((keyOf(world, id) ?? entry.outputs["signingKey"]) !== entry.outputs["signingKey"]) {
    // The next update makes another key, as the error of an unanswered rotation says.
    const isKnown = world.rotated.has(id) || world.unknownKeys.has(id) || missedChange(world, id);
    if (!isKnown && !hasCode(error, "unanswered"))
      throw new Broken(`update of ${urn} lost the signing key with ${codeOf(error)}: ${error.message}`);
    world.unknownKeys.add(id);
  }
}
