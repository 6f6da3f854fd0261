import { executionLifecycle } from "../../../provider/execution/lifecycle";
import { objectOf } from "../../../provider/target/search";
import { fakeClock, type FakeClock } from "../../support/provider";
import { eachInItsOwnWorld, type Life, type Process, seen, webhook, type World } from "../../support/world";

const method = "/zitadel.session.v2.SessionService/ListSessions";
const condition = { request: { method } };
const id = `request${method}`;

let clock: FakeClock;
let world: World;
let process: Process;
let life: Life;

eachInItsOwnWorld(
  (opened) => {
    world = opened;
    process = opened.process();
    life = process.of(executionLifecycle);
  },
  () => ({ clock: (clock = fakeClock()) }),
);

/** Targets of the program, by their ids. */
function targets(count: number, more: Record<string, unknown> = {}): string[] {
  return Array.from({ length: count }, (_, index) => {
    const { id } = world.zitadel.add({ ...webhook, name: `t-${index}${JSON.stringify(more)}`, ...more });
    life.client.ledger.own(objectOf(id), undefined);
    return id;
  });
}

/** What was asked of ZITADEL, without the lists that were set. */
function sets(): unknown[] {
  return world.zitadel.requests
    .filter(({ operation }) => operation === "setExecution")
    .map(({ body }) => (body as { targets: unknown }).targets);
}

describe("create", () => {
  test("is one search and one set, and returns the inputs and the dates", async () => {
    const [first = "", second = ""] = targets(2);
    const news = { condition, targets: [second, first], allowLockout: false, adopt: false };
    const { id: made, state } = await life.create(news);
    expect(seen(world.zitadel)).toEqual({ searchExecutions: 1, setExecution: 1 });
    expect(world.zitadel.requests[1]).toMatchObject({ method: "PUT", body: { condition, targets: [second, first] } });
    const [execution] = world.zitadel.executions();
    expect(execution).toMatchObject({ id, targets: [second, first] });
    expect(made).toBe(id);
    expect(state).toEqual({
      ...news,
      creationDate: execution?.creationDate,
      changeDate: execution?.changeDate,
    });
    expect([world.warnings, world.told]).toEqual([[], []]);
  });

  test.each<[string, object]>([
    ["request", { request: { all: true } }],
    ["request/zitadel.user.v2.UserService", { request: { service: "zitadel.user.v2.UserService" } }],
    [id, condition],
    ["response", { response: { all: true } }],
    ["response/zitadel.user.v2.UserService", { response: { service: "zitadel.user.v2.UserService" } }],
    [`response${method}`, { response: { method } }],
    ["function/preaccesstoken", { function: { name: "preaccesstoken" } }],
    ["event", { event: { all: true } }],
    ["event/user.human.added", { event: { event: "user.human.added" } }],
    ["event/user.human.*", { event: { group: "user.human" } }],
  ])("of %s", async (expected, trigger) => {
    const news = { condition: trigger, targets: targets(1), allowLockout: true };
    const made = await life.create(news);
    expect(made.id).toBe(expected);
    expect(world.zitadel.executions()).toMatchObject([{ id: expected, condition: trigger, targets: news.targets }]);
  });

  test("does not overwrite what somebody else set, and says which targets are set there", async () => {
    const [first = "", second = "", third = ""] = targets(3);
    world.zitadel.setExecution(condition, [third, first]);
    await expect(life.create({ condition, targets: [second] })).rejects.toMatchObject({
      code: "condition_taken",
      operation: "set execution",
      message: `Setting execution ${id} on ${world.zitadel.url} failed: the condition already has an execution, with the targets ${third}, ${first}. If this stack has just removed it, run \`pulumi up\` again in a minute. If you renamed or moved resources, put the old program back and run \`pulumi up\` first; then give each of them its old URN as an alias, to keep the same execution: { aliases: ["<old URN>"] } (\`pulumi stack --show-urns\` prints it). If Pulumi replaces the resource, or if nothing was renamed and no other stack or tool manages the execution, set adopt: true to take it over (its list is then replaced by the declared one). If another does, read it with ZitadelExecution.get("…", "${id}").`,
    });
    expect(world.zitadel.executions()).toMatchObject([{ targets: [third, first] }]);
    expect(seen(world.zitadel)).toEqual({ searchExecutions: 1 });
  });

  test("also fails if exactly the same list is set: that is not ours either", async () => {
    const list = targets(1);
    world.zitadel.setExecution(condition, list);
    for (const adopt of [undefined, false])
      await expect(life.create({ condition, targets: list, adopt })).rejects.toMatchObject({ code: "condition_taken" });
  });

  test("of the same method's response, or of its service, does not overwrite anything", async () => {
    const list = targets(1);
    world.zitadel.setExecution({ response: { method } }, list);
    world.zitadel.setExecution({ request: { service: "zitadel.session.v2.SessionService" } }, list);
    await life.create({ condition, targets: list });
    expect(world.zitadel.executions()).toHaveLength(3);
  });

  test("after a delete of its own, which ZITADEL does not show yet, as a forced replacement does", async () => {
    const list = targets(1);
    world.zitadel.readModel.lag(5_000);
    const { state } = await life.create({ condition, targets: list });
    clock.advance(10_000);
    await life.delete(id, state);
    const again = await life.create({ condition, targets: list });
    expect(world.zitadel.executions()).toMatchObject([{ id, targets: list, changeDate: again.state["changeDate"] }]);
  });

  test("after a delete of its own still refuses what somebody set in the meantime", async () => {
    const [first = "", second = ""] = targets(2);
    const { state } = await life.create({ condition, targets: [first] });
    await life.delete(id, state);
    world.zitadel.setExecution(condition, [second]);
    await expect(life.create({ condition, targets: [first] })).rejects.toThrow(`with the targets ${second}.`);
  });
});

