import { startZitadel } from "../../../local/zitadel";
import { operationOf } from "../../../local/zitadel/routes";
import { Client } from "../../../provider/client";
import { hasCode, ZitadelError } from "../../../provider/errors";
import { connect, type HttpRequest, type Send } from "../../../provider/http";
import { Unfinished } from "../../../provider/lifecycle";
import { type FakeClock, fakeClock, instanceFor, secretOf } from "../provider";
import { Managed } from "../../../provider/managed";
import { Crash, type Entry, type Operation, type Run, type Type, types } from "./engine";
import { Broken, type Ended, inventory, missedChange, missedSet, type Orphan } from "./settled";
import { type CalledCommand, type CrashPoint, faults, shortTimeout, type Surprise } from "./steps";
import { calm, surprise } from "./surprises";

/** How much happened. */
export interface Counts {
  commands: number;
  failedCommands: number;
  operations: number;
  requests: number;
  faults: number;
  crashes: number;
  lostEvents: number;
}

/** One life's server, state and clock. */
export interface World extends Ended {
  readonly clock: FakeClock;
  readonly stack: { entries: readonly Entry[] };
  readonly credential: ReturnType<typeof secretOf>;
  readonly orphans: Orphan[];
  readonly lost: HttpRequest[];
  /** Ids of targets whose key in the state is not the server's, since the answer was lost and the error said so. */
  readonly unknownKeys: Set<string>;
  readonly counts: Counts;
}

export async function openWorld(counts: Counts): Promise<World> {
  const clock = fakeClock();
  const zitadel = await startZitadel({ now: () => new Date(clock.date()) });
  const credential = secretOf(zitadel.owner);
  return {
    zitadel,
    clock,
    stack: { entries: [] },
    credential,
    strangers: new Set(),
    rotated: new Set(),
    orphans: [],
    lost: [],
    unknownKeys: new Set(),
    counts,
  };
}

/** Processes take their time to start: ZITADEL tells its own by whole seconds. */
const restart = 2_000;

