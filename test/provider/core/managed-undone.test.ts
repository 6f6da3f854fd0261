import { newKey } from "../../support/pairs";
import { eachOnFakeClock, type OnFakeClock } from "../../support/stack";
import { webhook } from "../../support/world";

// A rename with `adopt` that ran only in part: the new resource took the object over and changed it, and the entry of the old one is
// still there. Then the old resource is declared again, in another way than before, so that it is written, or its entry is renamed.

const hook = { ...webhook, name: "hook" };
const other = { ...webhook, name: "hook", endpoint: "https://example.com/other", adopt: true };
const condition = { function: { name: "preuserinfo" } };
const refreshFirst = "Run `pulumi refresh`, which takes up what ZITADEL has, then `pulumi up`.";
let { clock, zitadel, stack } = {} as OnFakeClock;

eachOnFakeClock((opened) => ({ clock, zitadel, stack } = opened));

const rotated = async () => {
  await stack.deployment().up("target", "a", { ...hook, rotationTriggers: [1] });
  await stack.deployment().up("target", "b", { ...other, rotationTriggers: [1] });
  await stack.deployment().up("target", "b", { ...other, rotationTriggers: [2] });
  return { ...hook, rotationTriggers: [1] };
};

describe("a target", () => {
  test("whose declaration has another change too is as declared afterwards", async () => {
    await stack.deployment().up("target", "a", hook);
    await stack.deployment().up("target", "b", other);
    const back = stack.deployment();
    await back.up("target", "a", { ...hook, timeout: "20s" });
    await back.finish();
    expect(zitadel.targets()).toMatchObject([{ endpoint: hook.endpoint, timeout: "20s" }]);
    expect([...stack.entries.keys()]).toEqual(["target::a"]);
  });

  test.each<[string, object, object]>([
    ["with another change", { timeout: "20s" }, {}],
    ["under a new name, with its alias", {}, { alias: "a" }],
  ])("whose signing key was rotated is refreshed first, %s", async (_case, change, where) => {
    const declared = await rotated();
    const name = "alias" in where ? "a2" : "a";
    const back = stack.deployment();
    await back.up("target", name, { ...declared, ...change }, where);
    await expect(back.finish()).rejects.toThrow(refreshFirst);
    for (const one of [name, "b"]) await stack.deployment().refresh(one);
    const again = stack.deployment();
    await again.up("target", name, { ...declared, ...change });
    await again.finish();
    expect(zitadel.targets()).toMatchObject([
      { endpoint: hook.endpoint, signingKey: stack.entry(name).outputs["signingKey"] },
    ]);
    expect(stack.entries.size).toBe(1);
  });

  test("that `--target` wrote first is noticed by the whole `up`", async () => {
    const declared = { ...(await rotated()), timeout: "20s" };
    await stack.deployment().up("target", "a", declared);
    const whole = stack.deployment();
    await whole.up("target", "a", declared);
    await expect(whole.finish()).rejects.toThrow(refreshFirst);
  });

  test("is changed back although the read model lags", async () => {
    await stack.deployment().up("target", "a", hook);
    clock.advance(60_000);
    zitadel.readModel.lag(15_000);
    await stack.deployment().up("target", "b", other);
    const back = stack.deployment();
    await back.up("target", "a", hook);
    await back.finish();
    expect(zitadel.targets()).toMatchObject([{ endpoint: hook.endpoint }]);
  });

  test("stays with both entries while ZITADEL does not show its last change", async () => {
    await stack.deployment().up("target", "a", hook);
    clock.advance(60_000);
    zitadel.readModel.pause();
    await stack.deployment().up("target", "b", other);
    const back = stack.deployment();
    await back.up("target", "a", hook);
    await expect(back.finish()).rejects.toThrow("does not show");
    expect(stack.entries.size).toBe(2);
    zitadel.readModel.resume();
    const again = stack.deployment();
    await again.up("target", "a", hook);
    await again.finish();
    expect(zitadel.targets()).toMatchObject([{ endpoint: hook.endpoint }]);
  });

  test("of which a change got no answer is changed back, together with another change", async () => {
    await stack.deployment().up("target", "a", hook);
    const fault = { kind: "reset", work: true } as const;
    zitadel.faults.add({ match: { operation: "update" }, skip: 1, times: Infinity, fault });
    await expect(stack.deployment().up("target", "b", other)).rejects.toMatchObject({ code: "unanswered" });
    zitadel.faults.clear();
    clock.advance(60_000);
    const back = stack.deployment();
    await back.up("target", "a", { ...hook, timeout: "20s" });
    await back.finish();
    expect(zitadel.targets()).toMatchObject([{ endpoint: hook.endpoint, timeout: "20s" }]);
  });
});

test("an execution under a new name, with its alias, calls what the program says, also if the read model lags", async () => {
  const first = stack.deployment();
  const [one, two] = [await first.up("target", "one", webhook), await first.up("target", "two", webhook)];
  await first.up("execution", "x", { condition, targets: [one.id] });
  clock.advance(60_000);
  zitadel.readModel.lag(15_000);
  const targets = async () => {
    const run = stack.deployment();
    await run.up("target", "one", webhook);
    await run.up("target", "two", webhook);
    return run;
  };
  await (await targets()).up("execution", "y", { condition, targets: [two.id], adopt: true });
  const back = await targets();
  await back.up("execution", "x2", { condition, targets: [one.id] }, { alias: "x" });
  await back.finish();
  expect(zitadel.executions()).toMatchObject([{ targets: [one.id] }]);
});

test("a public key under a new name, with its alias, is active again", async () => {
  const first = stack.deployment();
  const { id: targetId } = await first.up("target", "a", { ...hook, payloadType: "PAYLOAD_TYPE_JWE" });
  const key = { targetId, publicKey: newKey() };
  await first.up("key", "k1", key);
  await stack.deployment().up("key", "k2", { ...key, active: false, adopt: true });
  expect(zitadel.publicKeys(targetId)).toMatchObject([{ active: false }]);
  const back = stack.deployment();
  await back.up("target", "a", { ...hook, payloadType: "PAYLOAD_TYPE_JWE" });
  await back.up("key", "k3", key, { alias: "k1" });
  await back.finish();
  expect(zitadel.publicKeys(targetId)).toMatchObject([{ active: true }]);
  expect(stack.entry("k3").outputs).toMatchObject({ active: true });
});

describe("an execution is not set to a target that interrupts, encrypts and has no active key", () => {
  const jwe = { ...webhook, restWebhook: { interruptOnError: true }, payloadType: "PAYLOAD_TYPE_JWE" };
  const refusal = "has no active public key, so ZITADEL sends it nothing, and every call that it interrupts fails";

  test("that only an earlier deployment with `--target` saw", async () => {
    zitadel.readModel.lag(5_000);
    const { id } = await stack.deployment().up("target", "a", jwe);
    await expect(stack.deployment().up("execution", "x", { condition, targets: [id] })).rejects.toThrow(refusal);
    expect(zitadel.executions()).toEqual([]);
  });

  test("of another stack, unless it has one by now", async () => {
    const { id } = zitadel.add({ ...jwe, name: "theirs" });
    const declared = { condition, targets: [id] };
    await expect(stack.deployment().up("execution", "x", declared)).rejects.toThrow(refusal);
    const { keyId } = zitadel.addPublicKey(id, { publicKey: Buffer.from(newKey()).toString("base64") });
    zitadel.activatePublicKey(id, keyId);
    clock.advance(60_000);
    await stack.deployment().up("execution", "x", declared);
    expect(zitadel.executions()).toMatchObject([{ targets: [id] }]);
  });
});
