import { isDeepStrictEqual } from "node:util";
import { startZitadel } from "../../../local/zitadel";
import { hasCode } from "../../../provider/api/errors";
import type { Properties } from "../../../provider/core/properties";
import { secretOf } from "../provider";
import { type Declared, destroy, type Entry, objectOf, preview, refresh, type Run, up, type UpOptions } from "./engine";
import { foreignEntries } from "./foreign";
import { type Hands, live } from "./life";
import { declarationsOf, type Program } from "./program";
import { dynamic, plansAt, type StartProvider } from "./providers";
import { type Failure, recover } from "./recovery";
import { Broken, holdOwnedOnce, inventory, type Orphan } from "./settled";
import type { CalledCommand, Life, Targeted } from "./steps";
import { type Counts, everything, execute, openWorld, type World } from "./world";

/** Runs a random test in this process. Returns what was left over. */
export async function liveCalled(
  life: Life<CalledCommand>,
  counts: Counts,
  startProvider: StartProvider = dynamic,
): Promise<readonly Orphan[]> {
  const world = await openWorld(counts, startProvider, life.clockAhead);
  world.stack.entries = foreignEntries(world.zitadel, life.program);
  let hosts = 0;
  const hands: Hands<CalledCommand> = {
    world,
    command: (program, step) => command(world, program, step),
    wait: (milliseconds) => world.clock.advance(milliseconds),
    moveHost: () => void (world.origin = `https://host-${++hosts}.example.com`),
    pointElsewhere: (program) => pointElsewhere(world, program),
    recover: (program) => recoverCalled(world, program),
  };
  try {
    await live(hands, life);
    return world.orphans;
  } finally {
    await world.zitadel.stop();
    await world.other?.stop();
  }
}

async function command(world: World, program: Program, step: CalledCommand): Promise<unknown> {
  const all = declarationsOf(program);
  const isTargeted = targetedBy(world, all, step.targeted ?? undefined);
  const isForUp = step.act === "up" || step.act === "preview";
  const declared = isForUp ? all.filter(({ urn }) => isTargeted?.(urn) !== false) : [];
  const { failsAt, continueOnError = false, repeats = 0 } = step;
  const skipsUnchecked = step.lag % 2 === 0;
  const options: UpOptions = { failsAt: failsAt ?? undefined, continueOnError, repeats, isTargeted, skipsUnchecked };
  const plans = plansAt(world.clock);
  const acts: Record<CalledCommand["act"], (run: Run) => Promise<void>> = {
    preview: (run) => preview(run, all, options),
    up: (run) => up(run, all, options),
    refresh,
    destroy,
  };
  const run = async (act: CalledCommand["act"], disturbances: Omit<CalledCommand, "act">) => {
    const before = world.counts.requests;
    const failure = await execute(world, disturbances, { declared, act: acts[act], isUp: isForUp, plans });
    if (act === "preview" && world.counts.requests !== before && !isElsewhere(world))
      throw new Broken("a preview sent something");
    return failure;
  };
  // As `pulumi up` does. A preview of dynamic providers has nothing to compare.
  if (step.act === "up" && world.startProvider !== dynamic) await run("preview", { ...undisturbed, lag: step.lag });
  const failure = await run(step.act, step);
  if (step.act === "up" && failure === undefined && isTargeted === undefined) holdOwnedOnce(world.stack.entries);
  return failure;
}

/** Whether an entry is of the server under another host than now. */
function isElsewhere({ stack, origin }: World): boolean {
  return stack.entries.some(({ outputs }) => outputs["__origin"] !== undefined && outputs["__origin"] !== origin);
}

/** The resources that a command includes, or `undefined` for all. */
function targetedBy(
  { stack }: World,
  declared: readonly Declared[],
  targeted: Targeted | undefined,
): ((urn: string) => boolean) | undefined {
  if (targeted === undefined) return undefined;
  const urns = [...new Set([...declared.map(({ urn }) => urn), ...stack.entries.map(({ urn }) => urn)])];
  const chosen = new Set(urns.filter((_, index) => ((targeted.bits >> (index % 16)) & 1) === 1));
  const add = (urn: string): void => {
    chosen.add(urn);
    declared.find((one) => one.urn === urn)?.needs.forEach(add);
  };
  if (targeted.isClosed) [...chosen].forEach(add);
  // The provider knows only the resources in the command. An object of another resource looks as if it had no owner.
  for (const entry of stack.entries) {
    if (declared.every(({ urn }) => urn !== entry.urn) && isShared(stack.entries, entry)) chosen.delete(entry.urn);
  }
  return (urn) => chosen.has(urn);
}

