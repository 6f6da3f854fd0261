import type { PolicyPackConfig } from "@pulumi/policy";
import { rules } from "../../policies/index";
import { openStage, type Stage } from "../support/deploy";
import { PackFolder, shippedPack, violations } from "../support/policies";
import { marks } from "../support/marks";

// The shipped pack, in the process in which Pulumi runs it. For each rule, one program passes and one fails.

jest.setTimeout(120_000);
let stage: Stage;
const folder = new PackFolder();
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());
afterAll(() => folder.remove());

const run = (step: "preview" | "up", config: PolicyPackConfig = {}) =>
  stage.run(step, folder.step(shippedPack, config));

const good = {
  endpoint: "https://hooks.example.com/zitadel",
  timeout: "10s",
  restWebhook: { interruptOnError: true },
  rotationTriggers: ["2026-12"],
};
const tokens = { type: "ZitadelExecution", condition: { function: { name: "preaccesstoken" } } };

/** For each rule, what passes, and next to it what fails; both under one configuration. */
const config: PolicyPackConfig = {
  "zitadel-endpoint-hosts": { hosts: ["*.example.com"] },
  "zitadel-endpoint-https": { httpHosts: ["plain.example.com"] },
  "zitadel-endpoint-query": { queryHosts: ["query.example.com"] },
  "zitadel-payload-types": { conditions: ["function/preaccesstoken"] },
  "zitadel-protection": { stacks: ["*"] },
  "zitadel-lockout": { except: ["response"] },
};
const passing = {
  hook: { ...good, protect: true },
  plain: { ...good, endpoint: "http://plain.example.com:8080/", protect: true },
  query: { ...good, endpoint: "https://query.example.com/?code=1", protect: true },
  slow: { endpoint: good.endpoint, timeout: "30s", restAsync: {}, rotationTriggers: [1], protect: true },
  signed: { ...good, payloadType: "PAYLOAD_TYPE_JWT", protect: true },
  tokens: { ...tokens, targets: ["@signed.id"] },
  responses: {
    type: "ZitadelExecution",
    condition: { response: { all: true } },
    allowLockout: true,
    targets: ["@slow.id"],
  },
};
const failing: Readonly<Record<string, Record<string, object>>> = {
  "zitadel-endpoint-hosts": { elsewhere: { ...good, endpoint: "https://example.com.evil.test/", protect: true } },
  "zitadel-endpoint-https": { open: { ...good, endpoint: "http://hooks.example.com/", protect: true } },
  "zitadel-endpoint-query": { asking: { ...good, endpoint: "https://hooks.example.com/?code=1", protect: true } },
  "zitadel-timeouts": { waiting: { ...good, timeout: "10.5s", protect: true } },
  "zitadel-payload-types": { tokens: { ...tokens, targets: ["@hook.id"] } },
  "zitadel-rotation": { lasting: { ...good, rotationTriggers: [], protect: true } },
  "zitadel-lockout": {
    calls: {
      type: "ZitadelExecution",
      condition: { request: { all: true } },
      allowLockout: true,
      targets: ["@hook.id"],
    },
  },
  "zitadel-protection": { loose: good },
};

/** The level of each rule where the configuration does not say another. */
const levels = new Map(rules.map(({ name, enforcementLevel = "" }) => [name, enforcementLevel]));

test("there is a failing program for every rule", () => {
  expect(Object.keys(failing).sort()).toEqual([...levels.keys()].sort());
});

test("what keeps to every rule is previewed and deployed without a word", async () => {
  stage.declare(passing);
  for (const step of ["preview", "up", "up"] as const) {
    const { exitCode, text } = await run(step, config);
    expect({ exitCode, text, found: violations(text) }).toMatchObject({ exitCode: 0, found: [] });
    expect(text).toContain("✅ zitadel-actions@v");
  }
  expect(stage.zitadel.targets()).toHaveLength(5);
});

test("what breaks a rule is rejected by that rule alone, at its own level, in a preview that sends nothing", async () => {
  const { tokens: _signed, ...others } = passing;
  stage.declare({ ...others, ...(Object.assign({}, ...Object.values(failing)) as Record<string, object>) });
  const { exitCode, text, requests } = await run("preview", config);
  const expected = Object.entries(failing).flatMap(([rule, resources]) =>
    Object.keys(resources).map((name) => `${levels.get(rule) ?? ""} ${rule} ${name}`),
  );
  expect(violations(text)).toEqual(expected.sort());
  expect({ failed: exitCode !== 0, requests }).toEqual({ failed: true, requests: {} });
  expect(text).toContain('The target "waiting" has interruptOnError and a timeout of 10.5s, more than 10 s');
});

test("an up stops before it makes what a mandatory rule refuses, and what only an advisory one has something against is made", async () => {
  stage.declare({ hook: { ...good, rotationTriggers: [] }, open: { ...good, endpoint: "http://hooks.example.com/" } });
  const refused = await run("up");
  expect({ failed: refused.exitCode !== 0, found: violations(refused.text) }).toEqual({
    failed: true,
    found: expect.arrayContaining(["mandatory zitadel-endpoint-https open"]) as string[],
  });
  expect(stage.zitadel.targets().map(({ endpoint }) => endpoint)).not.toContain("http://hooks.example.com/");

  stage.declare({ hook: { ...good, rotationTriggers: [] } });
  const advised = await run("up");
  expect({ exitCode: advised.exitCode, found: violations(advised.text) }).toEqual({
    exitCode: 0,
    found: ["advisory zitadel-rotation hook"],
  });
  expect(stage.zitadel.targets()).toHaveLength(1);
});

