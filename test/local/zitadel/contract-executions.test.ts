// What the API for executions does beyond the recorded conversations. Runs against a real server too, see openServer; so
// all targets are asynchronous, and no condition covers the API that has to clean up.
import { domainError, expectRefusal, within } from "../../support/contract";
import { call, LIVE, openServer, readUntil, type Answer } from "../../support/replay";

const TARGETS = "/v2/actions/targets";
const EXECUTIONS = "/v2/actions/executions";
const NEVER = "0001-01-01T00:00:00Z";

let server: Awaited<ReturnType<typeof openServer>>;
let names = 0;
let a: string;
let b: string;

beforeAll(async () => {
  server = await openServer();
});
beforeEach(async () => {
  [a, b] = [await newTarget(), await newTarget()];
});
afterAll(() => server.close());

const send = (request: string, body?: unknown) => call(server, request, body);
const method = (name: string) => ({ request: { method: `/zitadel.session.v2.SessionService/${name}` } });

async function newTarget(): Promise<string> {
  const name = `${server.prefix}-${++names}`;
  const target = { name, endpoint: "https://example.com/hook", timeout: "10s", restAsync: {} };
  const { body } = await send(`POST ${TARGETS}`, target);
  return (body as { id: string }).id;
}

async function set(condition: object, targets: string[] | undefined): Promise<string> {
  const answer = await send(`PUT ${EXECUTIONS}`, { condition, targets });
  expect(answer).toEqual({ ...answer, status: 200, body: { setDate: expect.any(String) as string } });
  return (answer.body as { setDate: string }).setDate;
}

interface Execution {
  condition: object;
  creationDate: string;
  changeDate: string;
  targets: string[];
}

async function search(body: object): Promise<Execution[]> {
  const answer = await send(`POST ${EXECUTIONS}/search`, body);
  expect(answer).toMatchObject({ status: 200 });
  return (answer.body as { executions?: Execution[] }).executions ?? [];
}

/** What a search finds once it has come to this list of targets, in this order, or to none. */
async function shown(condition: object, targets: string[]): Promise<Execution | undefined> {
  const filters = [{ inConditionsFilter: { conditions: [condition] } }];
  const [execution] = await readUntil(
    server,
    () => search({ filters }),
    ([found]) => JSON.stringify(found?.targets ?? []) === JSON.stringify(targets),
  );
  expect(execution?.targets ?? []).toEqual(targets);
  return execution;
}

const noTarget = domainError(404, 5, "COMMAND-17e8fq1ggk", "Target not found");