/** Whether another entry has the same object. */
function isShared(entries: readonly Entry[], entry: Entry): boolean {
  return entries.some((other) => other !== entry && objectOf(other) === objectOf(entry));
}

const undisturbed = { lag: 0, faults: [], surprises: [], crash: null };

/** Checks that no command changes anything on either server or in the state while the settings name another server. */
async function pointElsewhere(world: World, program: Program): Promise<void> {
  const { stack, origin } = world;
  const declared = declarationsOf(program);
  if (stack.entries.some(({ isForeign, isAway }) => isForeign ?? isAway)) return;
  const names = new Set(stack.entries.map(({ urn }) => urn));
  const isThere = ({ urn, aliases = [] }: Declared) => [urn, ...aliases].some((name) => names.has(name));
  if (stack.entries.length === 0 || declared.some((one) => isRenamedInstance(stack.entries, one))) return;
  world.other ??= await startZitadel({ now: () => new Date(world.clock.date()) });
  const { owner, url } = world.other;
  const other: World = { ...world, zitadel: world.other, origin: url, credential: secretOf(owner) };
  const before = JSON.stringify([stack.entries, everything(world), everything(other)]);
  const acts: Record<string, ((run: Run) => Promise<void>) | undefined> = {
    preview: declared.some(isThere) ? (run) => preview(run, declared) : undefined,
    up: declared.every(isThere) ? (run) => up(run, declared) : undefined,
    refresh,
    destroy,
  };
  for (const [name, act] of Object.entries(acts)) {
    if (act === undefined) continue;
    const isUp = name === "preview" || name === "up";
    const failure = await execute(other, undisturbed, { declared, act, isUp });
    if (!hasCode(failure, "settings"))
      throw new Broken(`${name} on another server than ${origin} ended with ${String(failure)}`, { cause: failure });
    if (JSON.stringify([stack.entries, everything(world), everything(other)]) !== before)
      throw new Broken(`${name} on another server than ${origin} changed something`);
  }
}

/** Whether a resource is to move to another name of the server in the same edit. */
function isRenamedInstance(entries: World["stack"]["entries"], { urn, aliases = [], properties }: Declared): boolean {
  const entry = entries.find((one) => [urn, ...aliases].includes(one.urn));
  return entry !== undefined && entry.outputs["instance"] !== properties(() => "")["instance"];
}

async function recoverCalled(world: World, program: Program): Promise<void> {
  removeOrphans(world);
  for (let tries = 0; ; tries++) {
    const refreshed = await command(world, program, { act: "refresh", ...undisturbed });
    if (refreshed === undefined) break;
    if (tries < 2 && refreshed instanceof Error && refreshed.message.includes("does not show its current state")) {
      // The error says to run it again later.
      world.clock.advance(300_000);
      continue;
    }
    // An object that the read model lost cannot be found under another host.
    if (hasCode(refreshed, "settings") && world.lost.length > 0) return;
    if (!hasCode(refreshed, "settings") || tries > 0)
      throw new Broken("the refresh after all failed", { cause: refreshed });
    // The server has another host, and of this object nothing is left: its entry is removed, as the error says.
    const left = inventory(world);
    world.stack.entries = world.stack.entries.filter(
      (entry) => left.has(objectOf(entry)) && !isOfAnother(world, entry),
    );
  }
  const up = async (wanted: Program): Promise<Failure | undefined> => {
    const error = await command(world, wanted, { act: "up", ...undisturbed });
    if (error === undefined) return undefined;
    const { message } = error as Error;
    if (message.startsWith("Deleting ") && (await removeExecutions(world, wanted))) return up(wanted);
    if (/no other key of the target is active|encrypts .* has no active public key/.test(message))
      return { code: "key_needed", message };
    if (message.includes("Take two steps")) return { code: "key_first", message };
    if (hasCode(error, "not_found") && dropForeign(world, wanted)) return up(wanted);
    if (message.includes(" has the same object, and ") && dropFormer(world, wanted)) return up(wanted);
    if (message.includes("contains what has been deleted since")) return { code: "not_found", message };
    if (hasCode(error, "name_taken", "condition_taken", "not_found"))
      return { code: error.code as Failure["code"], message };
    return { code: "other", message };
  };
  await recover(world, program, up, () => world.counts.requests);
}

