import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { startZitadel } from "../../../local/zitadel";
import type { Finding } from "../../../cli/doctor/problems";
import { configFor, envFor, programs } from "../deploy";
import { settingsFor } from "../doctor";
import { secretOf } from "../provider";
import { faster } from "../records";
import { type Checkpoint, isMadeBy, nothing, readCheckpoint } from "./checkpoint";
import type { Declared, Entry, Type } from "./engine";
import { type Hands, live } from "./life";
import { declarationsOf, type Program } from "./program";
import { type Disturbances, Engine, type Job, type Outcome } from "./real-run";
import { type Failure, recover } from "./recovery";
import { Broken, type Ended, inventory, type Orphan } from "./settled";
import type { RealCommand, RealLife } from "./steps";

/** Counts of what happened. */
export interface RealCounts {
  commands: number;
  failedCommands: number;
  operations: number;
  requests: number;
  faults: number;
  lostEvents: number;
  /** The number of kills, by process and moment. */
  readonly kills: Record<string, number>;
}

/** The server and the stack of one random test. */
interface World extends Ended {
  readonly engine: Engine;
  readonly job: Pick<Job, "config"> & { readonly options: Omit<Job["options"], "env"> };
  readonly stack: { entries: readonly Entry[] };
  readonly lost: { method: string; path: string }[];
  readonly counts: RealCounts;
  /** How many there were so far. */
  requests: number;
  checkpoint: Checkpoint;
  /** What is left over now, and what ever was. */
  orphans: readonly Orphan[];
  readonly leftOver: Orphan[];
}

const project = "targets";

/** Runs a random test in which the engine, the programs and the providers are processes that are killed. Returns what was left over. */
export async function liveReal({ parallel, ...life }: RealLife, counts: RealCounts): Promise<readonly Orphan[]> {
  let ahead = 0;
  const zitadel = await startZitadel({ now: () => new Date(Date.now() + ahead) });
  const stateDir = await mkdtemp(join(tmpdir(), "random-"));
  const { clientId, clientSecret } = secretOf(zitadel.owner);
  const { "zitadel-actions:accessToken": _, ...address } = configFor(zitadel);
  const options = {
    projectDir: join(programs, project),
    stack: "dev",
    stateDir,
    passphrase: "a throwaway stack",
    parallel,
  };
  const secret = { "zitadel-actions:clientSecret": { value: clientSecret, secret: true } };
  const world: World = {
    zitadel,
    engine: new Engine(),
    job: { options, config: { ...address, "zitadel-actions:clientId": clientId, ...secret } },
    stack: { entries: [] },
    checkpoint: nothing,
    strangers: new Set(),
    rotated: new Set(),
    orphans: [],
    leftOver: [],
    lost: [],
    counts,
    requests: 0,
  };
  const hands: Hands<RealCommand> = {
    world,
    command: (program, { act, ...step }) => command(world, declarationsOf(program), { act, how: {} }, step),
    wait: (milliseconds) => void (ahead += milliseconds),
    // Not yet with real processes.
    moveHost: () => undefined,
    pointElsewhere: () => Promise.resolve(),
    recover: (program) => recoverReal(world, program),
  };
  try {
    await live(hands, life);
    return world.leftOver;
  } finally {
    await world.engine.close();
    await zitadel.stop();
    await rm(stateDir, { recursive: true });
  }
}

async function command(
  world: World,
  declared: readonly Declared[],
  job: Pick<Job, "act" | "how">,
  disturbances: Disturbances = { lag: 0, faults: [], surprises: [], kill: null },
): Promise<Outcome> {
  const { zitadel, counts } = world;
  const { options, config } = world.job;
  zitadel.clearRequests();
  const env = envFor(Object.fromEntries(declared.map((one) => [one.urn, inputsOf(one)])));
  const outcome = await world.engine.run(zitadel, { options: { ...options, env }, config, ...job }, disturbances);
  const { killed, changes } = outcome;
  counts.commands++;
  if (!outcome.isDone) counts.failedCommands++;
  const { same: _, ...changed } = changes;
  counts.operations += Object.values(changed).reduce((sum: number, count = 0) => sum + count, 0);
  counts.requests += zitadel.requests.length;
  world.requests += zitadel.requests.length;
  counts.faults += outcome.faults;
  counts.lostEvents += outcome.lost.length;
  world.lost.push(...outcome.lost);
  if (killed !== undefined) {
    const what = `${killed.victim} ${killed.point}`;
    counts.kills[what] = (counts.kills[what] ?? 0) + 1;
  }
  if (job.act === "preview" && zitadel.requests.length > 0) throw new Broken("a preview sent something");
  world.checkpoint = await readCheckpoint({ ...options, project });
  world.stack.entries = world.checkpoint.entries;
  noteOrphans(world, outcome);
  holdSaid(world, outcome);
  return outcome;
}

