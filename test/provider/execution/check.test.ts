import fc from "fast-check";
import { EVENT_TYPES, FUNCTIONS, METHODS, SERVICES } from "../../../local/zitadel/executions/words";
import { conditionOf, idOf } from "../../../provider/execution/condition";
import { executionLifecycle } from "../../../provider/execution/lifecycle";
import { unknown } from "../../../provider/core/properties";
import { programOf } from "../../support/program";

const method = "/zitadel.session.v2.SessionService/ListSessions";
const sessions = { condition: { request: { method } }, targets: ["1"] };
const id = `request${method}`;

function check(news: Record<string, unknown>) {
  return executionLifecycle.check({ olds: undefined, news, logicalName: "sessions", claim: () => undefined });
}

function failures(news: Record<string, unknown>): string[] {
  return check(news).failures.map(({ property, reason }) => `${property}: ${reason}`);
}

describe("a condition and its id", () => {
  test.each([
    [{ request: { method } }, id],
    [{ request: { service: "zitadel.session.v2.SessionService" } }, "request/zitadel.session.v2.SessionService"],
    [{ request: { all: true } }, "request"],
    [{ response: { method } }, `response${method}`],
    [{ response: { service: "zitadel.session.v2.SessionService" } }, "response/zitadel.session.v2.SessionService"],
    [{ response: { all: true } }, "response"],
    [{ function: { name: "preuserinfo" } }, "function/preuserinfo"],
    [{ event: { event: "user.human.added" } }, "event/user.human.added"],
    [{ event: { group: "user.human" } }, "event/user.human.*"],
    [{ event: { all: true } }, "event"],
  ])("%j is %s", (condition, expected) => {
    const allowLockout = true;
    expect(failures({ condition, targets: ["1"], allowLockout })).toEqual([]);
    expect([idOf(condition), conditionOf(expected)]).toEqual([expected, condition]);
  });

  test("of every word that ZITADEL knows, and no two have one id", () => {
    const conditions = [
      ...[...METHODS].flatMap((word) => [{ request: { method: word } }, { response: { method: word } }]),
      ...[...SERVICES].flatMap((word) => [{ request: { service: word } }, { response: { service: word } }]),
      ...[...FUNCTIONS].map((name) => ({ function: { name } })),
      ...[...EVENT_TYPES].map((event) => ({ event: { event } })),
      ...[...groupsOf(EVENT_TYPES)].map((group) => ({ event: { group } })),
      { request: { all: true } },
      { response: { all: true } },
      { event: { all: true } },
    ];
    expect(conditions.length).toBeGreaterThan(2000);
    const ids = conditions.map((condition) => {
      expect(failures({ condition, targets: ["1"], allowLockout: true })).toEqual([]);
      return idOf(condition) ?? "";
    });
    expect(ids.map(conditionOf)).toEqual(conditions);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("of whatever else has the form of a condition", () => {
    const word = fc.stringMatching(/^[A-Za-z0-9_]{1,8}(\.[A-Za-z0-9_]{1,8}){0,3}$/);
    const part = fc.stringMatching(/^[A-Za-z0-9_]{1,12}$/);
    const call = fc.oneof(
      fc.record({ method: fc.tuple(word, part).map(([service, name]) => `/${service}/${name}`) }),
      fc.record({ service: word }),
      fc.constant({ all: true }),
    );
    const event = fc.oneof(fc.record({ event: word }), fc.record({ group: word }), fc.constant({ all: true }));
    const condition = fc.oneof(
      call.map((request) => ({ request })),
      call.map((response) => ({ response })),
      part.map((name) => ({ function: { name } })),
      event.map((inner) => ({ event: inner })),
    );
    fc.assert(fc.property(condition, (one) => expect(conditionOf(idOf(one) ?? "")).toEqual(one)));
  });

  test.each([
    "",
    "request/",
    "function",
    "events/user",
    "function/",
    "event/user.*.*",
    "request//x",
    "x",
    "request/a/b/c",
  ])("%j is not an id", (text) => expect(conditionOf(text)).toBeUndefined());

  test("whatever is taken for an id, is its condition's", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^(request|response|function|event)?[a-c./*]{0,9}$/), (text) => {
        const condition = conditionOf(text);
        if (condition !== undefined) expect(idOf(condition)).toBe(text);
      }),
    );
  });
});

function groupsOf(types: Iterable<string>): Set<string> {
  return new Set([...types].flatMap((type) => type.split(".").map((_, at, parts) => parts.slice(0, at + 1).join("."))));
}

describe("what cannot be is rejected with its path", () => {
  const kinds = "request, response, function and event";
  const calls = "method, service and all";
  const events = "event, group and all";
  const withSlash =
    'must be a full method with a leading slash, such as "/zitadel.session.v2.SessionService/ListSessions"';
  const withoutSlashes = 'must be a service without slashes, such as "zitadel.session.v2.SessionService"';
  const aFunction = 'must be the name of a function, such as "preuserinfo"';
  const aType = 'must be the type of an event, such as "user.human.added"';
  const aGroup = 'must be a group of events without ".*", such as "user.human"';
  const anId = 'must be the id of a target, such as "400661751630138406": use the target\'s `id` output';

  test.each<[string, unknown, string]>([
    ["none", undefined, `condition: is required: exactly one of ${kinds}`],
    ["null", null, `condition: is required: exactly one of ${kinds}`],
    ["a text", method, `condition: must be an object with exactly one of ${kinds}`],
    ["a list", [], `condition: must be an object with exactly one of ${kinds}`],
    ["no kind", {}, `condition: must have exactly one of ${kinds}`],
    ["no kind but undefined ones", { request: undefined }, `condition: must have exactly one of ${kinds}`],
    ["two kinds", { request: { method }, response: { method } }, `condition: must have exactly one of ${kinds}`],
    ["another kind", { method }, `condition.method: is not a kind of condition: use exactly one of ${kinds}`],
    [
      "a kind of Object's own",
      { toString: {} },
      `condition.toString: is not a kind of condition: use exactly one of ${kinds}`,
    ],
    [
      "a request that is a text",
      { request: method },
      `condition.request: must be an object with exactly one of ${calls}`,
    ],
    ["a request of nothing", { request: {} }, `condition.request: must have exactly one of ${calls}`],
    ["a request of two", { request: { method, all: true } }, `condition.request: must have exactly one of ${calls}`],
    [
      "a request of an event",
      { request: { event: "user" } },
      `condition.request.event: is not a property of a request condition: use exactly one of ${calls}`,
    ],
    ["a method without a slash", { request: { method: method.slice(1) } }, `condition.request.method: ${withSlash}`],
    ["a service for a method", { request: { method: "/a.b" } }, `condition.request.method: ${withSlash}`],
    ["an empty method", { response: { method: "" } }, `condition.response.method: ${withSlash}`],
    ["a method that is a number", { response: { method: 1 } }, `condition.response.method: ${withSlash}`],
    ["a service with a slash", { request: { service: "/a.b" } }, `condition.request.service: ${withoutSlashes}`],
    ["a method for a service", { request: { service: method } }, `condition.request.service: ${withoutSlashes}`],
    ["all: false", { request: { all: false } }, "condition.request.all: must be true, or left out"],
    ["all: 'true'", { event: { all: "true" } }, "condition.event.all: must be true, or left out"],
    ["a function that is a text", { function: "preuserinfo" }, "condition.function: must be an object with name"],
    ["a function without a name", { function: {} }, "condition.function: must have name"],
    [
      "all functions",
      { function: { all: true } },
      "condition.function.all: is not a property of a function condition: use name",
    ],
    ["a function's whole id", { function: { name: "function/preuserinfo" } }, `condition.function.name: ${aFunction}`],
    ["an event that is a text", { event: "user" }, `condition.event: must be an object with exactly one of ${events}`],
    ["an event of nothing", { event: {} }, `condition.event: must have exactly one of ${events}`],
    [
      "an event of a method",
      { event: { method } },
      `condition.event.method: is not a property of an event condition: use exactly one of ${events}`,
    ],
    ["an event with a star", { event: { event: "user.human.*" } }, `condition.event.event: ${aType}`],
    ["a group with a star", { event: { group: "user.human.*" } }, `condition.event.group: ${aGroup}`],
    ["a group with a line break", { event: { group: "user\n" } }, `condition.event.group: ${aGroup}`],
  ])("%s", (_case, condition, expected) => expect(failures({ ...sessions, condition })).toEqual([expected]));

  test.each<[string, unknown, string[]]>([
    ["no targets", undefined, ["targets: is required: the ids of the targets to call, in order"]],
    ["one id for a list", "1", ["targets: must be a list of target ids"]],
    [
      "an empty list",
      [],
      ["targets: must not be empty: ZITADEL has no executions without targets, so leave the resource out"],
    ],
    ["an id that is a number", ["1", 2], ["targets[1]: must be the id of a target"]],
    ["an id that is null", [null], ["targets[0]: must be the id of a target"]],
    ["an empty id", ["1", ""], [`targets[1]: ${anId}`]],
    ["a name for an id", ["my hook"], [`targets[0]: ${anId}`]],
    ["a path for an id", ["1", "../x"], [`targets[1]: ${anId}`]],
    ["an id of only dots", [".."], [`targets[0]: ${anId}`]],
    ["an id of more than 200 characters", ["1".repeat(201)], [`targets[0]: ${anId}`]],
    [
      "the same target twice",
      ["1", "2", "1"],
      ["targets[2]: is the same target as targets[0]: ZITADEL accepts each target only once"],
    ],
    [
      "the same target three times",
      ["1", "1", "1"],
      [
        "targets[1]: is the same target as targets[0]: ZITADEL accepts each target only once",
        "targets[2]: is the same target as targets[0]: ZITADEL accepts each target only once",
      ],
    ],
  ])("%s", (_case, targets, expected) => expect(failures({ ...sessions, targets })).toEqual(expected));

  test.each<[string, Record<string, unknown>, string]>([
    ["allowLockout as a text", { allowLockout: "yes" }, "allowLockout: must be true or false"],
    ["adopt as a number", { adopt: 1 }, "adopt: must be true or false"],
    ["an instance that is none", { instance: 1 }, "instance: must be a name from zitadel-actions:instances"],
    [
      "an empty instance",
      { instance: "" },
      "instance: must not be empty: give a name from zitadel-actions:instances, or leave it out for the default instance",
    ],
    [
      "a misspelt property",
      { allow_lockout: true },
      "allow_lockout: Unknown property 'allow_lockout'. Did you mean 'allowLockout'?",
    ],
    ["an unknown property", { target: "1" }, "target: Unknown property 'target'. Did you mean 'targets'?"],
  ])("%s", (_case, more, expected) => expect(failures({ ...sessions, ...more })).toEqual([expected]));

  test("all mistakes are reported at once", () => {
    expect(check({ condition: { request: {} }, targets: [], adopt: "no" }).failures).toMatchObject([
      { property: "condition.request" },
      { property: "targets" },
      { property: "adopt" },
    ]);
  });
});

describe("values that are not known before the deployment pass", () => {
  test.each<[string, Record<string, unknown>]>([
    ["the condition", { condition: unknown }],
    ["its kind", { condition: { request: unknown } }],
    ["a method", { condition: { request: { method: unknown } } }],
    ["a service", { condition: { response: { service: unknown } } }],
    ["all", { condition: { request: { all: unknown } } }],
    ["a function", { condition: { function: { name: unknown } } }],
    ["an event", { condition: { event: { event: unknown } } }],
    ["a group", { condition: { event: { group: unknown } } }],
    ["a kind that may turn out not to be given", { condition: { request: { method }, response: unknown } }],
    ["two kinds of which one may be given", { condition: { request: unknown, response: unknown } }],
    ["a word that may turn out not to be given", { condition: { request: { method, service: unknown } } }],
    ["the list", { targets: unknown }],
    ["a target", { targets: ["1", unknown] }],
    ["all targets, which are not the same for that", { targets: [unknown, unknown] }],
    ["allowLockout, where it counts", { condition: { request: { all: true } }, allowLockout: unknown }],
    ["adopt", { adopt: unknown }],
    ["the instance", { instance: unknown }],
  ])("%s", (_case, more) => {
    const news = { ...sessions, ...more };
    expect(check(news)).toEqual({ inputs: news, failures: [] });
  });

  test("together with mistakes, which are still found", () => {
    expect(failures({ ...sessions, targets: [unknown, "1", "1"] })).toHaveLength(1);
    expect(failures({ condition: unknown, targets: [] })).toHaveLength(1);
    expect(failures({ ...sessions, condition: { request: { method: "x" }, response: unknown } })).toEqual([
      expect.stringMatching(/^condition\.request\.method: must be a full method/),
    ]);
    expect(failures({ ...sessions, condition: { request: { all: true }, response: {}, event: unknown } })).toEqual([
      expect.stringMatching(/^condition: must have exactly one of/),
    ]);
  });
});

describe("a condition that covers ZITADEL's own API of actions", () => {
  const service = "zitadel.action.v2.ActionService";
  const ofActions = [...METHODS].filter((word) => word.startsWith(`/${service}/`));
  const covering = (["request", "response"] as const).flatMap((kind) => [
    { [kind]: { all: true } },
    { [kind]: { service } },
    ...ofActions.map((word) => ({ [kind]: { method: word } })),
  ]);

  test("is rejected, and the message says what would happen", () => {
    expect(ofActions).toHaveLength(15);
    for (const condition of covering) {
      expect(failures({ ...sessions, condition })).toEqual([
        `condition: (${idOf(condition) ?? ""}) covers the API that manages actions, zitadel.action.v2.ActionService. If a target with interruptOnError does not answer, every such call fails until its endpoint is back, including this provider's and any that would undo it. If that is what you want, set allowLockout: true`,
      ]);
      expect(failures({ ...sessions, condition, allowLockout: false })).toHaveLength(1);
    }
  });

  test("is taken with allowLockout: true", () => {
    for (const condition of covering) expect(failures({ ...sessions, condition, allowLockout: true })).toEqual([]);
  });

  test("no other condition needs that", () => {
    const others = [
      ...[...SERVICES].filter((word) => word !== service).map((word) => ({ request: { service: word } })),
      ...[...METHODS]
        .filter((word) => !word.startsWith(`/${service}/`))
        .map((word) => ({ response: { method: word } })),
      { event: { all: true } },
      { function: { name: "preuserinfo" } },
    ];
    expect(others.length).toBeGreaterThan(900);
    for (const condition of others) expect(failures({ ...sessions, condition })).toEqual([]);
  });
});

describe("what is valid", () => {
  test("is left as it is, and checking it again changes nothing", () => {
    const news = { ...sessions, targets: ["2", "1"], allowLockout: false, adopt: true, instance: "eu" };
    expect(check(news)).toEqual({ inputs: news, failures: [] });
  });

  test("what is null or undefined is not given", () => {
    expect(check({ ...sessions, adopt: null, instance: undefined, allowLockout: null })).toEqual({
      inputs: sessions,
      failures: [],
    });
  });
});

describe("two executions of one condition in a program", () => {
  test("fail at preview, and the message names the first one", async () => {
    const program = programOf(executionLifecycle);
    expect(await program.check("first", sessions)).toEqual([]);
    expect(await program.check("second", { ...sessions, targets: ["2"] })).toEqual([
      {
        property: "condition",
        reason: `(${id}) is also the condition of ZitadelExecution "first", but ZITADEL keeps one list of targets for each condition: put all targets into one of the two resources`,
      },
    ]);
  });

  test("also where they are wrong in other ways", async () => {
    const program = programOf(executionLifecycle);
    await program.check("first", { ...sessions, targets: [] });
    expect(await program.check("second", { ...sessions, targets: ["1", "1"] })).toMatchObject([
      { reason: expect.stringContaining("targets[1]") as string },
      { reason: expect.stringContaining('is also the condition of ZitadelExecution "first"') as string },
    ]);
  });

  test("the same resource may be checked as often as Pulumi likes", async () => {
    const program = programOf(executionLifecycle);
    for (let times = 0; times < 3; times++) expect(await program.check("first", sessions)).toEqual([]);
  });

  test("are allowed on two servers, but not on two names of one server", async () => {
    const program = programOf(executionLifecycle);
    await program.check("first", sessions);
    expect(await program.check("second", { ...sessions, instance: "us" })).toEqual([]);
    expect(await program.check("third", { ...sessions, instance: "eu" })).toMatchObject([
      { reason: expect.stringContaining('ZitadelExecution "first"') as string },
    ]);
    expect(await program.check("fourth", { ...sessions, instance: "us" })).toMatchObject([
      { reason: expect.stringContaining('ZitadelExecution "second"') as string },
    ]);
    for (const name of ["fifth", "sixth"])
      expect(await program.check(name, { ...sessions, instance: unknown })).toEqual([]);
  });

  test.each<[unknown]>([
    [unknown],
    [{ request: unknown }],
    [{ request: { method: unknown } }],
    [{ request: { method }, event: unknown }],
    [{ request: { method, service: unknown } }],
  ])("a condition that is not known yet (%j) belongs to no other resource", async (condition) => {
    const program = programOf(executionLifecycle);
    await program.check("first", { ...sessions, condition });
    expect(await program.check("second", { ...sessions, condition })).toEqual([]);
  });

  test("request and response, event and group, are not the same", async () => {
    const program = programOf(executionLifecycle);
    const conditions = [
      { request: { method } },
      { response: { method } },
      { request: { service: "zitadel.session.v2.SessionService" } },
      { event: { event: "user.human" } },
      { event: { group: "user.human" } },
      { event: { all: true } },
    ];
    for (const [index, condition] of conditions.entries())
      expect(await program.check(`e${index}`, { ...sessions, condition })).toEqual([]);
  });

  test("a condition in the words of another program's process is free", async () => {
    await programOf(executionLifecycle).check("first", sessions);
    expect(await programOf(executionLifecycle).check("second", sessions)).toEqual([]);
  });
});

test("whatever the program declares, check answers, and names each property once", () => {
  const property = fc.constantFrom("condition", "targets", "allowLockout", "adopt", "instance", "x");
  const key = fc.constantFrom("request", "response", "function", "event", "method", "service", "name", "group", "all");
  const value = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.jsonValue(),
      fc.constant(unknown),
      fc.dictionary(key, tie("value")),
      fc.array(tie("value")),
    ),
  })).value;
  fc.assert(
    fc.property(fc.dictionary(property, value), (news) => {
      const { failures } = check(news);
      expect(new Set(failures.map((failure) => failure.property)).size).toBe(failures.length);
      expect(failures.length > 0 || JSON.stringify(news).includes(unknown) || idOf(news["condition"])).toBeTruthy();
    }),
  );
});