describe("create with adopt", () => {
  test("takes over the same list, which the write side confirms by setting it once more, and says so", async () => {
    const list = targets(2);
    const { setDate } = world.zitadel.setExecution(condition, list);
    clock.advance(60_000);
    const made = await life.create({ condition, targets: list, adopt: true });
    expect(made).toEqual({
      id,
      state: { condition, targets: list, adopt: true, creationDate: setDate, changeDate: setDate },
    });
    expect(seen(world.zitadel)).toEqual({ searchExecutions: 1, setExecution: 1, update: 2 });
    expect(sets()).toEqual([list]);
    expect(world.zitadel.executions()).toMatchObject([{ changeDate: setDate }]);
    expect(world.told).toEqual([`Took over execution ${id} on ${world.zitadel.url}: it was as declared.`]);
  });

  test("does not take over the same list if one of its targets was deleted and ZITADEL does not show that yet", async () => {
    const [gone = ""] = targets(1);
    world.zitadel.setExecution(condition, [gone]);
    world.zitadel.readModel.pause();
    world.zitadel.remove(gone);
    await expect(life.create({ condition, targets: [gone], adopt: true })).rejects.toThrow(
      `contains what has been deleted since: target ${gone}`,
    );
  });

  test.each<[string, (ids: string[]) => string[]]>([
    ["another list", ([, , third = ""]) => [third]],
    ["another order", ([first = "", second = ""]) => [second, first]],
    ["one target more", ([first = "", second = "", third = ""]) => [first, second, third]],
  ])("brings %s to the declared one with one write, and says what was there", async (_case, change) => {
    const ids = targets(3);
    const before = ids.slice(0, 2);
    const { setDate } = world.zitadel.setExecution(condition, before);
    clock.advance(60_000);
    const { state } = await life.create({ condition, targets: change(ids), adopt: true });
    const [execution] = world.zitadel.executions();
    expect(execution?.targets).toEqual(change(ids));
    expect(state).toMatchObject({ targets: change(ids), creationDate: setDate, changeDate: execution?.changeDate });
    expect(state["changeDate"]).not.toBe(setDate);
    expect(seen(world.zitadel)).toEqual({ searchExecutions: 1, setExecution: 1 });
    expect(world.told).toEqual([
      `Took over execution ${id} on ${world.zitadel.url}: its targets were ${before.join(", ")}.`,
    ]);
  });

  test("creates where there is nothing to take over, and says nothing", async () => {
    const { state } = await life.create({ condition, targets: targets(1), adopt: true });
    expect(state["creationDate"]).toBe(world.zitadel.executions()[0]?.creationDate);
    expect(world.told).toEqual([]);
  });

  test("by a renamed resource: the deletion of the old resource, later in the same deployment, leaves the execution", async () => {
    const list = targets(1);
    const { state } = await life.create({ condition, targets: list });
    const deployment = world.process().of(executionLifecycle);
    await deployment.create({ condition, targets: list, adopt: true });
    await deployment.delete(id, state);
    expect(world.zitadel.executions()).toMatchObject([{ id, targets: list }]);
    expect(world.told).toEqual([
      expect.stringContaining("it was as declared"),
      `ZitadelExecution ${id} stays on ${world.zitadel.url}: it belongs to another resource of the program now.`,
    ]);
    await world.process().of(executionLifecycle).delete(id, state);
    expect(world.zitadel.executions()).toEqual([]);
  });
});