const classes: Readonly<Record<Type, string>> = {
  target: "ZitadelTarget",
  key: "ZitadelTargetPublicKey",
  execution: "ZitadelExecution",
};

/** A declaration in the words of the program. */
function inputsOf({ type, properties }: Declared): object {
  return { type: classes[type], ...properties((needed) => `@${needed}.id`) };
}

/** At most so many creates are under way: the others wait for their turn. */
const mostWrites = 2;

const engineKilled = "engine killed";
const providerKilled = "provider killed";

/** Finds out why objects have no entry: a create may only have been lost with a process, or its error has to say so. */
function noteOrphans(world: World, { killed, text: said, faults }: Outcome): void {
  const { stack, lost, checkpoint } = world;
  const entries = new Set(stack.entries.map(({ id }) => id));
  const free = [...inventory(world)].filter(([id]) => !entries.has(id) && !isStranger(world, id));
  const before = world.orphans.filter((orphan) => free.some(([id]) => id === orphan.id));
  const fresh = free.filter(([id]) => !before.some((orphan) => orphan.id === id));
  const reasonOf = (id: string, type: Type): string => {
    if (checkpoint.pending.some((create) => isMadeBy(create, id, world))) return engineKilled;
    if (killed?.victim === "provider") return providerKilled;
    if (lost.length > 0) return "lost event";
    if (isDoubted(world, id, said)) return "unanswered";
    throw new Broken(`${type} ${id} has no entry: ${JSON.stringify(killed)}\n${said}`);
  };
  const now = fresh.map(([id, type]): Orphan => ({ type, id, reason: reasonOf(id, type) }));
  const lostNow = now.filter(({ reason }) => reason === providerKilled);
  // One that is to be sent once more makes way for others until then.
  if (lostNow.length > mostWrites + faults) throw new Broken(`${lostNow.length} creates were lost with the provider`);
  world.leftOver.push(...now);
  world.orphans = [...before, ...now];
}

/** Whether an error says of it that it may have been made, and what to do then. */
function isDoubted({ zitadel }: World, id: string, said: string): boolean {
  const [targetId = "", keyId] = id.split("/");
  const name = zitadel.targets().find((target) => target.id === targetId)?.name;
  const words =
    keyId === undefined
      ? [JSON.stringify(name), "may have created "]
      : [`public key to target ${targetId}`, "adopt: true takes it over"];
  return said.split("\n").some((line) => words.every((word) => line.includes(word)));
}

function isStranger({ strangers }: World, id: string): boolean {
  return strangers.has(id) || strangers.has(id.split("/")[1] ?? "");
}

/** Whether a target encrypts and has no active key: a program may declare that, and gets a warning. */
function lacksKey({ zitadel }: World, id: string): boolean {
  const target = zitadel.targets().find((one) => one.id === id);
  return target?.payloadType === "PAYLOAD_TYPE_JWE" && !zitadel.publicKeys(id).some(({ active }) => active);
}

/** Checks that the output has no secret and no stack trace. */
function holdSaid({ zitadel }: World, { killed, text: said }: Outcome): void {
  if (zitadel.targets().some(({ signingKey }) => said.includes(signingKey)))
    throw new Broken("a signing key was shown");
  if (killed === undefined && /^\s+at .*:\d+:\d+\)?$/m.test(said)) throw new Broken(`a stack was shown:\n${said}`);
}