describe("setting an execution", () => {
  test.each([
    ["a method's request", method("ListSessions")],
    ["a service's request", { request: { service: "zitadel.session.v2.SessionService" } }],
    ["a method's response", { response: { method: "/zitadel.session.v2.SessionService/ListSessions" } }],
    ["a service's response", { response: { service: "zitadel.session.v2.SessionService" } }],
    ["a function", { function: { name: "preuserinfo" } }],
    ["an event", { event: { event: "user.human.profile.changed" } }],
    ["a group of events", { event: { group: "user.human.profile" } }],
  ])("for %s shows it with its targets in order", async (_what, condition) => {
    const setDate = await set(condition, [b, a]);
    expect(await shown(condition, [b, a])).toEqual({
      condition,
      creationDate: expect.any(String) as string,
      changeDate: setDate,
      targets: [b, a],
    });
  });

  test("replaces the whole list, and keeps the date of creation", async () => {
    const condition = method("CreateSession");
    const first = await set(condition, [a]);
    const before = await shown(condition, [a]);
    const second = await set(condition, [b, a]);
    expect(second > first).toBe(true);
    expect(await shown(condition, [b, a])).toMatchObject({ ...before, changeDate: second, targets: [b, a] });
    expect(await set(condition, [a, b])).not.toBe(second);
  });

  test("to the same list writes nothing", async () => {
    const condition = method("SetSession");
    const setDate = await set(condition, [a, b]);
    expect(await set(condition, [a, b])).toBe(setDate);
    expect(await send(`PUT ${EXECUTIONS}`, { condition, targets: [a, b], foo: 1 })).toMatchObject({
      status: 200,
      body: { setDate },
    });
  });

  test("to an empty list, or none, takes it away", async () => {
    const condition = method("DeleteSession");
    for (const none of [[], undefined]) {
      const setDate = await set(condition, [a]);
      await shown(condition, [a]);
      const emptied = await set(condition, none);
      expect(emptied).not.toBe(setDate);
      expect(await shown(condition, [])).toBeUndefined();
      expect(await set(condition, none)).toBe(emptied);
    }
  });

  test("that was never set to an empty list has no date", async () => {
    const setDate = await set({ response: { method: "/zitadel.session.v2beta.SessionService/GetSession" } }, []);
    // A server may remember a run before this one.
    if (!LIVE) expect(setDate).toBe(NEVER);
  });

  test.each([
    ["an unknown method", { request: { method: "/zitadel.session.v2.SessionService/No" } }, "COMMAND-vysplsevt8"],
    [
      "a method without a slash",
      { request: { method: "zitadel.session.v2.SessionService/GetSession" } },
      "COMMAND-vysplsevt8",
    ],
    ["an unknown service", { response: { service: "zitadel.session.v2.No" } }, "COMMAND-qu6dfhiioq"],
    ["a service with a slash", { response: { service: "/zitadel.session.v2.SessionService" } }, "COMMAND-qu6dfhiioq"],
    ["an unknown function", { function: { name: "preUserinfo" } }, "COMMAND-cdy39t0ksr"],
    ["an unknown event", { event: { event: "user.human.born" } }, "COMMAND-74aaqj8fv9"],
    ["a group as an event", { event: { event: "user.human" } }, "COMMAND-74aaqj8fv9"],
    ["an unknown group", { event: { group: "user.alien" } }, "COMMAND-er5oneb5lz"],
    ["a group with its star", { event: { group: "user.human.*" } }, "COMMAND-er5oneb5lz"],
  ])("for %s is rejected", async (_what, condition, id) => {
    const refused = domainError(404, 5, id, "Execution condition is invalid");
    expect(await send(`PUT ${EXECUTIONS}`, { condition, targets: ["unknown"] })).toMatchObject(refused);
    expect(await send(`PUT ${EXECUTIONS}`, { condition })).toMatchObject(refused);
  });

  test("for no condition is rejected with an id", async () => {
    const refused = domainError(400, 3, "ACTION-5r5Ju", "Execution condition is invalid");
    for (const body of [{}, undefined, { condition: null }, { targets: [a] }]) {
      expect(await send(`PUT ${EXECUTIONS}`, body)).toMatchObject(refused);
    }
  });

  const length = "value length must be between 1 and 1000 runes, inclusive";
  const request = ["SetExecutionRequest.Condition", "Condition.Request"];
  const oneof = (field: string, message: string) =>
    `proto: (line): error parsing "${field}", oneof zitadel.action.v2.${message} is already set`;
  test.each([
    ["an empty condition", {}, within(request.slice(0, 1), "invalid Condition.ConditionType: value is required")],
    ["an empty request", { request: {} }, within(request, "invalid RequestExecution.Condition: value is required")],
    ["not all", { request: { all: false } }, within(request, "invalid RequestExecution.All: value must equal true")],
    ["an empty method", { request: { method: "" } }, within(request, `invalid RequestExecution.Method: ${length}`)],
    [
      "a service of 1001 runes",
      { response: { service: "s".repeat(1001) } },
      within(["SetExecutionRequest.Condition", "Condition.Response"], `invalid ResponseExecution.Service: ${length}`),
    ],
    [
      "a function without a name",
      { function: {} },
      within(["SetExecutionRequest.Condition", "Condition.Function"], `invalid FunctionExecution.Name: ${length}`),
    ],
    [
      "an empty group",
      { event: { group: "" } },
      within(["SetExecutionRequest.Condition", "Condition.Event"], `invalid EventExecution.Group: ${length}`),
    ],
    ["two kinds", { event: { all: true }, function: {} }, oneof("function", "Condition.condition_type")],
    ["two words", { event: { event: "a", group: "b" } }, oneof("group", "EventExecution.condition")],
    ["a number as a method", { request: { method: 1 } }, "proto: (line): invalid value for string field method: 1"],
  ])("for %s is rejected", async (_what, condition, message) => {
    expectRefusal(await send(`PUT ${EXECUTIONS}`, { condition, targets: [""] }), message);
  });

  test("to targets that are objects is rejected", async () => {
    const body = { condition: method("GetSession"), targets: [{ target: a }] };
    expectRefusal(await send(`PUT ${EXECUTIONS}`, body), "proto: (line): invalid value for string field targets: {");
  });

  test("to an unknown target, or to one twice, is rejected, and leaves what was", async () => {
    const condition = method("ListSessions");
    await set(condition, [a]);
    for (const targets of [["400000000000000000"], [a, "unknown"], [a, a], [b, b]]) {
      expect(await send(`PUT ${EXECUTIONS}`, { condition, targets })).toMatchObject(noTarget);
    }
    await shown(condition, [a]);
  });

  test("to an empty id is rejected before the condition is looked up", async () => {
    const refused = domainError(400, 3, "COMMAND-hdm4zl1hmd", "Execution is invalid");
    for (const condition of [method("ListSessions"), { function: { name: "no" } }]) {
      expect(await send(`PUT ${EXECUTIONS}`, { condition, targets: ["unknown", ""] })).toMatchObject(refused);
    }
  });
});