/** A provider process of its own for one command, with everything that is to happen to it. */
export async function execute(
  world: World,
  { lag, faults: planned, surprises, crash }: Omit<CalledCommand, "act">,
  act: (run: Run) => Promise<void>,
): Promise<unknown> {
  const { zitadel, clock, counts } = world;
  const rules = planned.flatMap(({ fault, skip, times }) => {
    const known = faults[fault];
    return known === undefined ? [] : [zitadel.faults.add({ fault: known, skip, times })];
  });
  zitadel.readModel.lag(lag);
  const hangs = planned.some(({ fault }) => faults[fault]?.kind === "hang");
  const crasher = new Crasher(crash);
  const instance = instanceFor(zitadel, { credential: world.credential });
  const send = disturbed(world, connect(instance, hangs ? shortTimeout : undefined), surprises, crasher);
  const log = { warn: () => undefined, info: () => undefined };
  const client = new Client(instance, { clock, send });
  const connections = { client: () => client, problem: () => undefined };
  const run: Run = {
    stack: world.stack,
    managed: {
      target: new Managed(types.target.lifecycle, connections, log),
      key: new Managed(types.key.lifecycle, connections, log),
      execution: new Managed(types.execution.lifecycle, connections, log),
    },
    perform: (operation, work) => performed(world, crasher, operation, work),
  };
  counts.commands++;
  let failure: unknown;
  try {
    await act(run);
  } catch (error) {
    failure = error;
    if (error instanceof Crash) {
      counts.crashes++;
      clock.advance(restart);
    } else if (error instanceof Error && error.name === "ZitadelError") counts.failedCommands++;
    else throw error;
  }
  // What was rotated behind Pulumi's back is known once the saved state has it.
  for (const { id, outputs } of world.stack.entries)
    if (outputs["signingKey"] === keyOf(world, id)) world.rotated.delete(id);
  for (const rule of rules) counts.faults += rule.hits;
  calm(zitadel);
  return failure;
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

/** Sends as a provider does, while things happen to the server. */
function disturbed(world: World, send: Send, surprises: readonly Surprise[], crasher: Crasher): Send {
  const { zitadel, clock, counts, lost } = world;
  return async (request, signal) => {
    const number = crasher.begin("request");
    counts.requests++;
    clock.advance(7);
    if (surprise(zitadel, surprises, number, operationOf(request.method, request.path))) {
      lost.push(request);
      counts.lostEvents++;
    }
    const answer = await send(request, signal);
    crasher.end("request", number);
    return answer;
  };
}

/** Performs an operation, and holds that it did nothing else than it says. */
async function performed<Result>(
  world: World,
  crasher: Crasher,
  operation: Operation,
  work: () => Promise<Result>,
): Promise<Result> {
  const number = crasher.begin("operation");
  world.counts.operations++;
  const before = inventory(world);
  try {
    const result = await work();
    if (operation.act === "create") holdMade(world, operation, before, result as { id: string });
    holdResult(world, operation, result);
    crasher.end("operation", number);
    return result;
  } catch (error) {
    if (error instanceof Broken) throw error;
    const ended = crasher.isOver ? new Crash() : error;
    noteOrphans(world, operation, before, ended);
    if (ended instanceof Crash) noteKey(world, operation);
    else holdError(world, operation, ended);
    throw ended;
  }
}

/** Holds that a create made what it says, and nothing else. */
function holdMade(
  world: World,
  { urn, type: made }: Operation,
  before: ReadonlyMap<string, unknown>,
  { id }: { id: string },
): void {
  const after = inventory(world);
  if (!after.has(id) && !(made === "execution" && missedSet(world)))
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
      if (type === "execution") continue; // one that was emptied behind Pulumi's back and is set again
      throw new Broken(`${act} of ${urn} made ${type} ${id}`);
    }
    const reason = error instanceof Crash ? "crash" : codeOf(error);
    // Only an object whose id nobody was told may be left over, and then the error has to say so.
    const isSaid = error instanceof ZitadelError && error.doubtful && type !== "execution";
    if (reason !== "crash" && !isSaid) throw new Broken(`create of ${urn} left ${type} ${id} after ${reason}`);
    world.orphans.push({ type, id, reason });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

function keyOf({ zitadel }: World, id: string): string | undefined {
  return zitadel.targets().find((target) => target.id === id)?.signingKey;
}

/** A rotation whose end the state never learnt of made another key: the next one makes another still. */
function noteKey(world: World, { type, entry }: Operation): void {
  if (type !== "target" || entry === undefined) return;
  if ((keyOf(world, entry.id) ?? entry.outputs["signingKey"]) !== entry.outputs["signingKey"])
    world.unknownKeys.add(entry.id);
}

function holdResult(world: World, { act, urn, type, entry }: Operation, result: unknown): void {
  if (act === "read") holdRead(world, { act, urn, type, entry }, result);
  if (type !== "target" || (act !== "create" && act !== "update")) return;
  const { id, state } = result as { id: string; state: Record<string, unknown> };
  holdKey(world, act, urn, id, state["signingKey"]);
}

/** Holds that the state has the key that the server signs with, unless somebody else rotated it. */
function holdKey(world: World, act: string, urn: string, id: string, signingKey: unknown): void {
  const key = keyOf(world, id);
  if (key === undefined || world.rotated.has(id) || missedChange(world, id)) return;
  if (key === signingKey) world.unknownKeys.delete(id);
  else if (!world.unknownKeys.has(id)) throw new Broken(`${act} of ${urn}: the signing key of target ${id} was lost`);
}

function holdRead(world: World, { urn, type, entry }: Operation, result: unknown): void {
  if (entry === undefined) return;
  const { id } = entry;
  const isThere = inventory(world).has(id);
  if (result === undefined) {
    // Executions live on the read side: one that it missed runs nowhere.
    const missed = type === "execution" && missedSet(world);
    if (isThere && !missed) throw new Broken(`refresh drops ${type} ${urn} (${id}), which exists`);
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
  if (type !== "target" || act !== "update" || entry === undefined) return;
  const id = entry.id;
  if (error instanceof Unfinished) holdKey(world, act, urn, id, error.properties["signingKey"]);
  else if ((keyOf(world, id) ?? entry.outputs["signingKey"]) !== entry.outputs["signingKey"]) {
    // The next update makes another key, as the error of an unanswered rotation says.
    if (!world.rotated.has(id) && !world.unknownKeys.has(id) && !hasCode(error, "unanswered"))
      throw new Broken(`update of ${urn} lost the signing key with ${codeOf(error)}: ${error.message}`);
    world.unknownKeys.add(id);
  }
}