describe("update", () => {
  test.each<[string, (ids: string[]) => string[]]>([
    ["another target", ([, , third = ""]) => [third]],
    ["another order", ([first = "", second = ""]) => [second, first]],
    ["one more", ([first = "", second = "", third = ""]) => [third, first, second]],
    ["one less", ([first = ""]) => [first]],
  ])("to %s is one search, and one set of the whole list", async (_case, change) => {
    const ids = targets(3);
    const { state } = await life.create({ condition, targets: ids.slice(0, 2) });
    world.zitadel.clearRequests();
    const after = await life.update(id, state, { condition, targets: change(ids) });
    expect(seen(world.zitadel)).toEqual({ searchExecutions: 1, setExecution: 1 });
    const [execution] = world.zitadel.executions();
    expect(execution?.targets).toEqual(change(ids));
    expect(after).toEqual({
      condition,
      targets: change(ids),
      creationDate: state["creationDate"],
      changeDate: execution?.changeDate,
    });
    expect(after["changeDate"]).not.toBe(state["changeDate"]);
  });

  test("of what is no part of the list sends nothing, and is remembered", async () => {
    const list = targets(1);
    const { state } = await life.create({ condition, targets: list, adopt: true });
    world.zitadel.clearRequests();
    const { adopt: _, ...rest } = state;
    expect(await life.update(id, state, { condition, targets: list, allowLockout: true })).toEqual({
      ...rest,
      allowLockout: true,
    });
    expect(seen(world.zitadel)).toEqual({});
  });

  test("back and forth is written each time", async () => {
    const ids = targets(2);
    let { state } = await life.create({ condition, targets: ids });
    for (const list of [[...ids].reverse(), ids, [...ids].reverse()]) {
      state = await life.update(id, state, { condition, targets: list });
      expect(world.zitadel.executions()).toMatchObject([{ targets: list, changeDate: state["changeDate"] }]);
    }
  });
});

describe("delete", () => {
  test("is one search, and one set of an empty list, also for what is gone already", async () => {
    const { state } = await life.create({ condition, targets: targets(2) });
    world.zitadel.clearRequests();
    await life.delete(id, state);
    expect(world.zitadel.executions()).toEqual([]);
    await life.delete(id, state);
    await life.delete("event/user.human.*", {});
    expect(sets()).toEqual([[], [], []]);
    expect(seen(world.zitadel)).toEqual({ searchExecutions: 3, setExecution: 3 });
  });

  test.each([
    ["no_membership", "none", 404, "search executions"],
    ["forbidden", "IAM_OWNER_VIEWER", 403, "remove execution"],
  ] as const)("with %s is a refusal", async (code, role, status, operation) => {
    const { state } = await life.create({ condition, targets: targets(1) });
    const stranger = world.process(world.zitadel.addUser({ userName: "stranger", role })).of(executionLifecycle);
    await expect(stranger.delete(id, state)).rejects.toMatchObject({ code, status, operation });
    expect(world.zitadel.executions()).toHaveLength(1);
  });
});

