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

function targets(count: number): string[] {
  return Array.from({ length: count }, (_, index) => world.zitadel.add({ ...webhook, name: `t-${index}` }).id);
}

const methods = (service: string, words: string[]) => words.map((word) => `/${service}/${word}`);
const some = [
  ...methods("zitadel.session.v2.SessionService", ["CreateSession", "DeleteSession", "GetSession", "ListSessions"]),
  ...methods("zitadel.user.v2.UserService", ["AddHumanUser", "DeleteUser", "ListUsers", "UnlockUser"]),
].flatMap((word) => [{ request: { method: word } }, { response: { method: word } }]);

/** Executions that are there for a while, as the state knows them. */
function many() {
  const list = targets(1);
  const all = some.map((trigger) => {
    const [kind = "", { method: word } = { method: "" }] = Object.entries(trigger)[0] ?? [];
    const { setDate } = world.zitadel.setExecution(trigger, list);
    return {
      id: `${kind}${word}`,
      state: { condition: trigger, targets: list, creationDate: setDate, changeDate: setDate },
    };
  });
  clock.advance(60_000);
  return all;
}

/** Reads a few at a time, as an engine does. */
async function refresh(executions: ReturnType<typeof many>) {
  const results = new Map<string, Awaited<ReturnType<Life["read"]>>>();
  const queue = [...executions];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      results.set(next.id, await life.read(next.id, next.state));
  };
  await Promise.all(Array.from({ length: 4 }, worker));
  return results;
}

describe("the properties", () => {
  test("are those of the state where nothing has changed", async () => {
    const news = { condition, targets: targets(2), allowLockout: true, adopt: true };
    const { state } = await life.create(news);
    expect(await life.read(id, state)).toEqual({ state, inputs: news });
  });

  test("what changes nothing in the condition's spelling stays", async () => {
    const { state } = await life.create({ condition: { request: { method, all: null } }, targets: targets(1) });
    expect((await life.read(id, state))?.inputs["condition"]).toEqual({ request: { method, all: null } });
  });

  test.each<[string, (ids: string[]) => string[]]>([
    ["another order", ([first = "", second = ""]) => [second, first]],
    ["another target", ([, , third = ""]) => [third]],
    ["one more", ([first = "", second = "", third = ""]) => [first, second, third]],
    ["one less", ([first = ""]) => [first]],
  ])("%s that somebody set is read into the state, and the next diff sees it", async (_case, change) => {
    const ids = targets(3);
    const declared = { condition, targets: ids.slice(0, 2) };
    const { state } = await life.create(declared);
    const { setDate } = world.zitadel.setExecution(condition, change(ids));
    const found = await life.read(id, state);
    expect(found).toEqual({
      inputs: { condition, targets: change(ids) },
      state: { condition, targets: change(ids), creationDate: state["creationDate"], changeDate: setDate },
    });
    expect(executionLifecycle.diff(found?.state ?? {}, declared)).toMatchObject({ changes: true, replaces: [] });
    await life.update(id, found?.state ?? {}, declared);
    expect(world.zitadel.executions()).toMatchObject([{ targets: declared.targets }]);
  });

  test("a target that was deleted is not in the list any longer", async () => {
    const [first = "", second = ""] = targets(2);
    const { state } = await life.create({ condition, targets: [first, second] });
    world.zitadel.remove(first);
    expect((await life.read(id, state))?.inputs).toEqual({ condition, targets: [second] });
  });
});

describe("as few requests as possible", () => {
  test("many reads at once: one search", async () => {
    const executions = many();
    const found = await refresh(executions);
    for (const one of executions) expect(found.get(one.id)?.state).toEqual(one.state);
    expect(seen(world.zitadel)).toEqual({ searchExecutions: 1 });
  });

  test("one search more for those that are missing at one time", async () => {
    const executions = many();
    for (const { state } of executions.slice(0, 3)) world.zitadel.setExecution(state.condition, []);
    const found = await refresh(executions);
    expect([...found.values()].filter((one) => one === undefined)).toHaveLength(3);
    expect(seen(world.zitadel)["searchExecutions"]).toBeLessThanOrEqual(1 + 3);
  });

  test("reads by id of the same moment share a search with a filter", async () => {
    const executions = many();
    const found = await Promise.all(executions.map((one) => life.read(one.id)));
    expect(found.map((one) => one?.state["condition"])).toEqual(executions.map(({ state }) => state.condition));
    expect(world.zitadel.requests).toMatchObject([
      { body: { filters: [{ inConditionsFilter: { conditions: some } }], pagination: { limit: some.length } } },
    ]);
  });

  test("after a write of its own the process looks again", async () => {
    const [first = "", second = ""] = targets(2);
    const { state } = await life.create({ condition, targets: [first] });
    await life.read(id, state);
    const after = await life.update(id, state, { condition, targets: [second] });
    clock.advance(25_000);
    expect((await life.read(id, after))?.inputs).toMatchObject({ targets: [second] });
    await life.delete(id, after);
    expect(await life.read(id, after)).toBeUndefined();
  });

  test("2,500 executions: 3 searches", async () => {
    const list = targets(1);
    const rows = Array.from({ length: 2_500 }, (_, index) => ({
      condition: { event: { event: `e.${index}` } },
      creationDate: "2026-07-01T00:00:00.000001Z",
      changeDate: "2026-07-01T00:00:00.000001Z",
      targets: list,
    }));
    for (const offset of [0, 1000, 2000])
      world.zitadel.faults.add({
        match: {
          operation: "searchExecutions",
          when: ({ body }) => (body as { pagination: { offset: number } }).pagination.offset === offset,
        },
        fault: {
          kind: "answer",
          status: 200,
          body: { pagination: { totalResult: "2500" }, executions: rows.slice(offset, offset + 1000) },
        },
      });
    const found = await Promise.all(rows.map((row, index) => life.read(`event/e.${index}`, row)));
    expect(found.every((one, index) => one?.state["condition"] === rows[index]?.condition)).toBe(true);
    expect(seen(world.zitadel)).toEqual({ searchExecutions: 3 });
  });
});

