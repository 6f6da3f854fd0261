import type { Ended } from "./settled";
import type { Type } from "./engine";
import { deleteUnseen, meddle } from "./meddle";
import { type Called, foreignUrn, payloads, placeOf, type Program } from "./program";
import type { Between, Command, Life } from "./steps";

/** Runs the commands of a random test: with calls in this process, or with real processes. */
export interface Hands<C extends Command> {
  readonly world: Ended;
  readonly command: (program: Program, command: C) => Promise<unknown>;
  readonly wait: (milliseconds: number) => void;
  /** Gives the server another host. */
  readonly moveHost: () => void;
  /** Checks that no command does anything while the settings name another server. */
  readonly pointElsewhere: (program: Program) => Promise<void>;
  /** Checks that the server and the state become as declared when there are no more faults. */
  readonly recover: (program: Program) => Promise<void>;
}

/** Runs a random test to its end. */
export async function live<C extends Command>(hands: Hands<C>, { program, steps }: Life<C>): Promise<void> {
  let current = program;
  for (const step of steps) {
    if (isBetween(step)) current = await take(hands, current, step);
    else await hands.command(current, step);
  }
  await hands.recover(current);
}

function isBetween(step: Command | Between): step is Between {
  return !("faults" in step);
}

async function take(hands: Hands<never>, program: Program, step: Between): Promise<Program> {
  const { world, wait } = hands;
  switch (step.act) {
    case "declareTarget":
      return { ...program, targets: program.targets.with(step.place, step.choice) };
    case "declareKey": {
      const before = kept(program, world, { type: "key", index: step.place }, program.keys);
      if (before === null) return program;
      const choice = step.choice && { ...step.choice, ...(before && { target: before.target, key: before.key }) };
      return { ...program, keys: program.keys.with(step.place, choice) };
    }
    case "declareExecution": {
      const before = kept(program, world, { type: "execution", index: step.place }, program.executions);
      if (before === null) return program;
      const choice = step.choice && { ...step.choice, ...(before && { condition: before.condition }) };
      return { ...program, executions: program.executions.with(step.place, choice) };
    }
    case "swapNames":
      return { ...program, names: swapped(program, step.one, step.other) };
    case "rename":
      return { ...program, called: { ...program.called, ...renamed(program, step.places, step.called) } };
    case "handOver":
      return { ...program, keys: handedOver(program, world, step) };
    case "encrypt":
      return encrypting(program, world, step);
    case "moveInstance":
      return { ...program, elsewhere: moved(program, step.places, step.isNamed) };
    case "moveHost":
      hands.moveHost();
      return program;
    case "pointElsewhere":
      await hands.pointElsewhere(program);
      return program;
    case "deleteUnseen":
      deleteUnseen(world.zitadel, step.of, world);
      return program;
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

/**
 * What is found by what is declared of it, since another provider made it and nothing of ours has it yet, is not declared otherwise.
 * Returns `null` for one that is no longer declared and still has its entry, `undefined` for anything else.
 */
function kept<Choice>(
  { foreign = [] }: Program,
  { stack }: Ended,
  { type, index }: { type: Type; index: number },
  choices: readonly (Choice | null)[],
): Choice | null | undefined {
  const place = placeOf(type, index);
  const isForeign = stack.entries.some((entry) => entry.urn === foreignUrn(place) && entry.isForeign === true);
  return foreign.includes(place) && isForeign ? choices[index] : undefined;
}

/** These places, or all. */
function chosen({ targets, keys, executions }: Program, places: readonly string[]): readonly string[] {
  const of = (type: Type, all: readonly unknown[]) => all.map((_, place) => placeOf(type, place));
  const every = [...of("target", targets), ...of("key", keys), ...of("execution", executions)];
  return places.length === 0 ? every : places;
}

function renamed(program: Program, places: readonly string[], called: Called): Readonly<Record<string, Called>> {
  return Object.fromEntries(chosen(program, places).map((place) => [place, called]));
}

/** The places whose resources name the server by its other name, once these do too, or no longer do. */
function moved(program: Program, places: readonly string[], isNamed: boolean): readonly string[] {
  const { elsewhere = [] } = program;
  const these = chosen(program, places);
  const others = elsewhere.filter((place) => !these.includes(place));
  return isNamed ? [...others, ...these] : others;
}

/** Two keys of a target, of which the second is the active one. */
function handedOver(
  program: Program,
  world: Ended,
  { target, from, to }: { target: number; from: number; to: number },
) {
  const { keys } = program;
  const isFixed = [from, to].some((place) => kept(program, world, { type: "key", index: place }, keys) !== undefined);
  if (from === to || isFixed) return keys;
  const before = keys[from];
  const key = before?.target === target ? before.key : from;
  const after = keys[to];
  const other = after?.target === target ? after.key : to;
  return keys.with(from, { target, key, active: false }).with(to, { target, key: other, active: true });
}

function encrypting(program: Program, world: Ended, { place, key }: { place: number; key: number | null }): Program {
  const choice = program.targets[place];
  if (choice === undefined || choice === null) return program;
  const payload = payloads.indexOf("PAYLOAD_TYPE_JWE");
  const [execution] = program.executions;
  const others = (execution?.targets ?? []).filter((target) => target !== place);
  const called = { condition: execution?.condition ?? 0, targets: [place, ...others] };
  return {
    ...program,
    targets: program.targets.with(place, { ...choice, payload }),
    executions: program.executions.with(0, called),
    ...(key !== null &&
      kept(program, world, { type: "key", index: key }, program.keys) === undefined && {
        keys: program.keys.with(key, { target: place, key, active: true }),
      }),
  };
}
