import { Ledger } from "../../../provider/core/ledger";
import type { Properties } from "../../../provider/core/properties";
import { unknown } from "../../../provider/core/properties";
import { targetLifecycle } from "../../../provider/target/lifecycle";
import { webhook } from "../../support/world";

const check = (news: Properties, olds?: Properties, logicalName = "hook", ledger = new Ledger()) =>
  targetLifecycle.check({ olds, news, logicalName, claim: (what) => ledger.claim(what, logicalName) });
const problems = (...[news, olds]: [Properties, Properties?]) =>
  check(news, olds).failures.map(({ property, reason }) => `${property}: ${reason}`);

const replacing = { ...webhook, rotationStrategy: "replace", rotationTriggers: ["one"] };
const next = { ...replacing, rotationTriggers: ["two"] };

describe("rotationStrategy replace", () => {
  const { inputs: state } = check(replacing);

  test("other triggers replace the target, and the new one is made first, under another name", () => {
    const { inputs } = check(next, state);
    const { replaces, deleteBeforeReplace } = targetLifecycle.diff(state, inputs);
    expect({ replaces, deleteBeforeReplace }).toEqual({ replaces: ["rotationTriggers"], deleteBeforeReplace: false });
    // Pulumi checks a replacement once more, without what was there.
    expect(check(next).inputs["name"]).not.toBe(state["name"]);
  });

  test("triggers that are not known yet replace it too", () => {
    const { inputs } = check({ ...next, rotationTriggers: unknown }, state);
    expect(targetLifecycle.diff(state, inputs).replaces).toEqual(["rotationTriggers"]);
  });

  test("the same triggers and other changes do not", () => {
    const { inputs } = check({ ...replacing, timeout: "20s" }, state);
    expect(targetLifecycle.diff(state, inputs)).toMatchObject({ changes: true, replaces: [] });
  });

  test("the first triggers are a baseline", () => {
    const { rotationTriggers: _, ...before } = state;
    expect(targetLifecycle.diff(before, check(replacing, before).inputs)).toMatchObject({ replaces: [] });
  });

  test.each([["inPlace"], [undefined]])("strategy %s rotates in place", (rotationStrategy) => {
    const { inputs } = check({ ...next, rotationStrategy }, state);
    expect(targetLifecycle.diff(state, inputs)).toMatchObject({ changes: true, replaces: [] });
  });

  test("a change of the strategy alone does nothing", () => {
    const { inputs } = check({ ...replacing, rotationStrategy: "inPlace" }, state);
    expect(targetLifecycle.diff(state, inputs).changes).toBe(false);
  });

  test("a name fails at preview, and says why", () => {
    expect(problems({ ...replacing, name: "hook" })).toEqual([
      'name: must be left out with rotationStrategy "replace": the old and the new target exist together for a while, and names are unique',
    ]);
  });

  test("a name that was given once and is no longer does not matter", () => {
    const old = check({ ...webhook, name: "hook", rotationTriggers: ["one"] }).inputs;
    expect(problems(next, old)).toEqual([]);
    expect(targetLifecycle.diff(old, check(next, old).inputs)).toMatchObject({
      replaces: ["rotationTriggers"],
      deleteBeforeReplace: false,
    });
  });

  test("another word is rejected", () => {
    expect(problems({ ...replacing, rotationStrategy: "gently" })).toEqual([
      'rotationStrategy: must be "inPlace" or "replace"',
    ]);
  });
});

test("a forced replacement deletes first only if both targets have the same name (case-insensitive)", () => {
  const named = check({ ...webhook, name: "hook" }).inputs;
  const first = (inputs: Properties, state: Properties = named) =>
    targetLifecycle.diff(state, inputs).deleteBeforeReplace;
  expect(first(named)).toBe(true);
  expect(first({ ...named, name: "HOOK" })).toBe(true);
  expect(first({ ...named, name: "other" })).toBe(false);
  const auto = check(webhook).inputs;
  expect(first(auto, auto)).toBe(false);
});

describe("adopt", () => {
  test("needs a name", () => {
    expect(problems({ ...webhook, adopt: true })).toEqual([
      "name: is required with adopt: true, which takes over the target with that name",
    ]);
  });

  test("that is left in the program after the name went, or beside a strategy that forbids names, is not a mistake", () => {
    const old = check({ ...webhook, name: "hook", adopt: true }).inputs;
    expect(problems({ ...webhook, adopt: true }, old)).toEqual([]);
    expect(problems({ ...replacing, adopt: true })).toEqual([]);
  });

  test("a change of it alone does nothing", () => {
    const state = check({ ...webhook, name: "hook" }).inputs;
    expect(targetLifecycle.diff(state, { ...state, adopt: true }).changes).toBe(false);
  });
});

describe("two targets of one name in one program", () => {
  const both = (one: Properties, other: Properties) => {
    const ledger = new Ledger();
    check({ ...webhook, ...one }, undefined, "first", ledger);
    return check({ ...webhook, ...other }, undefined, "second", ledger).failures;
  };

  test("are found at preview (case-insensitive), and the message names the other resource", () => {
    expect(both({ name: "Audit" }, { name: "audit" })).toEqual([
      {
        property: "name",
        reason:
          "is also the name of first, but target names are unique on an instance (case-insensitive): choose another name for one of them",
      },
    ]);
  });

  test("are allowed where a name or an instance is not known yet", () => {
    expect(both({ name: unknown }, { name: unknown })).toEqual([]);
    expect(both({ name: "a", instance: unknown }, { name: "a", instance: unknown })).toEqual([]);
  });

  test("one target that is checked twice is one", () => {
    const ledger = new Ledger();
    const named = { ...webhook, name: "a" };
    const old = check(named, undefined, "first", ledger).inputs;
    expect(check(named, old, "first", ledger).failures).toEqual([]);
  });
});
