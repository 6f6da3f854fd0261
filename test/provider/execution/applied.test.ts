import { executionLifecycle } from "../../../provider/execution/lifecycle";
import { objectOf } from "../../../provider/target/search";
import { Unfinished } from "../../../provider/core/unfinished";
import type { Fault } from "../../../local/zitadel";
import { fakeClock, type FakeClock } from "../../support/provider";
import { afterTheWork, beforeTheWork } from "../../support/unanswered";
import { eachInItsOwnWorld, type Life, seen, webhook, type World } from "../../support/world";
import { ifDeleted } from "../../../provider/target/calls";

// "200 OK" proves nothing: ZITADEL can answer without writing, and write without answering.

const method = "/zitadel.session.v2.SessionService/ListSessions";
const condition = { request: { method } };
const id = `request${method}`;

let clock: FakeClock;
let world: World;
let life: Life;

eachInItsOwnWorld(
  (opened) => {
    world = opened;
    life = opened.process().of(executionLifecycle);
  },
  () => ({ clock: (clock = fakeClock()) }),
);

/** Targets of the program, by their ids. */
function targets(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const { id } = world.zitadel.add({ ...webhook, name: `t-${index}` });
    life.client.ledger.own(objectOf(id), undefined);
    return id;
  });
}

/** The lists that were set, in order. */
function sets(): unknown[] {
  return world.zitadel.requests
    .filter(({ operation }) => operation === "setExecution")
    .map(({ body }) => (body as { targets: unknown }).targets);
}

/** What anybody sees who searches. */
async function shown(): Promise<unknown> {
  return (await world.process().of(executionLifecycle).read(id))?.inputs["targets"];
}

const notWritten = (...gone: string[]) => ({
  code: "not_applied",
  message: `Setting execution ${id} on ${world.zitadel.url} failed: ZITADEL answered 200 but did not save the list, because it was set before and contains what has been deleted since: target ${gone.join(", ")}. ${ifDeleted}`,
});

describe("a list that was set before, with a target that was deleted since: ZITADEL answers 200 and writes nothing", () => {
  test("create ends in an error that names the target, and leaves nothing in the state", async () => {
    const [first = "", second = ""] = targets(2);
    world.zitadel.setExecution(condition, [first, second]);
    for (const target of [first, second]) world.zitadel.remove(target);
    clock.advance(10_000);
    const error = await life.create({ condition, targets: [first, second] }).catch((reason: unknown) => reason);
    expect(error).toMatchObject(notWritten(first, second));
    expect(error).not.toBeInstanceOf(Unfinished);
    expect(sets()).toEqual([[first, second]]);
  });

  test("adopt, too", async () => {
    const [first = "", second = ""] = targets(2);
    world.zitadel.setExecution(condition, [first, second]);
    world.zitadel.remove(second);
    await expect(life.create({ condition, targets: [first, second], adopt: true })).rejects.toMatchObject(
      notWritten(second),
    );
    expect(world.told).toEqual([]);
  });

  test.each([0, 1, 999, 1_000, 60_000])("update, %d ms after the list was set, too", async (milliseconds) => {
    const [first = "", second = ""] = targets(2);
    const { state } = await life.create({ condition, targets: [first, second] });
    world.zitadel.remove(second);
    const read = await life.read(id, state);
    expect(read?.inputs["targets"]).toEqual([first]);
    clock.advance(milliseconds);
    await expect(life.update(id, read?.state ?? {}, { condition, targets: [first, second] })).rejects.toMatchObject(
      notWritten(second),
    );
    expect(world.zitadel.executions()).toMatchObject([{ targets: [first] }]);
  });

  test("update of what somebody else set last, too", async () => {
    const [first = "", second = ""] = targets(2);
    const { state } = await life.create({ condition, targets: [first] });
    clock.advance(10_000);
    world.zitadel.setExecution(condition, [first, second]);
    world.zitadel.remove(second);
    clock.advance(10_000);
    await expect(life.update(id, state, { condition, targets: [first, second] })).rejects.toMatchObject(
      notWritten(second),
    );
  });

  test("also where ZITADEL still shows the target and the list", async () => {
    const [first = "", second = ""] = targets(2);
    const { state } = await life.create({ condition, targets: [first] });
    clock.advance(10_000);
    world.zitadel.setExecution(condition, [first, second]);
    world.zitadel.readModel.pause();
    world.zitadel.remove(second);
    clock.advance(10_000);
    await expect(life.update(id, state, { condition, targets: [first, second] })).rejects.toMatchObject(
      notWritten(second),
    );
  });

  test("the target created again has another id, and the list is written", async () => {
    const [first = "", second = ""] = targets(2);
    const { state } = await life.create({ condition, targets: [first, second] });
    world.zitadel.remove(second);
    const anew = world.zitadel.add({ ...webhook, name: "anew" }).id;
    await life.update(id, state, { condition, targets: [first, anew] });
    expect(world.zitadel.executions()).toMatchObject([{ targets: [first, anew] }]);
  });
});

