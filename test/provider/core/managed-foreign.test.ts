import { startZitadel, type Zitadel } from "../../../local/zitadel";
import { newKey } from "../../support/pairs";
import { Stack } from "../../support/stack";
import { seen, webhook } from "../../support/world";

// An alias takes over states that another dynamic provider wrote. Only their ids are used.

const condition = { function: { name: "preuserinfo" } };
const id = "function/preuserinfo";
const hook = { ...webhook, name: "hook" };
let zitadel: Zitadel;
let stack: Stack;
let targetId: string;
let keyId: string;
let publicKey: string;

beforeEach(async () => {
  zitadel = await startZitadel();
  stack = new Stack(zitadel);
  targetId = zitadel.add({ ...hook, timeout: "20s" }).id;
  zitadel.setExecution(condition, [targetId]);
  publicKey = newKey();
  keyId = zitadel.addPublicKey(targetId, { publicKey: Buffer.from(publicKey).toString("base64") }).keyId;
  zitadel.activatePublicKey(targetId, keyId);
});
afterEach(() => zitadel.stop());

const theirs = { __provider: "exports.handler = () => theirProvider", url: "https://example.com/old", token: "x" };

const everything = () => ({
  targets: zitadel.targets().map((target) => target.id),
  executions: zitadel.executions(),
  keys: zitadel.publicKeys(targetId),
});

const writes = () =>
  Object.keys(seen(zitadel)).filter((operation) => /^(create|delete|addKey|deleteKey)$/.test(operation));

describe("an up reads the object by its id, updates it to what is declared, and neither creates nor deletes", () => {
  test("a target", async () => {
    const { signingKey, creationDate } = zitadel.targets()[0] ?? {};
    stack.put("target", "a", targetId, theirs);
    const { diff } = await stack.deployment().preview("target", "a", hook);
    expect(diff).toEqual({ changes: true, replaces: [] });
    expect(seen(zitadel)).toEqual({});
    const run = stack.deployment();
    const { id: now, outputs } = await run.up("target", "a", hook);
    await run.finish();
    expect([now, run.steps, writes()]).toEqual([targetId, ["update a"], []]);
    expect(outputs).toMatchObject({ ...hook, signingKey, creationDate, __origin: zitadel.url, __logicalName: "a" });
    expect(outputs["token"]).toBeUndefined();
    expect(zitadel.targets()).toMatchObject([{ id: targetId, timeout: "10s", signingKey }]);
  });

  test.each(["the-first-execution", condition.function.name, "123", id])(
    "an execution, with the id %j",
    async (stored) => {
      stack.put("execution", "ea", stored, theirs);
      const other = zitadel.add({ ...webhook, name: "other" }).id;
      const run = stack.deployment();
      const { outputs } = await run.up("execution", "ea", { condition, targets: [targetId, other] });
      expect([run.steps, writes()]).toEqual([["update ea"], []]);
      expect(zitadel.executions()).toMatchObject([{ id, targets: [targetId, other] }]);
      expect(outputs).toMatchObject({
        condition,
        targets: [targetId, other],
        changeDate: zitadel.executions()[0]?.changeDate,
      });
      // From now on it is one of ours, whatever the form of its id.
      const after = stack.deployment();
      zitadel.clearRequests();
      await after.up("execution", "ea", { condition, targets: [targetId, other] });
      expect([after.steps, seen(zitadel)]).toEqual([[], {}]);
      expect(await after.refresh("ea")).toMatchObject({ inputs: { targets: [targetId, other] } });
      await stack.deployment().finish();
      expect(zitadel.executions()).toEqual([]);
    },
  );

  test.each([
    ["by its own id", () => keyId],
    ["by both ids", () => `${targetId}/${keyId}`],
  ])("a key, known %s", async (_case, stored) => {
    stack.put("key", "ka", stored(), { ...theirs, targetId });
    const before = everything();
    const run = stack.deployment();
    const { outputs } = await run.up("key", "ka", { targetId, publicKey });
    expect([run.steps, writes()]).toEqual([["update ka"], []]);
    expect(outputs).toMatchObject({ targetId, keyId, active: true });
    expect(everything()).toEqual(before);
    const after = stack.deployment();
    zitadel.clearRequests();
    await after.up("key", "ka", { targetId, publicKey });
    expect([after.steps, seen(zitadel)]).toEqual([[], {}]);
    await after.refresh("ka");
    await stack.deployment().finish();
    expect(zitadel.publicKeys(targetId)).toEqual([]);
  });

  test("one that does not exist is an error that names it", async () => {
    stack.put("target", "a", "123", theirs);
    await expect(stack.deployment().up("target", "a", hook)).rejects.toMatchObject({
      code: "not_found",
      message: expect.stringContaining("ZitadelTarget 123") as string,
    });
  });

  test.each([
    ["another key", () => ({ targetId, publicKey: newKey() }), "publicKey"],
    ["another expiry", () => ({ targetId, publicKey, expirationDate: "2099-01-01T00:00:00Z" }), "expirationDate"],
  ])(
    "a key of that id with %s than is declared is an error: no update can change that",
    async (_case, news, property) => {
      stack.put("key", "ka", `${targetId}/${keyId}`, { ...theirs, targetId });
      const before = everything();
      await expect(stack.deployment().up("key", "ka", news())).rejects.toMatchObject({
        code: "not_applied",
        message: expect.stringContaining(
          `the object with that id has another ${property} than the program declares`,
        ) as string,
      });
      expect(everything()).toEqual(before);
    },
  );

  test("one that another resource of the program has already is changed by neither", async () => {
    const run = stack.deployment();
    await run.up("target", "a", { ...hook, adopt: true });
    stack.put("target", "b", targetId, theirs);
    await expect(run.up("target", "b", { ...hook, name: "another" })).rejects.toMatchObject({
      code: "not_applied",
      message: expect.stringContaining('ZitadelTarget "a" of the program has the same object') as string,
    });
    expect(zitadel.targets()).toMatchObject([{ name: "hook" }]);
  });
});

