import type { Ended } from "./settled";
import { meddle } from "./meddle";
import type { Program } from "./program";
import type { Between, Command, Life } from "./steps";

/** Who carries a life out: calls within this process, or real processes. */
export interface Hands<C extends Command> {
  readonly world: Ended;
  readonly command: (program: Program, command: C) => Promise<unknown>;
  readonly wait: (milliseconds: number) => void;
  /** Holds that everything comes right once nothing disturbs it any more. */
  readonly recover: (program: Program) => Promise<void>;
}

/** Lives a life to its end. */
export async function live<C extends Command>(hands: Hands<C>, { program, steps }: Life<C>): Promise<void> {
  let current = program;
  for (const step of steps) {
    if (isBetween(step)) current = take(hands, current, step);
    else await hands.command(current, step);
  }
  await hands.recover(current);
}

function isBetween(step: Command | Between): step is Between {
  return !("faults" in step);
}

function take({ world, wait }: Hands<never>, program: Program, step: Between): Program {
  switch (step.act) {
    case "declareTarget":
      return { ...program, targets: program.targets.with(step.place, step.choice) };
    case "declareKey":
      return { ...program, keys: program.keys.with(step.place, step.choice) };
    case "declareExecution":
      return { ...program, executions: program.executions.with(step.place, step.choice) };
    case "swapNames":
      return { ...program, names: swapped(program, step.one, step.other) };
    case "meddle":
      meddle(world.zitadel, world.stack.entries, step, world);
      return program;
    case "wait":
      wait(step.ms);
      return program;
  }
}

function swapped({ targets, names = [...targets.keys()] }: Program, one: number, other: number): readonly number[] {
  return names.with(one, names[other] ?? other).with(other, names[one] ?? one);
}
