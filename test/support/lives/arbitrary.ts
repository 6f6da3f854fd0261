import fc from "fast-check";
import { choices, type ExecutionChoice, type KeyChoice, type TargetChoice } from "./program";
import { type Command, faults, type Life, type Step } from "./steps";

/** Up to 12 resources: so many places there are for each type. */
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

const command: fc.Arbitrary<Command> = fc.record({
  act: fc.oneof(
    { weight: 6, arbitrary: fc.constant("up" as const) },
    { weight: 3, arbitrary: fc.constant("refresh" as const) },
    { weight: 1, arbitrary: fc.constantFrom("preview" as const, "destroy" as const) },
  ),
  lag: fc.oneof(fc.constant(0), fc.nat({ max: 5_000 })),
  faults: fc.array(
    fc.record({
      // What never answers costs real time: rarely.
      fault: fc.oneof(
        { weight: 30, arbitrary: below(faults.length - 2) },
        { weight: 1, arbitrary: fc.integer({ min: faults.length - 2, max: faults.length - 1 }) },
      ),
      skip: below(20),
      times: fc.oneof(
        { weight: 3, arbitrary: fc.integer({ min: 1, max: 3 }) },
        { weight: 1, arbitrary: fc.constant(7) },
      ),
    }),
    { maxLength: 3 },
  ),
  surprises: fc.array(
    fc.record({
      at: below(20),
      what: fc.constantFrom(
        "tokens expire" as const,
        "membership is lost" as const,
        "membership is back" as const,
        "event is lost" as const,
      ),
    }),
    { maxLength: 2 },
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

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: command },
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
);

export const life: fc.Arbitrary<Life> = fc.record({
  program: fc.record({
    targets: all(targetChoice, places.targets),
    keys: all(keyChoice, places.keys),
    executions: all(executionChoice, places.executions),
  }),
  steps: fc.array(step, { minLength: 4, maxLength: 24, size: "max" }),
});