describe("without an up in between", () => {
  test("a refresh reads by the id, and makes the state ours", async () => {
    stack.put("target", "a", targetId, theirs);
    const read = await stack.deployment().refresh("a");
    expect(read?.outputs).toMatchObject({
      name: "hook",
      signingKey: zitadel.targets()[0]?.signingKey,
      __origin: zitadel.url,
    });
  });

  test("a destroy deletes by the id", async () => {
    stack.put("target", "a", targetId, theirs);
    stack.put("key", "ka", `${targetId}/${keyId}`, { ...theirs, targetId });
    stack.put("execution", "ea", id, theirs);
    await stack.deployment().finish();
    expect([zitadel.targets(), zitadel.executions()]).toEqual([[], []]);
  });

  test.each(["delete", "refresh"] as const)(
    "a %s of an execution whose id says nothing is an error, and touches nothing",
    async (act) => {
      stack.put("execution", "ea", "the-first-execution", theirs);
      await expect(stack.deployment()[act]("ea")).rejects.toMatchObject({ code: "invalid_request" });
      expect(zitadel.executions()).toHaveLength(1);
    },
  );
});

test("a state without our provider's text is a change, so that `up` repairs it", async () => {
  const run = stack.deployment();
  const entry = await run.up("target", "a", { ...hook, adopt: true });
  const { __provider: _, ...outputs } = entry.outputs;
  stack.entries.set(entry.urn, { ...entry, outputs });
  zitadel.clearRequests();
  const again = stack.deployment();
  await again.up("target", "a", { ...hook, adopt: true });
  expect([again.steps, seen(zitadel)]).toEqual([["update a"], {}]);
  expect(stack.entry("a").outputs["__provider"]).toBe("the forwarder");
});