describe("a list that somebody else has set since", () => {
  const said = (theirs: string) =>
    `failed: somebody has set the execution since this stack did: it calls ${theirs} now, which is in the list of neither the state nor the program. If another stack or tool manages the execution, remove only this stack's entry`;

  /** The state, and the list that somebody else set: other targets, or some of ours and another one. */
  async function changed(change: (ours: string[], theirs: string) => string[]) {
    const [first = "", second = "", third = "", theirs = ""] = targets(4);
    const { state } = await life.create({ condition, targets: [first, second] });
    const now = change([first, second], theirs);
    world.zitadel.setExecution(condition, now);
    return { state, now, theirs, next: { condition, targets: [third] } };
  }

  const ways: [string, (ours: string[], theirs: string) => string[]][] = [
    ["with other targets", (_, theirs) => [theirs]],
    ["with one more", ([first = "", second = ""], theirs) => [first, theirs, second]],
  ];

  test.each(ways)("%s is neither replaced nor removed, until a refresh takes it up", async (_case, change) => {
    const { state, now, theirs, next } = await changed(change);
    const refusal = { code: "condition_taken", message: expect.stringContaining(said(theirs)) as string };
    await expect(life.update(id, state, next)).rejects.toMatchObject(refusal);
    await expect(life.delete(id, state)).rejects.toMatchObject(refusal);
    expect(world.zitadel.executions()).toMatchObject([{ targets: now }]);
    const found = await life.read(id, state);
    const updated = await life.update(id, found?.state ?? {}, next);
    await life.delete(id, updated);
    expect(world.zitadel.executions()).toEqual([]);
  });

  test("with fewer targets, in another order, or as the program now declares it is replaced, with a warning", async () => {
    const { state, now, next } = await changed(([, second = ""]) => [second]);
    const updated = await life.update(id, state, next);
    const [first = "", second = ""] = state["targets"] as string[];
    world.zitadel.setExecution(condition, [second, first]);
    const back = await life.update(id, updated, { condition, targets: [first, second] });
    const was = (list: string[]) =>
      `Somebody else may have set execution ${id} since this stack did, to ${list.join(", ")}. `;
    const sets = "This deployment sets it to the declared list. ";
    expect(world.warnings).toEqual([
      expect.stringContaining(was(now) + sets),
      expect.stringContaining(was([second, first]) + sets),
    ]);
    await life.delete(id, back);
    expect(world.warnings).toHaveLength(2);
    expect(world.zitadel.executions()).toEqual([]);
  });

  test("with the same targets is removed, with a warning: another stack may have set it", async () => {
    const { state, now } = await changed((ours) => ours);
    world.zitadel.setExecution(condition, []);
    world.zitadel.setExecution(condition, now);
    await life.delete(id, state);
    expect(world.warnings).toEqual([expect.stringContaining(`to ${now.join(", ")}. This deployment removes it. `)]);
    expect(world.zitadel.executions()).toEqual([]);
  });

  test("by a deleted target, from which no date changes, draws no warning", async () => {
    const { state, next } = await changed((ours) => ours);
    world.zitadel.remove((state["targets"] as string[])[0] ?? "");
    await life.update(id, await life.update(id, state, next), { ...next, targets: targets(1) });
    expect(world.warnings).toEqual([]);
  });

  test("is removed, with a warning, if it may be what makes every question fail", async () => {
    const method = "/zitadel.action.v2.ActionService/ListExecutions";
    const [one = "", two = "", three = ""] = targets(3);
    const inputs = { condition: { request: { method } }, targets: [one], allowLockout: true };
    const { id: blocking, state } = await life.create(inputs);
    const other = await life.create({ condition, targets: [one] });
    world.zitadel.setExecution(inputs.condition, [two]);
    const body = { code: 9, message: "Execution failed (EXEC-dra6yamk98)", details: [{ id: "EXEC-dra6yamk98" }] };
    const fault = { kind: "answer", status: 400, body } as const;
    world.zitadel.faults.add({ match: { operation: "searchExecutions" }, times: Infinity, fault });
    await expect(life.delete(other.id, other.state)).rejects.toMatchObject({ code: "interrupted" });
    await expect(life.update(other.id, other.state, { condition, targets: [three] })).rejects.toMatchObject({
      code: "interrupted",
    });
    expect(world.warnings).toEqual([]);
    await life.delete(blocking, state);
    expect(world.zitadel.executions()).toMatchObject([{ condition }]);
    expect(world.warnings).toEqual([
      expect.stringContaining("ZITADEL could not be asked whether somebody else has set"),
    ]);
  });
});