test("a configuration says another level, for one rule or for all", async () => {
  stage.declare({ hook: { ...good, timeout: "20s", rotationTriggers: [], endpoint: "http://hooks.example.com/" } });
  const { exitCode, text } = await run("preview", {
    all: "advisory",
    "zitadel-endpoint-https": "disabled",
    "zitadel-rotation": { enforcementLevel: "mandatory", strategies: ["inPlace"] },
  });
  expect(violations(text)).toEqual(["advisory zitadel-timeouts hook", "mandatory zitadel-rotation hook"]);
  expect(exitCode).not.toBe(0);
});

test("a preview reports nothing about unknown values, and the up rejects them before it sends anything", async () => {
  const hosts = { "zitadel-endpoint-hosts": { hosts: ["hooks.example.com"] } };
  // The endpoint of the second has the id of the first in it, and another host.
  stage.declare({ hook: good, later: { ...good, endpoint: undefined, from: "hook" } });
  const preview = await run("preview", hosts);
  expect({ exitCode: preview.exitCode, found: violations(preview.text) }).toEqual({ exitCode: 0, found: [] });
  expect(preview.text).not.toContain("can't run");

  const up = await run("up", hosts);
  expect(violations(up.text)).toEqual(["mandatory zitadel-endpoint-hosts later"]);
  expect(up.exitCode).not.toBe(0);
  expect(stage.zitadel.targets().map(({ endpoint }) => endpoint)).toEqual([good.endpoint]);
});

test("a target that is only read or named cannot be seen, and that is rejected unless it is allowed", async () => {
  const { id } = stage.zitadel.add({ name: "theirs", endpoint: good.endpoint, timeout: "10s", restWebhook: {} });
  const conditions = ["function/preaccesstoken"];
  stage.declare({ theirs: { get: id }, tokens: { ...tokens, targets: ["@theirs.id"] } });
  const read = await run("preview", { "zitadel-payload-types": { conditions } });
  expect(violations(read.text)).toEqual(["mandatory zitadel-payload-types tokens"]);
  expect(read.text).toContain("calls a target that the stack does not declare");

  stage.declare({ tokens: { ...tokens, targets: [id] } });
  const named = await run("preview", { "zitadel-payload-types": { conditions } });
  expect(violations(named.text)).toEqual(["mandatory zitadel-payload-types tokens"]);
  const allowed = await run("preview", { "zitadel-payload-types": { conditions, allowUnseen: true } });
  expect({ exitCode: allowed.exitCode, found: violations(allowed.text) }).toEqual({ exitCode: 0, found: [] });
});

test("a rule about the stack is asked at the end of an up, when all is there: the preview is what keeps it from that", async () => {
  stage.declare({ hook: good, tokens: { ...tokens, targets: ["@hook.id"] } });
  const { exitCode, text } = await run("up", { "zitadel-payload-types": { conditions: ["function"] } });
  expect(violations(text)).toEqual(["mandatory zitadel-payload-types tokens"]);
  expect(exitCode).not.toBe(0);
  expect(stage.zitadel.executions()).toHaveLength(1);
});

test("a configuration that cannot be meant fails, and says why", async () => {
  stage.declare({ hook: good });
  const events = await run("preview", { "zitadel-payload-types": { conditions: ["event/user.human"] } });
  expect(events.exitCode).not.toBe(0);
  expect(violations(events.text)).toEqual([
    expect.stringMatching(/^mandatory zitadel-payload-types targets-/) as string,
  ]);
  expect(events.text).toContain("ZITADEL never delivers events to targets with a JWT or JWE payload");

  const misspelt = await run("preview", { "zitadel-endpoint-hosts": { host: ["hooks.example.com"] } });
  expect(misspelt.exitCode).not.toBe(0);
  expect(misspelt.text).toContain('has the unknown setting "host": use hosts');
});

test.each([
  [
    "its level",
    "mandatory",
    'The configuration has the unknown rule "zitadel-timeout". Did you mean "zitadel-timeouts"?',
  ],
  ["a level and a setting", { enforcementLevel: "mandatory", seconds: 5 }, 'Did you mean "zitadel-timeouts"?'],
  ["a setting alone, which only Pulumi sees", { seconds: 5 }, 'invalid enforcement level ""'],
] as const)("a misspelt rule with %s fails before anything is sent", async (_what, given, said) => {
  stage.declare({ hook: good });
  for (const step of ["preview", "up"] as const) {
    const { exitCode, text, requests } = await run(step, { all: "advisory", "zitadel-timeout": given });
    expect(text).toMatch(/configuring policy pack "zitadel-actions" at ".*policies": /);
    expect(text).toContain(said);
    expect({ failed: exitCode !== 0, requests }).toEqual({ failed: true, requests: {} });
  }
});

test("a rule whose name is like no other is rejected with the names of all rules", async () => {
  stage.declare({ hook: good });
  const { text } = await run("preview", { rotate: "disabled" });
  expect(text).toContain(`has the unknown rule "rotate". The rules are ${[...levels.keys()].join(", ")}.`);
});

test("a secret in an endpoint is in nothing that a rule says", async () => {
  const token = "a-made-up-token-of-a-hook-0001";
  marks.add(token, "a token in an endpoint");
  const endpoint = `http://hooks.example.org/services/${token}?code=${token}`;
  stage.declare({ hook: { ...good, secretEndpoint: endpoint } });
  const { text } = await run("preview", { "zitadel-endpoint-hosts": { hosts: ["hooks.example.com"] } });
  expect(violations(text)).toEqual([
    "mandatory zitadel-endpoint-hosts hook",
    "mandatory zitadel-endpoint-https hook",
    "mandatory zitadel-endpoint-query hook",
  ]);
});