describe("deleting a target", () => {
  test("takes it out of every execution without moving a date, and the last one takes the execution away", async () => {
    const [both, one] = [method("CreateSession"), method("SetSession")];
    const setDate = await set(both, [a, b]);
    await set(one, [a]);
    await shown(both, [a, b]);
    await send(`DELETE ${TARGETS}/${a}`);
    expect(await shown(both, [b])).toMatchObject({ changeDate: setDate });
    expect(await shown(one, [])).toBeUndefined();
  });

  test("is forgotten by the old list alone: that is taken and changes nothing, any other with it is rejected", async () => {
    const condition = method("DeleteSession");
    const setDate = await set(condition, [a, b]);
    await send(`DELETE ${TARGETS}/${a}`);
    expect(await set(condition, [a, b])).toBe(setDate);
    await shown(condition, [b]);
    for (const targets of [[b, a], [a]]) {
      expect(await send(`PUT ${EXECUTIONS}`, { condition, targets })).toMatchObject(noTarget);
    }
    expect(await set(condition, [b])).not.toBe(setDate);
    expect(await send(`PUT ${EXECUTIONS}`, { condition, targets: [a, b] })).toMatchObject(noTarget);
  });
});

describe("search", () => {
  const conditions = [
    method("GetSession"),
    { response: { service: "zitadel.session.v2beta.SessionService" } },
    { function: { name: "presamlresponse" } },
    { event: { group: "user.human.address" } },
    { event: { event: "user.human.avatar.added" } },
  ] as const;
  const own = { inConditionsFilter: { conditions } };
  const type = (name: string) => ({ executionTypeFilter: { executionType: `EXECUTION_TYPE_${name}` } });

  /** The places, in the list above, of those found. */
  async function places(body: object): Promise<string> {
    const place = ({ condition }: Execution) =>
      conditions.findIndex((candidate) => JSON.stringify(candidate) === JSON.stringify(condition));
    return (await search(body)).map(place).join("");
  }

  beforeEach(async () => {
    for (const [index, condition] of conditions.entries()) {
      await set(condition, []);
      await set(condition, index % 2 === 0 ? [a] : [a, b]);
    }
    await shown(conditions[4], [a]);
  });

  test.each([
    ["conditions", own, "01234"],
    ["one condition", { inConditionsFilter: { conditions: [conditions[3]] } }, "3"],
    [
      "a group with its star",
      { inConditionsFilter: { conditions: [{ event: { group: "user.human.address.*" } }] } },
      "3",
    ],
    ["a condition that is unknown", { inConditionsFilter: { conditions: [{ function: { name: "no" } }] } }, ""],
    ["requests", type("REQUEST"), "0"],
    ["responses", type("RESPONSE"), "1"],
    ["functions", type("FUNCTION"), "2"],
    ["events", type("EVENT"), "34"],
    ["no type that exists", type("BOGUS"), "01234"],
    ["a type by its number", { executionTypeFilter: { executionType: 3 } }, "34"],
    ["an unknown target", { targetFilter: { targetId: "unknown" } }, ""],
  ])("finds by %s, where the other filter holds too", async (_what, filter, found) => {
    const sorted = Array.from(await places({ filters: [own, filter] })).sort();
    expect(sorted.join("")).toBe(found);
  });

  test("finds by target", async () => {
    expect(Array.from(await places({ filters: [{ targetFilter: { targetId: b } }] })).sort()).toEqual(["1", "3"]);
  });

  test("sorts by the ids of conditions and by dates, and pages through what it finds", async () => {
    const sorted = (sortingColumn: string, asc: boolean) =>
      places({ filters: [own], sortingColumn, pagination: { asc } });
    // event/user.human.address.*, event/user.human.avatar.added, function/…, request/…, response/…
    expect(await sorted("EXECUTION_FIELD_NAME_ID", true)).toBe("34201");
    expect(await sorted("EXECUTION_FIELD_NAME_ID", false)).toBe("10243");
    expect(await sorted("EXECUTION_FIELD_NAME_CHANGED_DATE", true)).toBe("01234");
    const all = await sorted("EXECUTION_FIELD_NAME_CREATED_DATE", false);
    expect(await places({ filters: [own] })).toBe(all);
    expect(await sorted("EXECUTION_FIELD_NAME_CREATION_DATE", false)).toBe(all);
    const page = await send(`POST ${EXECUTIONS}/search`, { filters: [own], pagination: { limit: 2, offset: 1 } });
    expect(page.body).toMatchObject({ pagination: { totalResult: "5", appliedLimit: "2" } });
    expect(await places({ filters: [own], pagination: { limit: 2, offset: 1 } })).toBe(all.slice(1, 3));
    const beyond = await send(`POST ${EXECUTIONS}/search`, { filters: [own], pagination: { offset: 5 } });
    expect(beyond.body).toEqual({ pagination: { appliedLimit: "100" } });
  });

  test("fails inside on an empty list of conditions, and refuses more than a thousand at once", async () => {
    const empty = { filters: [{ inConditionsFilter: {} }] };
    const message = "values array must not be empty ()";
    expect(await send(`POST ${EXECUTIONS}/search`, empty)).toMatchObject({ status: 500, body: { code: 2, message } });
    const many = await send(`POST ${EXECUTIONS}/search`, { pagination: { limit: 1001 } });
    expect(many).toMatchObject(domainError(400, 3, "QUERY-4M0fs", "Limit exceeded"));
  });

  const filter = "ListExecutionsRequest.Filters[0]";
  test.each([
    ["an empty filter", {}, within([filter], "invalid ExecutionSearchFilter.Filter: value is required")],
    [
      "a condition that is none",
      { inConditionsFilter: { conditions: [conditions[0], {}] } },
      within(
        [filter, "ExecutionSearchFilter.InConditionsFilter", "InConditionsFilter.Conditions[1]"],
        "invalid Condition.ConditionType: value is required",
      ),
    ],
    [
      "two kinds in one filter",
      { targetFilter: {}, executionTypeFilter: {} },
      'proto: (line): error parsing "executionTypeFilter", oneof zitadel.action.v2.ExecutionSearchFilter.filter is already set',
    ],
  ])("rejects %s", async (_what, wanted, message) => {
    expectRefusal(await send(`POST ${EXECUTIONS}/search`, { filters: [wanted] }), message);
  });
});

