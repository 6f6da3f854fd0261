import fc from "fast-check";
import { endpointQuery, lockout, payloadTypes, protection, rotation, rules, timeouts } from "../../policies/index";
import { concerned } from "../../policies/conditions";
import { unknown } from "../../provider/core/properties";
import { against, againstStack, type Resource } from "../support/policies";

// The limits of each rule, and values that a preview does not know. test/policies/programs.test.ts tests the rules with programs.

const one = (text: string): string[] => [expect.stringContaining(text) as string];

describe("timeouts", () => {
  const interrupting = (timeout: string) => ({ timeout, restCall: { interruptOnError: true } });
  const other = (timeout: string) => ({ timeout, restWebhook: { interruptOnError: false } });

  test.each([
    ["10s", "10s and no more", []],
    ["10.000000001s", "a nanosecond more", one("more than 10 s")],
    ["1m", "more in another unit", one("more than 10 s")],
    ["10000ms", "as much in another unit", []],
  ])("an interrupting target may wait %s: %s", async (timeout, _what, expected) => {
    expect(await against(timeouts, { props: interrupting(timeout) })).toEqual(expected);
    const { restCall: restWebhook } = interrupting(timeout);
    expect(await against(timeouts, { props: { timeout, restWebhook } })).toEqual(expected);
  });

  test.each([
    ["30s", []],
    ["0.5m", []],
    ["30.5s", one("more than the 30 s after which the server silently stops waiting")],
  ])("any target may wait %s", async (timeout, expected) => {
    for (const props of [other(timeout), { timeout, restAsync: {} }, { timeout, restWebhook: {} }])
      expect(await against(timeouts, { props })).toEqual(expected);
  });

  test("the limits are what the configuration says, whatever the number", async () => {
    const number = fc.integer({ min: 1, max: 270_000 }).map((thousandths) => thousandths / 1000);
    await fc.assert(
      fc.asyncProperty(number, number, number, async (timeout, interruptingSeconds, seconds) => {
        const config = { interruptingSeconds, seconds };
        const found = await against(timeouts, { props: interrupting(`${timeout}s`) }, config);
        expect(found).toHaveLength(timeout > interruptingSeconds || timeout > seconds ? 1 : 0);
        expect(await against(timeouts, { props: other(`${timeout}s`) }, config)).toHaveLength(
          timeout > seconds ? 1 : 0,
        );
      }),
    );
  });

  test.each([
    ["the time-out", interrupting(unknown), []],
    ["whether it interrupts", { timeout: "20s", restCall: { interruptOnError: unknown } }, []],
    ["its kind", { timeout: "20s", restCall: unknown }, []],
    ["whether it interrupts, where any target waits too long", { timeout: "40s", restCall: unknown }, one("30 s")],
    ["nothing, since it is no time-out", interrupting("soon"), []],
  ])("not known is %s", async (_what, props, expected) => {
    expect(await against(timeouts, { props })).toEqual(expected);
  });
});

describe("the query of an endpoint", () => {
  const ask = (endpoint: unknown, config = {}) => against(endpointQuery, { props: { endpoint } }, config);
  const problem = one("has an endpoint with a query");

  test.each([
    ["https://hooks.example.com/?code=1", problem],
    ["https://hooks.example.com?code=1#part", problem],
    ["HTTPS://hooks.example.com/a?", []],
    ["https://hooks.example.com/a#b?c", []],
    ["https://hooks.example.com/a%3Fb", []],
    [unknown, []],
  ])("%s", async (endpoint, expected) => {
    expect(await ask(endpoint)).toEqual(expected);
  });

  test("is allowed on the hosts that the configuration names, and the message does not repeat it", async () => {
    const queryHosts = ["*.example.com"];
    expect(await ask("https://hooks.example.com/?code=1", { queryHosts })).toEqual([]);
    expect(await ask("https://example.com/?code=hunter2", { queryHosts })).toEqual(problem);
    expect((await ask("https://example.com/?code=hunter2")).join("")).not.toContain("hunter2");
    expect(await ask("https://x@hooks.example.com/?code=1", { queryHosts })).toEqual(problem);
    expect(await ask("https://example.com/", { queryHosts: ["a/b"] })).toEqual(one('"a/b", which is not a host'));
  });
});