describe("get, which has no state", () => {
  test.each<[string, object]>([
    [id, condition],
    ["request/zitadel.user.v2.UserService", { request: { service: "zitadel.user.v2.UserService" } }],
    ["request", { request: { all: true } }],
    [
      "response/zitadel.user.v2.UserService/ListUsers",
      { response: { method: "/zitadel.user.v2.UserService/ListUsers" } },
    ],
    ["response/zitadel.user.v2.UserService", { response: { service: "zitadel.user.v2.UserService" } }],
    ["response", { response: { all: true } }],
    ["function/presamlresponse", { function: { name: "presamlresponse" } }],
    ["event/user.human.added", { event: { event: "user.human.added" } }],
    ["event/user.human.*", { event: { group: "user.human" } }],
    ["event", { event: { all: true } }],
  ])("%s", async (wanted, trigger) => {
    const list = targets(2);
    const { setDate } = world.zitadel.setExecution(trigger as typeof condition, list);
    expect(await life.read(wanted, { instance: "eu" })).toEqual({
      inputs: { condition: trigger, targets: list, instance: "eu" },
      state: { condition: trigger, targets: list, instance: "eu", creationDate: setDate, changeDate: setDate },
    });
    expect(seen(world.zitadel)).toEqual({ searchExecutions: 1 });
  });

  test("what is not set is an error that names the id", async () => {
    await expect(life.read(id)).rejects.toMatchObject({
      code: "not_found",
      message: `Reading ZitadelExecution ${id} on ${world.zitadel.url} failed: ZITADEL has no such object. Check the id, and that the object is on this instance. If it was deleted, remove the resource from the program.`,
    });
    expect(world.slept()).toBe(0);
  });

  test.each(["ListSessions", `/${id}`, "request/", "event/user.*.*", ""])("%j is not an id", async (text) => {
    await expect(life.read(text)).rejects.toMatchObject({
      code: "invalid_request",
      operation: "read execution",
      message: `Reading execution ${JSON.stringify(text)} on ${world.zitadel.url} failed: this is not the id of an execution. Ids look like "request/zitadel.session.v2.SessionService/ListSessions", "response", "function/preuserinfo", "event/user.human.added" or "event/user.human.*".`,
    });
    expect(seen(world.zitadel)).toEqual({});
  });
});