describe("the words of conditions", () => {
  const words = async (kind: string) => {
    const { status, body } = await send(`GET ${EXECUTIONS}/${kind}`);
    expect(status).toBe(200);
    return (body as Record<string, string[]>)[kind] ?? [];
  };

  test("are listed", async () => {
    expect(await words("functions")).toEqual(["preuserinfo", "preaccesstoken", "presamlresponse"]);
    expect(await words("services")).toContain("zitadel.session.v2.SessionService");
    expect(await words("methods")).toContain("/zitadel.session.v2.SessionService/ListSessions");
    // How many there are depends on the server's version.
    if (!LIVE) expect([(await words("services")).length, (await words("methods")).length]).toEqual([37, 968]);
  });
});

describe("who asks", () => {
  const requests = [`PUT ${EXECUTIONS}`, `POST ${EXECUTIONS}/search`, `GET ${EXECUTIONS}/functions`];
  const anonymous = (request: string): Promise<Answer> =>
    call({ baseUrl: server.baseUrl }, request, request.startsWith("GET") ? undefined : {});

  test.each(requests)("must be said in %s", async (request) => {
    expect(await anonymous(request)).toMatchObject({ status: 401, body: { code: 16, message: "auth header missing" } });
  });
});

test.each([
  [405, 12, "Method Not Allowed", [`GET ${EXECUTIONS}`, `POST ${EXECUTIONS}`, `DELETE ${EXECUTIONS}`]],
  [405, 12, "Method Not Allowed", [`GET ${EXECUTIONS}/search`, `POST ${EXECUTIONS}/functions`]],
  [404, 5, "Not Found", [`GET ${EXECUTIONS}/`, `GET ${EXECUTIONS}/1`, `DELETE ${EXECUTIONS}/request`]],
])("other requests get %i", async (status, code, message, requests) => {
  for (const request of requests) expect(await send(request)).toMatchObject({ status, body: { code, message } });
});