test("what an exported state hides is not judged", async () => {
  const props = { endpoint: "[secret]", timeout: "[secret]", rotationTriggers: "[secret]" };
  for (const rule of rules.filter((rule) => rule !== payloadTypes && rule !== lockout))
    expect(await against(rule, { props }, rule.name.endsWith("hosts") ? { hosts: ["a.b"] } : {})).toEqual([]);
});

describe("rotation", () => {
  test.each([
    ["none", {}, one("has no rotationTriggers")],
    ["an empty list", { rotationTriggers: [] }, one("has no rotationTriggers")],
    ["one", { rotationTriggers: ["2026-12"] }, []],
    ["one that is not known yet", { rotationTriggers: [unknown] }, []],
    ["a list that is not known yet", { rotationTriggers: unknown }, []],
  ])("with %s for triggers", async (_what, props, expected) => {
    expect(await against(rotation, { props })).toEqual(expected);
  });

  test.each([
    ["inPlace", one('"inPlace", which is not allowed: set it to replace')],
    [undefined, one('"inPlace", which is not allowed: set it to replace')],
    ["replace", []],
    [unknown, []],
  ])("where only replace is allowed, with %s", async (rotationStrategy, expected) => {
    const props = { rotationTriggers: ["1"], ...(rotationStrategy !== undefined && { rotationStrategy }) };
    expect(await against(rotation, { props }, { strategies: ["replace"] })).toEqual(expected);
  });
});

describe("lock-out", () => {
  const ask = (condition: unknown, allowLockout?: unknown, config = {}) =>
    against(lockout, { type: "Execution", props: { condition, allowLockout } }, config);
  const service = "zitadel.action.v2.ActionService";

  test.each([
    [{ request: { all: true } }],
    [{ response: { all: true } }],
    [{ request: { service } }],
    [{ response: { method: `/${service}/ListTargets` } }],
  ])("%j is rejected, whether or not it is allowed", async (condition) => {
    for (const allowLockout of [undefined, false, true, unknown])
      expect(await ask(condition, allowLockout)).toEqual(one("covers the API that manages actions"));
  });

  test.each([
    [{ request: { service: "zitadel.session.v2.SessionService" } }],
    [{ event: { all: true } }],
    [{ function: { name: "preuserinfo" } }],
  ])("%j is not, but allowing it is", async (condition) => {
    expect(await ask(condition)).toEqual([]);
    expect(await ask(condition, false)).toEqual([]);
    expect(await ask(condition, true)).toEqual(one("has allowLockout: true"));
  });

  test("what is excepted may do so", async () => {
    const config = { except: ["request"] };
    expect(await ask({ request: { all: true } }, true, config)).toEqual([]);
    expect(await ask({ response: { all: true } }, true, config)).toEqual(one("(response)"));
  });

  test.each([unknown, { request: unknown }, { request: { service: unknown } }, { [unknown]: 1 }])(
    "nothing is said of a condition that is not known yet: %j",
    async (condition) => {
      expect(await ask(condition)).toEqual([]);
      expect(await ask(condition, unknown)).toEqual([]);
      expect(await ask(condition, true)).toEqual(one("has allowLockout: true"));
      expect(await ask(condition, true, { except: ["request"] })).toEqual([]);
    },
  );
});

