import { eachOnFakeClock, type OnFakeClock } from "../../support/stack";
import { webhook } from "../../support/world";

// An execution whose first set was never confirmed: it may be ours, or somebody else may have set it since.

const condition = { function: { name: "preuserinfo" } };
let { clock, zitadel, stack } = {} as OnFakeClock;
let [ours, next, theirs] = ["", "", ""];

eachOnFakeClock((opened) => ({ clock, zitadel, stack } = opened));
beforeEach(() => {
  [ours = "", next = "", theirs = ""] = ["ours", "next", "theirs"].map((name) => zitadel.add({ ...webhook, name }).id);
});

/** Sets that get no answer, and take effect or not. */
async function tried(targets: string[], work: boolean): Promise<void> {
  zitadel.faults.add({ match: { operation: "setExecution" }, times: Infinity, fault: { kind: "reset", work } });
  await expect(stack.deployment().up("execution", "e", { condition, targets })).rejects.toMatchObject({
    code: "unanswered",
  });
  zitadel.faults.clear();
  clock.advance(60_000);
}

const list = () => zitadel.executions()[0]?.targets;

describe("somebody else has set it since", () => {
  beforeEach(async () => {
    await tried([ours], false);
    zitadel.setExecution(condition, [theirs]);
  });

  test("the next up is told, and changes nothing", async () => {
    for (const targets of [[ours], [next]])
      await expect(stack.deployment().up("execution", "e", { condition, targets })).rejects.toMatchObject({
        code: "condition_taken",
      });
    expect(list()).toEqual([theirs]);
  });

  test("with adopt it is taken over", async () => {
    await stack.deployment().up("execution", "e", { condition, targets: [ours], adopt: true });
    expect(list()).toEqual([ours]);
    expect(stack.told.join()).toContain(`its targets were ${theirs}.`);
  });

  test("a removal from the program leaves it, and says so", async () => {
    await stack.deployment().finish();
    expect([list(), stack.entries.size]).toEqual([[theirs], 0]);
    expect(stack.told.join()).toContain("stays on");
  });

  test("a refresh removes our entry, and the next up is told", async () => {
    expect(await stack.deployment().refresh("e")).toBeUndefined();
    await expect(stack.deployment().up("execution", "e", { condition, targets: [ours] })).rejects.toMatchObject({
      code: "condition_taken",
    });
    expect(list()).toEqual([theirs]);
  });
});

test("an error hook that repeats the create does not overwrite it either", async () => {
  const run = stack.deployment();
  zitadel.faults.add({ match: { operation: "setExecution" }, times: 6, fault: { kind: "reset" } });
  await expect(run.up("execution", "e", { condition, targets: [ours] })).rejects.toMatchObject({ code: "unanswered" });
  zitadel.setExecution(condition, [theirs]);
  const { inputs } = stack.entry("e");
  await expect(run.repeatCreate("execution", "e", inputs)).rejects.toMatchObject({ code: "condition_taken" });
  expect(list()).toEqual([theirs]);
});

describe("our own set took effect", () => {
  test.each([true, false])("or not (%p): the next up sets another list", async (work) => {
    await tried([ours], work);
    await stack.deployment().up("execution", "e", { condition, targets: [next] });
    expect(list()).toEqual([next]);
  });

  test("each of several lists that were tried is known as ours", async () => {
    await tried([ours], true);
    await tried([next], false);
    expect(list()).toEqual([ours]);
    await stack.deployment().up("execution", "e", { condition, targets: [ours, next] });
    expect(list()).toEqual([ours, next]);
    expect(stack.entry("e").outputs).not.toHaveProperty("__tried");
  });

  test("a removal from the program removes it", async () => {
    await tried([ours], true);
    await stack.deployment().finish();
    expect([zitadel.executions(), stack.told]).toEqual([[], []]);
  });

  test("a refresh finds it", async () => {
    await tried([ours], true);
    expect((await stack.deployment().refresh("e"))?.outputs).toMatchObject({ targets: [ours] });
  });
});
