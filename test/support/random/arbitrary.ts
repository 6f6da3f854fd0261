import fc from "fast-check";
import {
  type Called,
  choices,
  type ExecutionChoice,
  type KeyChoice,
  mostNames,
  placeOf,
  type TargetChoice,
} from "./program";
import {
  type Between,
  type CalledCommand,
  faults,
  interruptible,
  type Life,
  type RealCommand,
  type RealLife,
  type Step,
  type Surprise,
  victims,
} from "./steps";

/** Up to 12 resources: the number of places for each type. */
const places = { targets: 6, keys: 3, executions: 3 };

const below = (count: number) => fc.nat({ max: count - 1 });

const targetChoice: fc.Arbitrary<TargetChoice> = fc.record({
  name: below(3),
  endpoint: below(choices.endpoint),
  timeout: below(choices.timeout),
  kind: below(choices.kind),
  payload: below(choices.payload),
  trigger: below(4),
  replaces: fc.boolean(),
});

const keyChoice: fc.Arbitrary<KeyChoice> = fc.record({
  target: below(places.targets),
  key: below(choices.key),
  active: fc.boolean(),
});

const executionChoice: fc.Arbitrary<ExecutionChoice> = fc.record({
  condition: below(choices.condition),
  targets: fc.uniqueArray(below(places.targets), { minLength: 1, maxLength: 3 }),
});

/** Mostly there. */
const maybe = <T>(choice: fc.Arbitrary<T>) => fc.option(choice, { freq: 3, nil: null });
const all = <T>(choice: fc.Arbitrary<T>, count: number) =>
  fc.array(maybe(choice), { minLength: count, maxLength: count });

/** Faults without an answer come last. */
const hangs = faults.filter(({ kind }) => kind === "hang").length;
const answering = below(faults.length - hangs);
const hanging = fc.integer({ min: faults.length - hangs, max: faults.length - 1 });

const surprises = ["tokens expire", "membership is lost", "membership is back"] as const;
const loss = "event is lost" as const;

/** What is drawn for every command, in this process and with real processes. */
function disturbed(mostLag: number, fault: fc.Arbitrary<number>, surprise: fc.Arbitrary<Surprise["what"]>) {
  return {
    act: fc.oneof(
      { weight: 6, arbitrary: fc.constant("up" as const) },
      { weight: 3, arbitrary: fc.constant("refresh" as const) },
      { weight: 1, arbitrary: fc.constantFrom("preview" as const, "destroy" as const) },
    ),
    lag: fc.oneof(fc.constant(0), fc.nat({ max: mostLag })),
    faults: fc.array(
      fc.record({
        fault,
        skip: below(20),
        times: fc.oneof(
          { weight: 3, arbitrary: fc.integer({ min: 1, max: 3 }) },
          { weight: 1, arbitrary: fc.constant(7) },
        ),
      }),
      { maxLength: 3 },
    ),
    surprises: fc.array(fc.record({ at: below(20), what: surprise }), { maxLength: 2 }),
  };
}

const calledCommand: fc.Arbitrary<CalledCommand> = fc.record({
  ...disturbed(
    5_000,
    // A fault without an answer takes real time, so draw it rarely.
    fc.oneof({ weight: 30, arbitrary: answering }, { weight: 1, arbitrary: hanging }),
    fc.constantFrom(...surprises, loss),
  ),
  crash: fc.option(
    fc.record({
      at: below(16),
      point: fc.constantFrom(
        "before operation" as const,
        "after operation" as const,
        "before request" as const,
        "after request" as const,
      ),
    }),
    { freq: 2, nil: null },
  ),
});

/** All time is real here: nothing hangs, the read model lags only a little, and rarely loses an event, for which the provider waits in vain. */
const realCommand: fc.Arbitrary<RealCommand> = fc.record({
  ...disturbed(
    500,
    answering,
    fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...surprises) }, { weight: 1, arbitrary: fc.constant(loss) }),
  ),
  kill: fc.option(
    fc.record({
      victim: fc.constantFrom(...victims),
      at: below(10),
      point: fc.constantFrom("before request" as const, "after request" as const, "before save" as const),
    }),
    { freq: 3, nil: null },
  ),
});

const between: fc.WeightedArbitrary<Between>[] = [
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant("declareTarget" as const),
      place: below(places.targets),
      choice: maybe(targetChoice),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant("declareKey" as const),
      place: below(places.keys),
      choice: maybe(keyChoice),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant("declareExecution" as const),
      place: below(places.executions),
      choice: maybe(executionChoice),
    }),
  },
  { weight: 3, arbitrary: fc.record({ act: fc.constant("meddle" as const), of: fc.nat({ max: 50 }), how: below(8) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant("wait" as const), ms: fc.nat({ max: 40_000 }) }) },
];

const swap: fc.WeightedArbitrary<Between> = {
  weight: 2,
  arbitrary: fc.record({
    act: fc.constant("swapNames" as const),
    one: below(places.targets),
    other: below(places.targets),
  }),
};

