import { openStage, type Stage } from "../support/deploy";

// A target from create to delete, through the real program host and the real provider process, on the engine that this machine has.

const hook = {
  endpoint: "https://example.com/hook",
  timeout: "10s",
  restWebhook: { interruptOnError: true },
  rotationTriggers: ["one"],
};
let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const value = (outputs: Readonly<Record<string, { value: unknown }>>, name: string) =>
  outputs[name]?.value as Record<string, unknown>;

test("preview says what will be created, and sends nothing to ZITADEL", async () => {
  stage.declare({ hook });
  const { exitCode, text, requests } = await stage.run("preview");
  expect(exitCode).toBe(0);
  expect(text).toMatch(/\+ 2 to create/);
  expect(requests).toEqual({});
});

let key: unknown;

test("up creates it with one request, and outputs the signing key as a secret", async () => {
  const { exitCode, text, requests, outputs } = await stage.run("up");
  expect({ exitCode, requests }).toEqual({ exitCode: 0, requests: { create: 1 } });
  const [target] = stage.zitadel.targets();
  expect(target?.name).toMatch(/^hook-[0-9a-f]{7}$/);
  expect(value(outputs, "hook")).toEqual({
    id: target?.id,
    name: target?.name,
    timeout: "10s",
    signingKey: target?.signingKey,
  });
  expect(text).toMatch(/signingKey: \[secret\]/);
  key = target?.signingKey;
});

test("an up without a change sends nothing", async () => {
  const { exitCode, text, requests } = await stage.run("up");
  expect({ exitCode, requests }).toEqual({ exitCode: 0, requests: {} });
  expect(text).toMatch(/2 unchanged/);
});

test("another spelling of the same changes nothing", async () => {
  stage.declare({ hook: { ...hook, timeout: "10000ms", payloadType: "PAYLOAD_TYPE_UNSPECIFIED" } });
  const { text, requests } = await stage.run("up");
  expect(requests).toEqual({});
  expect(text).toMatch(/2 unchanged/);
  const refresh = await stage.run("refresh");
  expect(refresh.requests).toEqual({ search: 1 });
  expect(refresh.text).toMatch(/2 unchanged/);
  expect(refresh.text).not.toMatch(/updated/);
});

test("a change of one field is shown, and is one request", async () => {
  stage.declare({ hook: { ...hook, timeout: "20s" } });
  const preview = await stage.run("preview");
  expect(preview.requests).toEqual({});
  expect(preview.text).toMatch(/hook update \[diff: ~timeout\]/);
  const { exitCode, text, requests } = await stage.run("up");
  expect({ exitCode, requests }).toEqual({ exitCode: 0, requests: { update: 1 } });
  expect(text).toMatch(/~ 1 updated/);
  expect(stage.zitadel.targets()).toMatchObject([{ timeout: "20s", signingKey: key }]);
});

test("new triggers rotate the key with one request, and the stack outputs the new key", async () => {
  stage.declare({ hook: { ...hook, timeout: "20s", rotationTriggers: ["two"] } });
  const { requests, outputs } = await stage.run("up");
  expect(requests).toEqual({ update: 1 });
  const [target] = stage.zitadel.targets();
  expect(target?.signingKey).not.toBe(key);
  expect(value(outputs, "hook")["signingKey"]).toBe(target?.signingKey);
  expect((await stage.run("up")).requests).toEqual({});
});

test("interruptOnError is off after at most five requests", async () => {
  stage.declare({ hook: { ...hook, timeout: "20s", rotationTriggers: ["two"], restWebhook: {} } });
  const { requests } = await stage.run("up");
  expect(requests).toEqual({ update: 2 });
  expect(stage.zitadel.targets()).toMatchObject([{ interruptOnError: false }]);
});

test("refresh finds what somebody changed by hand, and up reverts it", async () => {
  const [target] = stage.zitadel.targets();
  stage.zitadel.change(String(target?.id), { name: "by-hand", timeout: "1s", expirationSigningKey: "0s" });
  const refresh = await stage.run("refresh");
  expect({ exitCode: refresh.exitCode, requests: refresh.requests }).toEqual({ exitCode: 0, requests: { search: 1 } });
  expect(refresh.text).toMatch(/~ 1 updated/);
  const { requests, outputs } = await stage.run("up");
  expect(requests).toEqual({ update: 1 });
  expect(stage.zitadel.targets()).toMatchObject([{ name: target?.name, timeout: "20s" }]);
  expect(value(outputs, "hook")["signingKey"]).toBe(stage.zitadel.targets()[0]?.signingKey);
});

test("a refresh without a change is one search and changes nothing", async () => {
  const { text, requests } = await stage.run("refresh");
  expect(requests).toEqual({ search: 1 });
  expect(text).toMatch(/2 unchanged/);
});

test("what somebody deleted by hand is found by refresh and created again by up", async () => {
  stage.zitadel.remove(String(stage.zitadel.targets()[0]?.id));
  const refresh = await stage.run("refresh");
  expect(refresh.requests).toEqual({ search: 1, update: 1 });
  expect(refresh.text).toMatch(/- 1 deleted/);
  expect((await stage.run("up")).requests).toEqual({ create: 1 });
  expect(stage.zitadel.targets()).toHaveLength(1);
});

test("a target that is removed from the program is deleted with one request, after the question who calls it", async () => {
  stage.declare({});
  const { exitCode, requests } = await stage.run("up");
  expect({ exitCode, requests }).toEqual({ exitCode: 0, requests: { searchExecutions: 1, delete: 1 } });
  expect(stage.zitadel.targets()).toEqual([]);
});

test("destroy deletes everything that is ours, and nothing else", async () => {
  const { id } = stage.zitadel.add({ name: "not ours", endpoint: "https://example.com", timeout: "1s", restAsync: {} });
  stage.declare({ a: hook, b: { ...hook, from: "a" }, theirs: { get: id } });
  const up = await stage.run("up");
  expect({ exitCode: up.exitCode, requests: up.requests }).toEqual({ exitCode: 0, requests: { create: 2, search: 1 } });
  expect(value(up.outputs, "theirs")).toMatchObject({ id, name: "not ours", timeout: "1s" });
  const { exitCode, requests } = await stage.run("destroy");
  expect({ exitCode, requests }).toEqual({ exitCode: 0, requests: { delete: 2 } });
  expect(stage.zitadel.targets()).toMatchObject([{ id }]);
});