describe("a list that is what it should be already", () => {
  test("is found to be, with the date of when it was set", async () => {
    const [first = "", second = ""] = targets(2);
    const { state } = await life.create({ condition, targets: [first] });
    clock.advance(10_000);
    const { setDate } = world.zitadel.setExecution(condition, [second]);
    clock.advance(10_000);
    world.zitadel.clearRequests();
    const after = await life.update(id, state, { condition, targets: [second] });
    expect(after).toMatchObject({ targets: [second], changeDate: setDate });
    expect(sets()).toEqual([[second]]);
    expect(clock.slept).toEqual([]);
  });

  test("is waited for where ZITADEL shows it late, and not written again", async () => {
    const [first = "", second = ""] = targets(2);
    const { state } = await life.create({ condition, targets: [first] });
    clock.advance(10_000);
    world.zitadel.readModel.lag(25_000);
    world.zitadel.setExecution(condition, [second]);
    clock.advance(10_000);
    world.zitadel.clearRequests();
    await life.update(id, state, { condition, targets: [second] });
    expect(sets()).toEqual([[second]]);
    expect(await shown()).toEqual([second]);
    expect(world.slept()).toBeGreaterThan(10_000);
  });
});

describe("a list that the read side lost, from which ZITADEL executes", () => {
  test("create: refreshed away, the next create writes it once more", async () => {
    const list = targets(2);
    world.zitadel.readModel.loseNext("setExecution");
    const { state } = await life.create({ condition, targets: list });
    clock.advance(60_000);
    expect(await life.read(id, state)).toBeUndefined();
    world.zitadel.clearRequests();
    const { state: again } = await life.create({ condition, targets: list });
    expect(sets()).toEqual([list, [], list]);
    expect(await shown()).toEqual(list);
    expect(again["changeDate"]).toBe(world.zitadel.executions()[0]?.changeDate);
  });

  test("update: the next one writes it once more, and what is executed in the meantime is what was", async () => {
    const [first = "", second = "", third = ""] = targets(3);
    const { state } = await life.create({ condition, targets: [first] });
    clock.advance(10_000);
    world.zitadel.readModel.loseNext("setExecution");
    const lost = await life.update(id, state, { condition, targets: [second, third] });
    clock.advance(60_000);
    const read = await life.read(id, lost);
    expect(read?.inputs["targets"]).toEqual([first]);
    world.zitadel.clearRequests();
    const after = await life.update(id, read?.state ?? {}, { condition, targets: [second, third] });
    expect(sets()).toEqual([[second, third], [first], [second, third]]);
    expect(await shown()).toEqual([second, third]);
    expect(after["changeDate"]).toBe(world.zitadel.executions()[0]?.changeDate);
  });

  test("update: of what was, no deleted target is set", async () => {
    const [first = "", second = "", third = ""] = targets(3);
    const { state } = await life.create({ condition, targets: [first, second] });
    clock.advance(10_000);
    world.zitadel.readModel.loseNext("setExecution");
    world.zitadel.setExecution(condition, [third]);
    world.zitadel.readModel.loseNext("delete");
    world.zitadel.remove(second);
    clock.advance(60_000);
    await life.update(id, state, { condition, targets: [third] });
    expect(sets().slice(1)).toEqual([[third], [first], [third]]);
    expect(await shown()).toEqual([third]);
  });

  test("update: where only a deleted target is shown too much, the list is emptied for a moment", async () => {
    const [first = "", second = ""] = targets(2);
    const { state } = await life.create({ condition, targets: [first, second] });
    clock.advance(10_000);
    world.zitadel.readModel.loseNext("setExecution");
    world.zitadel.setExecution(condition, [first]);
    world.zitadel.readModel.loseNext("delete");
    world.zitadel.remove(second);
    clock.advance(60_000);
    await life.update(id, state, { condition, targets: [first] });
    expect(sets().slice(1)).toEqual([[first], [], [first]]);
    expect(await shown()).toEqual([first]);
  });

  test("a server that writes nothing at all is found out", async () => {
    const [first = "", second = ""] = targets(2);
    const { state } = await life.create({ condition, targets: [first] });
    clock.advance(10_000);
    world.zitadel.faults.add({
      match: { operation: "setExecution" },
      times: Infinity,
      fault: { kind: "answer", status: 200, body: { setDate: "2026-07-01T00:00:00.000001Z" } },
    });
    await expect(life.update(id, state, { condition, targets: [second] })).rejects.toMatchObject({
      code: "not_applied",
      message: `Setting execution ${id} on ${world.zitadel.url} failed: ZITADEL answered 200 but saved nothing. Run \`pulumi up\` again.`,
    });
  });

  test("a server without a clock is not believed blindly", async () => {
    const [first = "", second = ""] = targets(2);
    const answer = { kind: "answer", status: 200, work: true, headers: { date: "" } } as const;
    world.zitadel.faults.add({
      match: { operation: "setExecution" },
      fault: { ...answer, body: { setDate: "2026-07-01T12:00:00.000001Z" } },
    });
    await life.create({ condition, targets: [first, second] });
    expect(seen(world.zitadel)).toMatchObject({ setExecution: 1, update: 2, searchExecutions: 2 });
  });
});