const program = fc.record({
  targets: all(targetChoice, places.targets),
  keys: all(keyChoice, places.keys),
  executions: all(executionChoice, places.executions),
});

const calledLife = (...steps: fc.WeightedArbitrary<Between>[]): fc.Arbitrary<Life<CalledCommand>> => {
  const step = fc.oneof<fc.WeightedArbitrary<Step<CalledCommand>>[]>({ weight: 8, arbitrary: calledCommand }, ...steps);
  return fc.record({ program, steps: fc.array(step, { minLength: 4, maxLength: 24, size: "max" }) });
};

/** Random runs in one process, as they were drawn before resources were renamed: for the seeds of that time. */
export const lifeWithoutRenames = calledLife(...between, swap);

/** The same, as they were drawn before there were exchanges of names. */
export const lifeWithoutSwaps = calledLife(...between);

/** A command, and what happens before it. */
const round = fc.tuple(fc.array(fc.oneof(...between, swap), { maxLength: 3 }), realCommand);

/** A random test with real processes: one to six commands, because each takes seconds. */
export const realLife: fc.Arbitrary<RealLife> = fc.record({
  program,
  steps: fc
    .array(round, { minLength: 1, maxLength: 6, size: "max" })
    .map((rounds) => rounds.flatMap(([steps, command]): Step<RealCommand>[] => [...steps, command])),
  parallel: fc.constantFrom(1, 16),
});

/** The places whose resources may be renamed. */
const everyPlace = (["target", "key", "execution"] as const).flatMap((type) =>
  Array.from({ length: { target: places.targets, key: places.keys, execution: places.executions }[type] }, (_, place) =>
    placeOf(type, place),
  ),
);

const called: fc.Arbitrary<Called> = fc.record({
  number: below(mostNames),
  isAliased: fc.constantFrom(true, false, false),
  adopts: fc.constantFrom(true, true, false),
});

const anyPlaces = fc.oneof(
  { weight: 1, arbitrary: fc.constant<string[]>([]) },
  { weight: 2, arbitrary: fc.uniqueArray(fc.constantFrom(...everyPlace), { minLength: 1, maxLength: 4 }) },
);

/** What changes who owns what, or where it is. */
const owned: fc.WeightedArbitrary<Between>[] = [
  { weight: 6, arbitrary: fc.record({ act: fc.constant("rename" as const), places: anyPlaces, called }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant("handOver" as const),
      target: below(places.targets),
      from: below(places.keys),
      to: below(places.keys),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant("encrypt" as const),
      place: below(places.targets),
      key: maybe(below(places.keys)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ act: fc.constant("moveInstance" as const), places: anyPlaces, isNamed: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.constant({ act: "moveHost" as const }) },
  { weight: 1, arbitrary: fc.constant({ act: "pointElsewhere" as const }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("deleteUnseen" as const), of: fc.nat({ max: 50 }) }) },
];

/** Mostly nothing. */
const seldom = <T>(choice: fc.Arbitrary<T>, weight = 6): fc.Arbitrary<T | null> =>
  fc.oneof({ weight, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: choice });

/** What stops a command between the parts of a change, beside what is drawn for any command. */
const ownership = fc.record({
  failsAt: seldom(below(13), 3),
  continueOnError: fc.boolean(),
  targeted: seldom(fc.record({ bits: fc.nat({ max: 0xffff }), isClosed: fc.boolean() })),
  repeats: fc.constantFrom(0, 0, 0, 1, 2),
  interrupted: seldom(fc.record({ method: below(interruptible.length + 2), isUnreachable: fc.boolean() })),
});

/** Every other command has no faults, because a resource has to exist before it can be renamed or taken over. */
const owningCommand: fc.Arbitrary<CalledCommand> = fc
  .tuple(calledCommand, ownership, fc.boolean())
  .map(([command, more, isCalm]) =>
    isCalm ? { ...command, ...more, lag: 0, faults: [], surprises: [], crash: null } : { ...command, ...more },
  );

/**
 * A random run in one process: changes of the program and of the server, and commands. Resources are renamed and move into
 * components, name their server otherwise, or were made by another provider; and a command can stop between the parts of a change.
 */
export const life: fc.Arbitrary<Life<CalledCommand>> = fc
  .record({
    program,
    foreign: fc.oneof(
      { weight: 3, arbitrary: fc.constant<string[]>([]) },
      { weight: 1, arbitrary: fc.uniqueArray(fc.constantFrom(...everyPlace), { minLength: 1, maxLength: 8 }) },
    ),
    clockAhead: fc.constantFrom(0, 0, 30_000, -30_000, 300_000, -300_000),
    steps: fc.array(
      fc.oneof<fc.WeightedArbitrary<Step<CalledCommand>>[]>(
        { weight: 14, arbitrary: owningCommand },
        ...between,
        swap,
        ...owned,
      ),
      { minLength: 4, maxLength: 24, size: "max" },
    ),
  })
  .map(({ program: drawn, foreign, ...rest }) => ({ ...rest, program: { ...drawn, foreign } }));
