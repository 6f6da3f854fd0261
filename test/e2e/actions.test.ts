import { generateKeyPairSync } from "node:crypto";
import { openStage, type Stage } from "../support/deploy";

// An execution and a public key, with their targets, from create to delete, on the engine that this machine has.

const pem = (): string =>
  generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  }).publicKey;

const hook = { endpoint: "https://example.com/hook", timeout: "10s", restCall: {}, payloadType: "PAYLOAD_TYPE_JWE" };
const audit = { endpoint: "https://example.com/audit", timeout: "10s", restAsync: {} };
const method = "/zitadel.session.v2.SessionService/ListSessions";
const id = `request${method}`;

const declared: Record<string, Record<string, unknown>> = {
  hook,
  audit,
  key: { type: "ZitadelTargetPublicKey", targetId: "@hook.id", publicKey: pem() },
  sessions: {
    type: "ZitadelExecution",
    condition: { request: { method } },
    targets: ["@hook.id", "@audit.id"],
    dependsOn: ["key"],
  },
};

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const targetId = (name: string): string =>
  stage.zitadel.targets().find((target) => target.name.startsWith(name))?.id ?? "none";
const keys = () => stage.zitadel.publicKeys(targetId("hook"));
const executions = () => stage.zitadel.executions().map((execution) => [execution.id, execution.targets]);

/** Changes properties of one resource in the program, for good, and deploys that. */
async function change(name: string, properties: Record<string, unknown>) {
  declared[name] = { ...declared[name], ...properties };
  stage.declare(declared);
  return up();
}

async function up() {
  const { exitCode, text, requests } = await stage.run("up");
  expect({ exitCode, text }).toMatchObject({ exitCode: 0 });
  return { requests, order: stage.zitadel.requests.map(({ operation }) => operation), text };
}

test("preview says what will be created, and sends nothing to ZITADEL", async () => {
  stage.declare(declared);
  const { exitCode, text, requests } = await stage.run("preview");
  expect({ exitCode, requests, text }).toMatchObject({ exitCode: 0, requests: {} });
  expect(text).toMatch(/\+ 5 to create/);
});

test("up creates all: a key is added and activated; an execution is looked for and set", async () => {
  const { requests, order } = await up();
  expect(requests).toEqual({ create: 2, addKey: 1, activateKey: 1, searchExecutions: 1, setExecution: 1 });
  expect(order.indexOf("activateKey")).toBeLessThan(order.indexOf("setExecution"));
  expect(executions()).toEqual([[id, [targetId("hook"), targetId("audit")]]]);
  expect(keys()).toMatchObject([{ active: true }]);
});

test("an up without a change sends nothing", async () => {
  expect((await up()).requests).toEqual({});
});

test("a refresh asks once for the targets, once for the executions, once for a target's keys", async () => {
  const { exitCode, requests, text } = await stage.run("refresh");
  expect({ exitCode, requests }).toEqual({
    exitCode: 0,
    requests: { search: 1, searchExecutions: 1, searchKeys: 1 },
  });
  expect(text).toMatch(/5 unchanged/);
});

describe("an execution, one property changed alone:", () => {
  test("the order of its targets: a search, and one set", async () => {
    const { requests } = await change("sessions", { targets: ["@audit.id", "@hook.id"] });
    expect(requests).toEqual({ searchExecutions: 1, setExecution: 1 });
    expect(executions()).toEqual([[id, [targetId("audit"), targetId("hook")]]]);
  });

  test("adopt and allowLockout: nothing", async () => {
    expect((await change("sessions", { adopt: true })).requests).toEqual({});
    expect((await change("sessions", { allowLockout: true })).requests).toEqual({});
  });

  test("its condition: the new one is set before the old one goes", async () => {
    delete declared["sessions"]?.["adopt"];
    const { requests } = await change("sessions", { condition: { response: { method } } });
    // The execution is new, so ZITADEL is asked whether the target that encrypts has a key.
    expect(requests).toEqual({ searchExecutions: 2, searchKeys: 1, setExecution: 2 });
    const set = stage.zitadel.requests.filter(({ operation }) => operation === "setExecution");
    expect(set.map(({ body }) => body)).toMatchObject([
      { condition: { response: { method } }, targets: [targetId("audit"), targetId("hook")] },
      { condition: { request: { method } }, targets: [] },
    ]);
    expect(executions().map(([condition]) => condition)).toEqual([`response${method}`]);
  });
});