test("200 in another form is not a success", async () => {
  const [first = ""] = targets(1);
  world.zitadel.faults.add({ match: { operation: "setExecution" }, fault: { kind: "answer", status: 200, body: {} } });
  await expect(life.create({ condition, targets: [first] })).rejects.toMatchObject({
    code: "unexpected_answer",
    message: expect.stringContaining("Run `pulumi refresh`, then check the execution.") as string,
  });
});

const early: [string, Fault] = ["503", { kind: "status", status: 503, retryAfter: 1 }];

describe("a set that is not answered is sent again", () => {
  test.each([early, ...beforeTheWork, ...afterTheWork])("create: %s", async (_case, fault) => {
    const list = targets(2);
    world.zitadel.faults.add({ match: { operation: "setExecution" }, fault });
    const { state } = await life.create({ condition, targets: list });
    expect(world.zitadel.executions()).toMatchObject([{ targets: list, changeDate: state["changeDate"] }]);
    expect(seen(world.zitadel)).toEqual({ searchExecutions: 1, setExecution: 2 });
  });

  test.each([early, ...beforeTheWork, ...afterTheWork])("update: %s", async (_case, fault) => {
    const [first = "", second = ""] = targets(2);
    const { state } = await life.create({ condition, targets: [first] });
    world.zitadel.clearRequests();
    world.zitadel.faults.add({ match: { operation: "setExecution" }, fault });
    const updated = await life.update(id, state, { condition, targets: [second] });
    expect(world.zitadel.executions()).toMatchObject([{ targets: [second], changeDate: updated["changeDate"] }]);
    expect(seen(world.zitadel)).toEqual({ searchExecutions: 1, setExecution: 2 });
  });

  test.each([early, ...beforeTheWork, ...afterTheWork])("delete: %s", async (_case, fault) => {
    const { state } = await life.create({ condition, targets: targets(1) });
    world.zitadel.faults.add({ match: { operation: "setExecution" }, fault });
    await life.delete(id, state);
    expect(world.zitadel.executions()).toEqual([]);
  });
});

