import { destroy, preview, refresh, type Run, up } from "./engine";
import { holdSettled } from "./settled";
import { meddle } from "./meddle";
import { declarationsOf, type Program } from "./program";
import type { Command, Life, Step } from "./steps";
import { Broken, type Counts, execute, openWorld, type Orphan, type World } from "./world";

/** Lives a life, then holds that everything comes right once nothing disturbs it any more. Returns what was left over. */
export async function live({ program, steps }: Life, counts: Counts): Promise<readonly Orphan[]> {
  const world = await openWorld(counts);
  try {
    let current = program;
    for (const step of steps) current = await take(world, current, step);
    await recover(world, current);
    return world.orphans;
  } finally {
    await world.zitadel.stop();
  }
}

async function take(world: World, program: Program, step: Step): Promise<Program> {
  switch (step.act) {
    case "declareTarget":
      return { ...program, targets: program.targets.with(step.place, step.choice) };
    case "declareKey":
      return { ...program, keys: program.keys.with(step.place, step.choice) };
    case "declareExecution":
      return { ...program, executions: program.executions.with(step.place, step.choice) };
    case "meddle":
      meddle(world.zitadel, world.stack.entries, step, world);
      return program;
    case "wait":
      world.clock.advance(step.ms);
      return program;
    default:
      await command(world, program, step);
      return program;
  }
}

async function command(world: World, program: Program, step: Command): Promise<unknown> {
  const declared = declarationsOf(program);
  const before = world.counts.requests;
  const acts: Record<Command["act"], (run: Run) => Promise<void>> = {
    preview: (run) => preview(run, declared),
    up: (run) => up(run, declared),
    refresh,
    destroy,
  };
  const failure = await execute(world, step, acts[step.act]);
  if (step.act === "preview" && world.counts.requests !== before) throw new Broken("a preview sent something");
  // Whatever was taken away is given back for the next command.
  world.zitadel.owner.role = "IAM_OWNER";
  return failure;
}

const undisturbed = { lag: 0, faults: [], surprises: [], crash: null };

/** A refresh and at most two `up`s, the last of which finds nothing to do. */
async function recover(world: World, program: Program): Promise<void> {
  removeOrphans(world);
  const refreshed = await command(world, program, { act: "refresh", ...undisturbed });
  if (refreshed !== undefined) throw failed("the refresh after all failed", refreshed);
  const first = await command(world, program, { act: "up", ...undisturbed });
  const second = await command(world, program, { act: "up", ...undisturbed });
  if (second !== undefined) throw failed("the second up after all failed", second);
  if (first !== undefined) world.counts.failedCommands--;
  await holdSettled(world, declarationsOf(program));
  const before = world.counts.requests;
  const third = await command(world, program, { act: "up", ...undisturbed });
  if (third !== undefined || world.counts.requests !== before) throw new Broken("an up without changes sent something");
}

function failed(what: string, why: unknown): Broken {
  return new Broken(`${what}: ${why instanceof Error ? why.message : String(why)}`, { cause: why });
}

/** What a person does with what a create left over, and what stands in the way of the next one. */
function removeOrphans({ zitadel, orphans }: World): void {
  for (const { type, id } of orphans) {
    const execution = zitadel.executions().find((one) => one.id === id);
    if (type === "target") zitadel.remove(id);
    else if (type === "execution" && execution !== undefined) zitadel.setExecution(execution.condition, []);
  }
}