/** Runs the doctor, an \`up --refresh\`, and the doctor again, which must find no problems. */
async function recoverReal(world: World, program: Program): Promise<void> {
  await removeOrphans(world);
  if (world.checkpoint.pending.length > 0) {
    const how = { clearPendingCreates: true };
    const cleared = await command(world, declarationsOf(program), { act: "refresh", how });
    if (!cleared.isDone) throw new Broken(`the refresh after all failed:\n${cleared.text}`);
  }
  let how: Job["how"] = { refresh: true };
  const up = async (wanted: Program): Promise<Failure | undefined> => {
    const { isDone, text: message } = await command(world, declarationsOf(wanted), { act: "up", how });
    how = {};
    return isDone ? undefined : { code: codeIn(message), message };
  };
  await recover(world, program, up, () => world.requests);
  // Now another key may be active. The pending creates, which named what a killed engine had begun, were cleared.
  await removeOrphans(world, "cleared");
  if (world.lost.length > 0) return; // what the read model missed stays a problem for good
  const problems = (await doctor(world)).filter(
    ({ id = "", problem }) =>
      !(problem === "noEntry" && (isStranger(world, id) || isNeeded(world, id))) &&
      !(problem === "noActiveKey" && lacksKey(world, id)),
  );
  if (problems.length > 0) throw new Broken(`the doctor finds ${JSON.stringify(problems)}`);
}

function codeIn(said: string): Failure["code"] {
  if (/\(V3-DKcYh\)| is the name of /.test(said)) return "name_taken";
  if (said.includes("(COMMAND-xj14f2cccn)")) return "not_found";
  if (/no other key of the target is active|encrypts .* has no active public key/.test(said)) return "key_needed";
  if (said.includes("Take two steps")) return "key_first";
  return said.includes("the condition already has an execution") ? "condition_taken" : "other";
}

/** Does what a person would do with the doctor: finds everything that was left over, and removes it. */
async function removeOrphans(world: World, pending: "there" | "cleared" = "there"): Promise<void> {
  const { orphans, lost } = world;
  if (orphans.length === 0) return;
  const findings = await doctor(world);
  const problemOf = ({ id }: Orphan) => findings.find((one) => one.id === id)?.problem;
  // If a target has two equal keys, it is not known which create made which: the doctor may name either of them.
  const isTakenForOther = ({ id, type }: Orphan) =>
    type === "key" &&
    orphans.some(
      (other) =>
        other.type === "key" &&
        other.id.split("/")[0] === id.split("/")[0] &&
        other.reason !== engineKilled &&
        problemOf(other) === "createCarriedOut",
    );
  for (const orphan of orphans) {
    const { id, type, reason } = orphan;
    const problem = problemOf(orphan);
    // A create that was killed later may have been of the same name.
    const mayBeUnnamed = pending === "cleared" || reason !== engineKilled || isTakenForOther(orphan);
    const isFound = problem === "createCarriedOut" || (problem === "noEntry" && mayBeUnnamed);
    if (!isFound && lost.length === 0)
      throw new Broken(`the doctor says ${problem ?? "nothing"} of ${type} ${id}, left over after: ${reason}`);
  }
  // The doctor does not see what the read model missed either.
  const shown = orphans.filter((orphan) => problemOf(orphan) !== undefined && !isNeeded(world, orphan.id));
  if (shown.length === 0) return;
  await doctor(
    world,
    shown.flatMap(({ id }) => ["--remove", id]),
  );
  world.orphans = orphans.filter((orphan) => !shown.includes(orphan));
}

/** Whether it is the active key of a target that encrypts and stays: the doctor removes that only once another one is active. */
function isNeeded({ zitadel, orphans }: World, id: string): boolean {
  const [targetId = "", keyId] = id.split("/");
  const target = zitadel.targets().find((one) => one.id === targetId);
  const isActive =
    target !== undefined && zitadel.publicKeys(targetId).some((key) => key.keyId === keyId && key.active);
  const isLeft = orphans.some((one) => one.type === "target" && one.id === targetId);
  return isActive && target.payloadType === "PAYLOAD_TYPE_JWE" && !isLeft;
}

/** Runs the built command on the state as it is. */
async function doctor({ zitadel, job, checkpoint }: World, args: readonly string[] = []): Promise<Finding[]> {
  const file = join(job.options.stateDir, "export.json");
  await writeFile(file, checkpoint.exported, { mode: 0o600 });
  const script = join(__dirname, "../../../dist/cli/main.js");
  const env = { ...faster(), ...settingsFor(zitadel) };
  const child = spawn(process.execPath, [script, "doctor", file, "--json", ...args], { env });
  const closed = once(child, "close");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  if (child.exitCode !== 0 && child.exitCode !== 3) throw new Broken(`the doctor failed: ${stderr}`);
  return (JSON.parse(stdout) as { findings: Finding[] }).findings;
}