describe("a target that is not there", () => {
  test("is a name in the place of an id", async () => {
    const [first = ""] = targets(1);
    await expect(life.create({ condition, targets: [first, "audit"] })).rejects.toMatchObject({
      code: "not_found",
      message: expect.stringMatching(
        /This instance has no target audit\. Pass its id, not its name: `targets: \[target\.id\]`, or the id that getTarget finds\.$/,
      ) as string,
    });
  });

  const hint = "If it was deleted outside of Pulumi, run `pulumi refresh`, then `pulumi up`; otherwise check the ids.";

  test("is named, at create and at update", async () => {
    const [first = "", second = "", third = ""] = targets(3);
    world.zitadel.remove(second);
    const message = `Setting execution ${id} on ${world.zitadel.url} failed: ZITADEL answered 404 "Target not found (COMMAND-17e8fq1ggk)". This instance has no target ${second}. ${hint}`;
    const refusal = { code: "not_found", errorId: "COMMAND-17e8fq1ggk", status: 404, message };
    await expect(life.create({ condition, targets: [first, second, third] })).rejects.toMatchObject(refusal);
    const { state } = await life.create({ condition, targets: [first] });
    await expect(life.update(id, state, { condition, targets: [second, third] })).rejects.toMatchObject(refusal);
    expect(world.zitadel.executions()).toMatchObject([{ targets: [first] }]);
  });

  test("is named beside others that are not there", async () => {
    const [first = ""] = targets(1);
    await expect(life.create({ condition, targets: ["123", first, "456"] })).rejects.toThrow(
      "This instance has no target 123, 456.",
    );
  });

  test("is named also where ZITADEL still shows it", async () => {
    const [first = "", second = ""] = targets(2);
    world.zitadel.readModel.loseNext("delete");
    world.zitadel.remove(second);
    await expect(life.create({ condition, targets: [first, second] })).rejects.toThrow(
      `This instance has no target ${second}.`,
    );
  });

  test("is not mistaken for one that ZITADEL does not show yet", async () => {
    world.zitadel.readModel.loseNext("create");
    const [unseen = ""] = targets(1);
    await expect(life.create({ condition, targets: [unseen, "123"] })).rejects.toThrow(
      "This instance has no target 123.",
    );
  });

  test("stays unnamed where ZITADEL does not answer the question", async () => {
    world.zitadel.faults.add({
      match: { operation: "search" },
      times: Infinity,
      fault: { kind: "status", status: 503 },
    });
    world.zitadel.faults.add({
      match: { operation: "update" },
      times: Infinity,
      fault: { kind: "status", status: 503 },
    });
    life.client.ledger.own(objectOf("123"), undefined);
    await expect(life.create({ condition, targets: ["123"] })).rejects.toMatchObject({
      code: "not_found",
      message: `Setting execution ${id} on ${world.zitadel.url} failed: ZITADEL answered 404 "Target not found (COMMAND-17e8fq1ggk)".`,
    });
  });
});

describe("a word that ZITADEL does not know", () => {
  test.each<[string, object, string, string]>([
    [
      "a misspelt method",
      { request: { method: "/zitadel.session.v2.SessionService/ListSesions" } },
      "COMMAND-vysplsevt8",
      'ZITADEL does not know the method "/zitadel.session.v2.SessionService/ListSesions". Did you mean /zitadel.session.v2.SessionService/ListSessions or ',
    ],
    [
      "a method in another case",
      { response: { method: "/zitadel.session.v2.SessionService/listsessions" } },
      "COMMAND-vysplsevt8",
      'ZITADEL does not know the method "/zitadel.session.v2.SessionService/listsessions". Did you mean /zitadel.session.v2.SessionService/ListSessions or ',
    ],
    [
      "a misspelt service",
      { response: { service: "zitadel.sesion.v2.SessionService" } },
      "COMMAND-qu6dfhiioq",
      'ZITADEL does not know the service "zitadel.sesion.v2.SessionService". Did you mean zitadel.session.v2.SessionService or ',
    ],
    [
      "a misspelt function",
      { function: { name: "PreUserInfos" } },
      "COMMAND-cdy39t0ksr",
      'ZITADEL does not know the function "PreUserInfos". Did you mean preuserinfo?',
    ],
    [
      "a function that is like none",
      { function: { name: "complement_token" } },
      "COMMAND-cdy39t0ksr",
      'ZITADEL does not know the function "complement_token": list the valid ones with listExecutionFunctions.',
    ],
    [
      "an event",
      { event: { event: "user.human.born" } },
      "COMMAND-74aaqj8fv9",
      'ZITADEL does not know that event. Types look like "user.human.added", groups like "user.human"; both are case-sensitive.',
    ],
    [
      "a group",
      { event: { group: "User" } },
      "COMMAND-er5oneb5lz",
      'ZITADEL does not know that event. Types look like "user.human.added"',
    ],
  ])("%s", async (_case, trigger, errorId, said) => {
    await expect(life.create({ condition: trigger, targets: targets(1) })).rejects.toMatchObject({
      code: "condition_invalid",
      status: 404,
      errorId,
      message: expect.stringContaining(
        `ZITADEL answered 404 "Execution condition is invalid (${errorId})". ${said}`,
      ) as string,
    });
    expect(world.zitadel.executions()).toEqual([]);
  });

  test("is rejected also where the words cannot be listed", async () => {
    world.zitadel.faults.add({ match: { operation: "listWords" }, fault: { kind: "answer", status: 200, body: [] } });
    await expect(
      life.create({ condition: { function: { name: "preuserinfos" } }, targets: targets(1) }),
    ).rejects.toThrow("ZITADEL does not know that condition: look it up with listExecutionMethods");
  });

  test("costs one listing", async () => {
    await expect(life.create({ condition: { function: { name: "x" } }, targets: targets(1) })).rejects.toThrow();
    expect(seen(world.zitadel)).toEqual({ searchExecutions: 1, setExecution: 1, listWords: 1 });
  });
});