describe("a create that is never answered", () => {
  test.each<[string, Fault]>([
    ["reset before the work", { kind: "reset" }],
    ["reset after the work", { kind: "reset", work: true }],
    ["504 after the work", { kind: "status", status: 504, work: true }],
  ])("%s: is kept in the state as unfinished, and the next update sets the list", async (_case, fault) => {
    const list = targets(2);
    world.zitadel.faults.add({ match: { operation: "setExecution" }, times: Infinity, fault });
    const error = await life.create({ condition, targets: list }).catch((reason: unknown) => reason as Unfinished);
    expect(error).toBeInstanceOf(Unfinished);
    expect(error).toMatchObject({
      code: "unanswered",
      message: expect.stringContaining(
        "so the call may or may not have taken effect. Run the same command again",
      ) as string,
      id,
      properties: { condition, targets: [] },
    });
    expect(seen(world.zitadel)).toEqual({ searchExecutions: 1, setExecution: 6 });
    world.zitadel.faults.clear();
    const state = await life.update(id, (error as Unfinished).properties, { condition, targets: list });
    const [execution] = world.zitadel.executions();
    expect(execution).toMatchObject({ targets: list, changeDate: state["changeDate"] });
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
    expect(state["creationDate"]).toEqual(expect.any(String));
  });

  test("a refresh waits until ZITADEL shows it, and does not take it for gone", async () => {
    const list = targets(1);
    const match = { operation: "setExecution" } as const;
    world.zitadel.faults.add({ match, times: Infinity, fault: { kind: "reset", work: true } });
    world.zitadel.readModel.lag(15_000);
    const error = await life.create({ condition, targets: list }).catch((reason: unknown) => reason as Unfinished);
    const found = await world
      .process()
      .of(executionLifecycle)
      .read(id, (error as Unfinished).properties);
    expect(found?.inputs).toEqual({ condition, targets: list });
  });

  test("nor is what was never done there: a refresh waits, and takes it out of the state", async () => {
    const fault = { kind: "reset" } as const;
    world.zitadel.faults.add({ match: { operation: "setExecution" }, times: Infinity, fault });
    const error = await life
      .create({ condition, targets: targets(1) })
      .catch((reason: unknown) => reason as Unfinished);
    const from = clock.now();
    expect(await life.read(id, (error as Unfinished).properties)).toBeUndefined();
    expect(clock.now() - from).toBeGreaterThan(15_000);
  });

  test("also where the last of the tries was surely not begun", async () => {
    const rule = { match: { operation: "setExecution" } } as const;
    world.zitadel.faults.add({ ...rule, fault: { kind: "reset", work: true } });
    world.zitadel.faults.add({ ...rule, times: Infinity, fault: { kind: "status", status: 503 } });
    await expect(life.create({ condition, targets: targets(1) })).rejects.toBeInstanceOf(Unfinished);
  });

  test("or where only the last was a proxy's 504", async () => {
    const rule = { match: { operation: "setExecution" } } as const;
    world.zitadel.faults.add({ ...rule, times: 5, fault: { kind: "status", status: 503 } });
    world.zitadel.faults.add({ ...rule, fault: { kind: "status", status: 504, work: true } });
    await expect(life.create({ condition, targets: targets(1) })).rejects.toBeInstanceOf(Unfinished);
  });

  test("and refused after that, which does not undo the tries before: it is kept all the same", async () => {
    const match = { operation: "setExecution" } as const;
    world.zitadel.faults.add({ match, fault: { kind: "reset", work: true } });
    world.zitadel.faults.add({ match, fault: { kind: "answer", status: 403, body: "<html>Blocked</html>" } });
    const error = await life.create({ condition, targets: targets(1) }).catch((reason: unknown) => reason);
    expect(world.zitadel.executions()).toMatchObject([{ id }]);
    expect(error).toBeInstanceOf(Unfinished);
    expect(error).toMatchObject({ code: "forbidden", id, properties: { targets: [] } });
  });

  test("what was surely not begun leaves nothing in the state", async () => {
    const fault = { kind: "status", status: 503, retryAfter: 1 } as const;
    world.zitadel.faults.add({ match: { operation: "setExecution" }, times: Infinity, fault });
    const error = await life.create({ condition, targets: targets(1) }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "unavailable", status: 503 });
    expect(error).not.toBeInstanceOf(Unfinished);
  });

  test("an update keeps what was, and is done again", async () => {
    const [first = "", second = ""] = targets(2);
    const { state } = await life.create({ condition, targets: [first] });
    const fault = { kind: "reset", work: true } as const;
    world.zitadel.faults.add({ match: { operation: "setExecution" }, times: Infinity, fault });
    await expect(life.update(id, state, { condition, targets: [second] })).rejects.toMatchObject({
      code: "unanswered",
      message: expect.stringContaining("so the call may or may not have taken effect") as string,
    });
    world.zitadel.faults.clear();
    clock.advance(60_000);
    const again = await life.update(id, state, { condition, targets: [second] });
    expect(world.zitadel.executions()).toMatchObject([{ targets: [second], changeDate: again["changeDate"] }]);
  });
});