/** Whether an entry is of an execution that was removed since, and another one was set for its condition. */
function isOfAnother({ zitadel }: World, { type, id, outputs }: Entry): boolean {
  if (type !== "execution") return false;
  const dates = [outputs["creationDate"], outputs["changeDate"]];
  return zitadel
    .executions()
    .some((one) => one.id === id && !dates.includes(one.creationDate) && !dates.includes(one.changeDate));
}

/** Removes the executions first that the program no longer declares, as the error says; tells whether there were any. */
async function removeExecutions(world: World, wanted: Program): Promise<boolean> {
  const declared = declarationsOf(wanted);
  const urns = new Set(declared.map(({ urn }) => urn));
  const { entries } = world.stack;
  // A resource of another name may have adopted it.
  const isFormer = (entry: Entry) =>
    entry.type === "execution" && (entry.isReplaced === true || !urns.has(entry.urn)) && !isShared(entries, entry);
  const former = new Set(entries.filter(isFormer).map(({ urn }) => urn));
  if (former.size === 0) return false;
  const options: UpOptions = { isTargeted: (urn) => former.has(urn) };
  const act = (run: Run) => up(run, declared, options);
  const failure = await execute(world, undisturbed, { declared: [], act, isUp: true });
  return failure === undefined;
}

/**
 * Removes the entries of what another provider made, and somebody deleted since, or the program declares with another target or
 * condition, as the error says; tells whether there were any.
 */
function dropForeign(world: World, wanted: Program): boolean {
  const left = inventory(world);
  const before = world.stack.entries;
  const declared = declarationsOf(wanted);
  const idOf = (urn: string) => before.find((entry) => entry.urn === urn)?.id ?? "";
  const isMoved = ({ urn, type, outputs }: Entry) => {
    const { targetId, condition } = declared.find(({ aliases }) => aliases?.includes(urn))?.properties(idOf) ?? {};
    const { targetId: theirs, condition: theirCondition } = outputs["object"] as Properties;
    if (type === "execution") return condition !== undefined && !isDeepStrictEqual(condition, theirCondition);
    // A target that has no entry yet may be the one that the other provider made, under its alias.
    return type === "key" && targetId !== undefined && targetId !== "" && targetId !== theirs;
  };
  const isKept = (entry: Entry) => entry.isForeign !== true || (left.has(objectOf(entry)) && !isMoved(entry));
  world.stack.entries = before.filter(isKept);
  const dropped = before.filter((entry) => !isKept(entry));
  // What the program declares with another target or condition stays where it is.
  for (const entry of dropped)
    if (left.has(objectOf(entry))) world.orphans.push({ type: entry.type, id: objectOf(entry), reason: "moved" });
  return dropped.length > 0;
}

/**
 * Leaves each object to one entry, if possible to one that is declared, as the error says; tells whether there were more. A resource
 * that adopted by name may have got the object of one that is given its alias only now, or that `--target` left out.
 */
function dropFormer(world: World, wanted: Program): boolean {
  const urns = new Set(declarationsOf(wanted).map(({ urn }) => urn));
  const before = world.stack.entries;
  const inOrder = before.toSorted((one, other) => Number(urns.has(other.urn)) - Number(urns.has(one.urn)));
  const owner = new Map(inOrder.toReversed().map((entry) => [`${entry.type} ${objectOf(entry)}`, entry]));
  world.stack.entries = before.filter((entry) => owner.get(`${entry.type} ${objectOf(entry)}`) === entry);
  return world.stack.entries.length < before.length;
}

/** Does what a person would do with an object that a create left over, and that blocks the next create. */
function removeOrphans({ zitadel, orphans }: World): void {
  for (const { type, id } of orphans) {
    const execution = zitadel.executions().find((one) => one.id === id);
    if (type === "target") zitadel.remove(id);
    else if (type === "execution" && execution !== undefined) zitadel.setExecution(execution.condition, []);
  }
}
