import { hasCode } from "../../../provider/errors";
import { destroy, preview, refresh, type Run, up } from "./engine";
import { type Hands, live } from "./life";
import { declarationsOf, type Program } from "./program";
import { type Failure, recover } from "./recovery";
import { Broken, type Orphan } from "./settled";
import type { CalledCommand, Life } from "./steps";
import { type Counts, execute, openWorld, type World } from "./world";

/** Lives a life in this process. Returns what was left over. */
export async function liveCalled(life: Life<CalledCommand>, counts: Counts): Promise<readonly Orphan[]> {
  const world = await openWorld(counts);
  const hands: Hands<CalledCommand> = {
    world,
    command: (program, step) => command(world, program, step),
    wait: (milliseconds) => world.clock.advance(milliseconds),
    recover: (program) => recoverCalled(world, program),
  };
  try {
    await live(hands, life);
    return world.orphans;
  } finally {
    await world.zitadel.stop();
  }
}

async function command(world: World, program: Program, step: CalledCommand): Promise<unknown> {
  const declared = declarationsOf(program);
  const before = world.counts.requests;
  const acts: Record<CalledCommand["act"], (run: Run) => Promise<void>> = {
    preview: (run) => preview(run, declared),
    up: (run) => up(run, declared),
    refresh,
    destroy,
  };
  const failure = await execute(world, step, acts[step.act]);
  if (step.act === "preview" && world.counts.requests !== before) throw new Broken("a preview sent something");
  return failure;
}

const undisturbed = { lag: 0, faults: [], surprises: [], crash: null };

async function recoverCalled(world: World, program: Program): Promise<void> {
  removeOrphans(world);
  const refreshed = await command(world, program, { act: "refresh", ...undisturbed });
  if (refreshed !== undefined) throw new Broken("the refresh after all failed", { cause: refreshed });
  const up = async (wanted: Program): Promise<Failure | undefined> => {
    const error = await command(world, wanted, { act: "up", ...undisturbed });
    if (error === undefined) return undefined;
    const { message } = error as Error;
    if (hasCode(error, "name_taken", "condition_taken", "not_found"))
      return { code: error.code as Failure["code"], message };
    return { code: "other", message };
  };
  await recover(world, program, up, () => world.counts.requests);
}

/** What a person does with what a create left over, and what stands in the way of the next one. */
function removeOrphans({ zitadel, orphans }: World): void {
  for (const { type, id } of orphans) {
    const execution = zitadel.executions().find((one) => one.id === id);
    if (type === "target") zitadel.remove(id);
    else if (type === "execution" && execution !== undefined) zitadel.setExecution(execution.condition, []);
  }
}