describe("what is gone, and what only looks gone", () => {
  test.each<[string, (list: string[]) => void]>([
    ["an execution that was emptied", () => void world.zitadel.setExecution(condition, [])],
    ["an execution whose targets were all deleted", (list) => list.forEach((target) => world.zitadel.remove(target))],
  ])("%s is gone", async (_case, act) => {
    const list = targets(2);
    const { state } = await life.create({ condition, targets: list });
    clock.advance(60_000);
    act(list);
    world.zitadel.clearRequests();
    expect(await life.read(id, state)).toBeUndefined();
    expect(world.slept()).toBe(0);
    expect(seen(world.zitadel)).toEqual({ searchExecutions: 2 });
  });

  test.each([100, 3_500, 15_000, 19_000])("a read model that lags %d ms behind a set is waited for", async (lag) => {
    world.zitadel.readModel.lag(lag);
    const list = targets(1);
    for (const target of list) life.client.ledger.own(objectOf(target), undefined);
    const { state } = await life.create({ condition, targets: list });
    const late = world.process().of(executionLifecycle);
    expect((await late.read(id, state))?.state).toEqual(state);
    expect(world.slept()).toBeLessThanOrEqual(20_000);
  });

  test("the list before is not mistaken for a change of somebody's while the read model lags", async () => {
    const [first = "", second = ""] = targets(2);
    const { state } = await life.create({ condition, targets: [first] });
    clock.advance(60_000);
    world.zitadel.readModel.lag(15_000);
    const after = await life.update(id, state, { condition, targets: [second] });
    expect((await world.process().of(executionLifecycle).read(id, after))?.state).toEqual(after);
  });

  test("the list before is what is executed, and read into the state, where the read model lost the update", async () => {
    const [first = "", second = ""] = targets(2);
    const { state } = await life.create({ condition, targets: [first] });
    world.zitadel.readModel.loseNext("setExecution");
    const after = await life.update(id, state, { condition, targets: [second] });
    expect((await life.read(id, after))?.state).toEqual(state);
    expect(world.slept()).toBeLessThanOrEqual(20_000);
  });

  test("of what was set a while ago only the rest of the time is waited for", async () => {
    const { state } = await life.create({ condition, targets: targets(1) });
    world.zitadel.setExecution(condition, []);
    clock.advance(15_000);
    expect(await life.read(id, state)).toBeUndefined();
    expect(world.slept()).toBeGreaterThan(0);
    expect(world.slept()).toBeLessThanOrEqual(5_000);
  });

  test("what the read model lost for good is not executed, and so gone", async () => {
    world.zitadel.readModel.loseNext("setExecution");
    const { state } = await life.create({ condition, targets: targets(1) });
    expect(await life.read(id, state)).toBeUndefined();
    expect(world.slept()).toBeLessThanOrEqual(20_000);
  });

  test.each([
    ["no_membership", "none", 404, "AUTHZ-cdgFk"],
    ["forbidden", "ORG_OWNER", 403, "AUTH-5mWD2"],
  ] as const)("a token with %s drops nothing", async (code, role, status, errorId) => {
    const { state } = await life.create({ condition, targets: targets(1) });
    const stranger = world.process(world.zitadel.addUser({ userName: "stranger", role })).of(executionLifecycle);
    for (const known of [state, {}])
      await expect(stranger.read(id, known)).rejects.toMatchObject({
        code,
        status,
        errorId,
        operation: "search executions",
      });
  });

  test("a token that may only read, reads", async () => {
    const { state } = await life.create({ condition, targets: targets(1) });
    const viewer = world.process(world.zitadel.addUser({ userName: "viewer", role: "IAM_OWNER_VIEWER" }));
    expect((await viewer.of(executionLifecycle).read(id, state))?.state).toEqual(state);
  });

  test.each([
    [
      "401",
      {
        status: 401,
        body: { code: 16, message: "Errors.Token.Invalid (AUTH-7fs1e)", details: [{ id: "AUTH-7fs1e" }] },
      },
      "unauthenticated",
    ],
    [
      "404 for an unknown host",
      {
        status: 404,
        body: {
          code: 5,
          message:
            "unable to set instance using origin &{127.0.0.1:1  http} (ExternalDomain is localhost): ID=QUERY-1kIjX Message=Instance not found.",
        },
      },
      "unknown_instance",
    ],
    ["404 of a proxy", { status: 404, body: "<html>not here</html>" }, "unexpected_answer"],
    ["404 of another API", { status: 404, body: { code: 5, message: "Not Found" } }, "unexpected_answer"],
    ["500", { status: 500, body: { code: 2, message: "boom" } }, "unavailable"],
    ["503", { status: 503, body: { code: 14, message: "starting" } }, "unavailable"],
    ["200 of a log-in page", { status: 200, body: "<html>log in</html>" }, "unexpected_answer"],
    ["200 in another form", { status: 200, body: { executions: [{ targets: "1" }] } }, "unexpected_answer"],
  ])("%s is an error, at the listing and at the search", async (_case, answer, code) => {
    const { state } = await life.create({ condition, targets: targets(1) });
    clock.advance(60_000);
    const fault = {
      match: { operation: "searchExecutions" },
      times: Infinity,
      fault: { kind: "answer", ...answer },
    } as const;
    const refused = world.zitadel.faults.add(fault);
    await expect(life.read(id, state)).rejects.toMatchObject({ code });
    await expect(life.read(id)).rejects.toMatchObject({ code });
    refused.remove();
    world.zitadel.setExecution(condition, []);
    world.zitadel.faults.add({ ...fault, skip: 1 });
    await expect(life.read(id, state)).rejects.toMatchObject({ code });
  });

  test("a kind of condition that this version does not know hides no other execution", async () => {
    const { state } = await life.create({ condition, targets: targets(1) });
    const rows = [
      { ...state, condition: { schedule: { cron: "* * * * *" } } },
      { ...state, condition },
    ];
    const body = { pagination: { totalResult: "2" }, executions: rows };
    world.zitadel.faults.add({
      match: { operation: "searchExecutions" },
      fault: { kind: "answer", status: 200, body },
    });
    expect((await life.read(id, state))?.state).toEqual(state);
  });
});