describe("protection", () => {
  const ask = (stack: string, config = {}, resource: Resource = {}) =>
    against(protection, { ...resource, stack }, config);
  const problem = one("set the option protect: true");

  test.each([
    ["prod", problem],
    ["prod-eu", problem],
    ["Production", problem],
    ["dev", []],
    ["non-prod", []],
  ])("in the stack %s", async (stack, expected) => {
    expect(await ask(stack)).toEqual(expected);
    expect(await ask(stack, {}, { protect: true })).toEqual([]);
  });

  test.each([
    ["*-prod", "eu-prod", problem],
    ["*-prod", "eu-production", []],
    ["live.eu", "live.eu", problem],
    ["live.eu", "live-eu", []],
    ["l*e-*", "live-eu", problem],
    ["*", "dev", problem],
  ])("the pattern %s and the stack %s", async (pattern, stack, expected) => {
    expect(await ask(stack, { stacks: ["other", pattern] })).toEqual(expected);
  });

  test("a target that is rotated by replacing it cannot be protected: one is given up, or it is excepted", async () => {
    const replacing = { props: { rotationStrategy: "replace" } };
    expect(await ask("prod", {}, replacing)).toEqual(one("Pulumi would refuse to replace it"));
    expect(await ask("prod", { exceptReplacing: true }, replacing)).toEqual([]);
    expect(await ask("prod", { exceptReplacing: true })).toEqual(problem);
    expect(await ask("prod", { exceptReplacing: true }, { props: { rotationStrategy: unknown } })).toEqual(problem);
  });
});

describe("payload types", () => {
  const target = (name: string, payloadType?: string): Resource => ({ name, props: { payloadType } });
  const execution = (condition: unknown, from: readonly string[], targets: unknown = from, more = {}): Resource => {
    const props = { condition, targets, ...more };
    return { type: "Execution", name: "tokens", props, from: { targets: from } };
  };
  const tokens = { function: { name: "preaccesstoken" } };
  const all = [
    target("plain", "PAYLOAD_TYPE_JSON"),
    target("signed", "PAYLOAD_TYPE_JWT"),
    target("sealed", "PAYLOAD_TYPE_JWE"),
  ];
  const ask = (own: Resource, config: object = {}) =>
    againstStack(payloadTypes, [...all, own], { conditions: ["function/preaccesstoken"], ...config });

  test("each target of the execution has to be of one of the types", async () => {
    expect(await ask(execution(tokens, ["signed", "sealed"]))).toEqual([]);
    expect(await ask(execution(tokens, ["signed", "plain"]))).toEqual([
      `The execution "tokens" (function/preaccesstoken) calls the target "plain" with the payload type PAYLOAD_TYPE_JSON: set the target's payloadType to PAYLOAD_TYPE_JWT or PAYLOAD_TYPE_JWE.`,
    ]);
    const onlySealed = { payloadTypes: ["PAYLOAD_TYPE_JWE"] };
    expect(await ask(execution(tokens, ["signed", "sealed"]), onlySealed)).toEqual(one('the target "signed"'));
  });

  test("other conditions, and executions without a rule, are left alone", async () => {
    expect(await ask(execution({ function: { name: "preuserinfo" } }, ["plain"]))).toEqual([]);
    expect(await ask(execution(tokens, ["plain"]), { conditions: [] })).toEqual([]);
  });

  test("a target that the stack does not declare is rejected, or allowed", async () => {
    const unseen = execution(tokens, ["signed"], ["1", "2"]);
    expect(await ask(unseen)).toEqual(one("does not declare, so the rule cannot see its payload type"));
    expect(await ask(unseen, { allowUnseen: true })).toEqual([]);
    expect(await ask(execution(tokens, [], ["1"]))).toEqual(one("set allowUnseen"));
  });

  test.each([
    ["the ids", execution(tokens, ["signed"], [unknown])],
    ["the list of ids", execution(tokens, ["signed"], unknown)],
    ["the condition", execution(unknown, ["plain"])],
    ["its word", execution({ function: { name: unknown } }, ["plain"])],
  ])("not known yet: %s", async (_what, own) => {
    expect(await ask(own)).toEqual([]);
  });

  test("a payload type that is not known yet is not another one", async () => {
    const own = execution(tokens, ["later"], [unknown]);
    const config = { conditions: ["function"] };
    expect(await againstStack(payloadTypes, [target("later", unknown), own], config)).toEqual([]);
  });

  test.each([
    ["event", "event"],
    ["event/user.human.added", "event/user.human.added"],
    ["event*", "event*"],
    ["event/user.*", "event/user.*"],
  ])("demanding it for %s is a mistake, and that is said", async (entry, shown) => {
    const found = await ask(execution(tokens, ["plain"]), { conditions: ["function", entry] });
    expect(found).toEqual([
      `The configuration of zitadel-payload-types requires a signed or encrypted payload for "${shown}", but ZITADEL never delivers events to targets with a JWT or JWE payload: nothing would arrive. Remove it.`,
    ]);
  });

  test.each([
    "",
    "*",
    "func*",
    "preaccesstoken",
    "/zitadel.user.v2.UserService/AddHumanUser",
    "request/",
    "function/*/a",
  ])("%j is not a condition", async (entry) => {
    expect(await ask(execution(tokens, ["signed"]), { conditions: [entry] })).toEqual(one("which is not a condition"));
  });

  test("what runs on another instance is not what runs on this one", async () => {
    const call = (name: string, condition: object, instance?: string): Resource => ({
      ...execution({ request: condition }, ["plain"], ["1"], instance === undefined ? {} : { instance }),
      name,
    });
    const method = "/zitadel.session.v2.SessionService/CreateSession";
    const service = { service: "zitadel.session.v2.SessionService" };
    const stack = [...all, call("here", service), call("exact", { method }, "eu"), call("there", service, "eu")];
    const found = await againstStack(payloadTypes, stack, { conditions: [`request${method}`] });
    expect(found.map((message) => /"(\w+)"/.exec(message)?.[1])).toEqual(["here", "exact"]);
  });
});