describe("events, which ZITADEL never delivers to some targets", () => {
  const events = { event: { group: "user" } };

  test.each(["PAYLOAD_TYPE_JWT", "PAYLOAD_TYPE_JWE"])("%s: a warning at create and at update", async (payloadType) => {
    const [plain = ""] = targets(1);
    const [signed = "", another = ""] = targets(2, { payloadType });
    const name = (index: number) => JSON.stringify(`t-${index}${JSON.stringify({ payloadType })}`);
    const warning = (index: number, target: string) =>
      `Execution event/user.* calls target ${name(index)} (${target}) with ${payloadType}, but ZITADEL never delivers events to such targets: nothing would arrive. Set the target's payloadType to PAYLOAD_TYPE_JSON.`;
    const { state } = await life.create({ condition: events, targets: [plain, signed] });
    expect(world.warnings).toEqual([warning(0, signed)]);
    expect(seen(world.zitadel)).toEqual({ searchExecutions: 1, search: 1, setExecution: 1 });
    await life.update("event/user.*", state, { condition: events, targets: [another, signed] });
    expect(world.warnings).toEqual([warning(0, signed), warning(1, another), warning(0, signed)]);
    expect(world.zitadel.executions()).toMatchObject([{ targets: [another, signed] }]);
  });

  test.each([[{ event: { all: true } }], [{ event: { event: "user.human.added" } }]])("%j too", async (trigger) => {
    await life.create({ condition: trigger, targets: targets(1, { payloadType: "PAYLOAD_TYPE_JWT" }) });
    expect(world.warnings).toHaveLength(1);
  });

  test("an execution that is taken over as it is gives the warning too", async () => {
    const list = targets(1, { payloadType: "PAYLOAD_TYPE_JWT" });
    world.zitadel.setExecution(events, list);
    await life.create({ condition: events, targets: list, adopt: true });
    expect(world.warnings).toHaveLength(1);
  });

  test("JSON, and what was made without a type, give none; nor does a target that is not there", async () => {
    const list = [...targets(1, { payloadType: "PAYLOAD_TYPE_JSON" }), ...targets(1)];
    await life.create({ condition: events, targets: list });
    await expect(life.create({ condition: { event: { all: true } }, targets: ["123"] })).rejects.toMatchObject({
      code: "not_found",
    });
    expect(world.warnings).toEqual([]);
  });

  test("requests, responses and functions arrive, and give none", async () => {
    const list = targets(1, { payloadType: "PAYLOAD_TYPE_JWT" });
    for (const trigger of [condition, { response: { method } }, { function: { name: "preuserinfo" } }])
      await life.create({ condition: trigger, targets: list });
    expect(world.warnings).toEqual([]);
    expect(seen(world.zitadel)).toEqual({ searchExecutions: 3, setExecution: 3 });
  });
});

test("an interrupting execution on the API itself explains what stops every call", async () => {
  const answer = {
    kind: "answer",
    status: 400,
    body: { code: 9, message: "Execution failed (EXEC-dra6yamk98)", details: [{ id: "EXEC-dra6yamk98" }] },
  } as const;
  const list = targets(1);
  world.zitadel.setExecution(condition, list);
  world.zitadel.faults.add({ match: { operation: "setExecution" }, fault: answer });
  await expect(life.delete(id, {})).rejects.toMatchObject({
    code: "interrupted",
    message: `Removing execution ${id} on ${world.zitadel.url} failed: ZITADEL answered 400 "Execution failed (EXEC-dra6yamk98)". Bring back the endpoint of the target that failed: an execution on ZITADEL's own API calls it, so every such call fails. Then narrow the execution's condition, or switch the target's interruptOnError off. If the execution is on the response, ZITADEL has carried out the call anyway.`,
    doubtful: true,
  });
  expect(world.zitadel.executions()).toMatchObject([{ targets: list }]);
  expect(world.slept()).toBeGreaterThan(15_000);
});