describe("a public key, one property changed alone:", () => {
  test("active, while its target encrypts and an execution calls it: refused, and nothing changes", async () => {
    stage.declare({ ...declared, key: { ...declared["key"], active: false } });
    const { exitCode, text } = await stage.run("up");
    expect(exitCode).not.toBe(0);
    expect(text).toContain("which encrypts (PAYLOAD_TYPE_JWE), and no other key of the target is active");
    expect(keys()).toMatchObject([{ active: true }]);
    expect((await change("hook", { payloadType: "PAYLOAD_TYPE_JSON" })).requests).toEqual({ update: 1 });
  });

  test("active: one request each way", async () => {
    expect((await change("key", { active: false })).requests).toEqual({ search: 1, deactivateKey: 1 });
    expect(keys()).toMatchObject([{ active: false }]);
    expect((await change("key", { active: true })).requests).toEqual({ activateKey: 1 });
    expect(keys()).toMatchObject([{ active: true }]);
  });

  test("its spelling, and adopt: nothing", async () => {
    const spelt = String(declared["key"]?.["publicKey"]).replaceAll("\n", "\r\n");
    expect((await change("key", { publicKey: spelt })).requests).toEqual({});
    expect((await change("key", { adopt: true })).requests).toEqual({});
    delete declared["key"]?.["adopt"];
  });

  test.each([
    ["the key", () => ({ publicKey: pem() })],
    ["its date of expiry", () => ({ expirationDate: "2999-01-01T00:00:00Z" })],
  ])("%s: another is added and active before the old one goes", async (_case, properties) => {
    const [old] = keys();
    const { requests, order } = await change("key", properties());
    expect(requests).toEqual({ addKey: 1, activateKey: 2, deleteKey: 1 });
    expect(order.indexOf("activateKey")).toBeLessThan(order.indexOf("deleteKey"));
    expect(keys()).toMatchObject([{ active: true }]);
    expect(keys()[0]?.keyId).not.toBe(old?.keyId);
  });

  test("its target: added there before it goes here", async () => {
    const { order } = await change("key", { targetId: "@audit.id" });
    expect(order.indexOf("addKey")).toBeLessThan(order.indexOf("deleteKey"));
    expect([keys(), stage.zitadel.publicKeys(targetId("audit"))]).toMatchObject([[], [{ active: true }]]);
    await change("key", { targetId: "@hook.id" });
    expect(keys()).toMatchObject([{ active: true }]);
    // It asks for the key once more when the read model must show what the last command wrote.
    expect((await change("hook", { payloadType: "PAYLOAD_TYPE_JWE" })).requests).toEqual({ searchKeys: 2, update: 1 });
  });
});

describe("changes made outside Pulumi:", () => {
  test("a refresh finds another order of targets and an inactive key, and an up reverts them", async () => {
    stage.zitadel.setExecution({ response: { method } }, [targetId("hook"), targetId("audit")]);
    stage.zitadel.deactivatePublicKey(targetId("hook"), keys()[0]?.keyId ?? "");
    const { exitCode, changes } = await stage.run("refresh");
    expect({ exitCode, changes }).toMatchObject({ exitCode: 0, changes: { update: 2 } });
    expect((await up()).requests).toEqual({ searchExecutions: 1, setExecution: 1, activateKey: 1 });
    expect(executions()).toEqual([[`response${method}`, [targetId("audit"), targetId("hook")]]]);
    expect(keys()).toMatchObject([{ active: true }]);
  });

  test("a deleted execution and a deleted key are found by a refresh, and created again by an up", async () => {
    const [key] = keys();
    stage.zitadel.setExecution({ response: { method } }, []);
    stage.zitadel.deactivatePublicKey(targetId("hook"), key?.keyId ?? "");
    stage.zitadel.removePublicKey(targetId("hook"), key?.keyId ?? "");
    const { exitCode, changes } = await stage.run("refresh");
    expect({ exitCode, changes }).toMatchObject({ exitCode: 0, changes: { delete: 2 } });
    expect((await up()).requests).toEqual({ addKey: 1, activateKey: 1, searchExecutions: 1, setExecution: 1 });
  });

  test("a deleted target takes its key and its place in a list along: one refresh and one up create all of them again", async () => {
    stage.zitadel.remove(targetId("hook"));
    expect(executions()).toEqual([[`response${method}`, [targetId("audit")]]]);
    expect((await stage.run("refresh")).exitCode).toBe(0);
    await up();
    expect(executions()).toEqual([[`response${method}`, [targetId("audit"), targetId("hook")]]]);
    expect(keys()).toMatchObject([{ active: true }]);
    expect((await up()).requests).toEqual({});
  });

  test("without a refresh, an up that would set a list with a deleted target says so", async () => {
    const gone = targetId("audit");
    stage.zitadel.remove(gone);
    declared["sessions"] = { ...declared["sessions"], targets: ["@hook.id", "@audit.id"] };
    stage.declare(declared);
    const { exitCode, text } = await stage.run("up");
    expect(exitCode).not.toBe(0);
    expect(text).toContain(
      `This instance has no target ${gone}. If it was deleted outside of Pulumi, run \`pulumi refresh\``,
    );
    expect((await stage.run("up", { refresh: true })).exitCode).toBe(0);
    expect(executions()).toEqual([[`response${method}`, [targetId("hook"), targetId("audit")]]]);
  });
});

test("destroy leaves nothing", async () => {
  const { exitCode, requests, text } = await stage.run("destroy");
  const expected = { setExecution: 1, deactivateKey: 1, deleteKey: 1, delete: 2 };
  expect({ exitCode, requests, text }).toMatchObject({ exitCode: 0, requests: expected });
  expect([stage.zitadel.targets(), stage.zitadel.executions()]).toEqual([[], []]);
});