describe("an entry names", () => {
  const service = "request/zitadel.session.v2.SessionService";
  const every = [
    "request",
    service,
    `${service}/Create`,
    `${service}/Delete`,
    "request/zitadel.user.v2.UserService/Add",
    "response",
    "function/a",
  ];

  test.each([
    ["function", every, ["function/a"]],
    ["function/*", every, ["function/a"]],
    ["response", every, ["response"]],
    [`${service}/Create`, every, [`${service}/Create`]],
    ["the most exact above it", ["request", service], [service], `${service}/Create`],
    ["all calls, where nothing is more exact", ["request", "response"], ["request"], `${service}/Create`],
    ["a service with its methods", every, [service, `${service}/Create`, `${service}/Delete`], service],
    [
      "methods, and what runs for the others",
      ["request", `${service}/Create`],
      [`${service}/Create`, "request"],
      service,
    ],
    ["a beginning", every, [service, `${service}/Create`, `${service}/Delete`, "request"], "request/zitadel.session.*"],
    ["methods that begin so", every, [`${service}/Create`, service], `${service}/Cr*`],
  ])("%s", (what, ids, expected, entry = what) => {
    expect(concerned(entry, ids)).toEqual(expected);
  });
});

test("a rule says nothing of other kinds of resources", async () => {
  for (const rule of rules.filter((one) => one !== payloadTypes))
    for (const type of ["Target", "Execution", "TargetPublicKey"] as const) {
      const isItsOwn = (type === "Execution") === (rule === lockout) && type !== "TargetPublicKey";
      // Broken in every way.
      const props = { endpoint: "ftp://x/?y=z", timeout: "99s", condition: { request: { all: true } } };
      const found = await against(
        rule,
        { type, stack: "prod", props },
        rule.name.endsWith("hosts") ? { hosts: ["a.b"] } : {},
      );
      expect({ rule: rule.name, type, found: found.length }).toEqual({
        rule: rule.name,
        type,
        found: isItsOwn ? 1 : 0,
      });
    }
});

test("a setting that there is not is said, lest a misspelt one switch its rule off", async () => {
  expect(await againstStack(payloadTypes, [], { condition: [] })).toEqual([
    'The configuration of zitadel-payload-types has the unknown setting "condition": use conditions, payloadTypes, allowUnseen.',
  ]);
  for (const rule of rules.filter((one) => one !== payloadTypes)) {
    const type = rule === lockout ? "Execution" : "Target";
    const [setting = ""] = Object.keys(rule.configSchema?.properties ?? {});
    expect(await against(rule, { type }, { [`${setting}x`]: [] })).toEqual(
      one(`has the unknown setting "${setting}x"`),
    );
  }
});

test("what is wrong beside an unknown value fails as what it is", async () => {
  const props = {
    get endpoint(): string {
      throw new TypeError("not an unknown value");
    },
  };
  await expect(against(timeouts, { props })).rejects.toThrow("not an unknown value");
});
