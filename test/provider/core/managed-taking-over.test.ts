import { isDeepStrictEqual } from "node:util";
import type { FaultSubject } from "../../../local/zitadel";
import { newKey } from "../../support/pairs";
import { eachOnFakeClock, gatewayTo, type OnFakeClock } from "../../support/stack";
import { webhook } from "../../support/world";

// A resource takes over an object that exists (`adopt`), and the call that changes it takes effect, but no try is answered.

const hook = { ...webhook, name: "hook" };
const jwe = { ...hook, payloadType: "PAYLOAD_TYPE_JWE" };
const condition = { function: { name: "preuserinfo" } };
let { clock, zitadel, stack } = {} as OnFakeClock;

eachOnFakeClock((opened) => ({ clock, zitadel, stack } = opened));

/** Lets writes take effect without an answer, except for those that only ask whether something exists. */
async function unanswered(act: () => Promise<unknown>, keyWrite = "activateKey"): Promise<void> {
  const when = ({ operation, body }: FaultSubject) =>
    operation === "update" ? !isDeepStrictEqual(body, {}) : ["setExecution", keyWrite].includes(operation);
  zitadel.faults.add({ match: { when }, times: Infinity, fault: { kind: "reset", work: true } });
  await expect(act()).rejects.toMatchObject({ code: "unanswered" });
  zitadel.faults.clear();
  clock.advance(60_000);
}

describe("from another resource of the stack, in a rename", () => {
  test("a target that the rename also changed is changed back when that is undone, and its key can go", async () => {
    const first = stack.deployment();
    const { id: targetId, outputs } = await first.up("target", "a", hook);
    const key = { targetId, publicKey: newKey() };
    await first.up("key", "k", key);
    await first.up("execution", "e", { condition, targets: [targetId] });
    await unanswered(() => stack.deployment().up("target", "b", { ...jwe, adopt: true }));
    expect(zitadel.targets()).toMatchObject([{ payloadType: "PAYLOAD_TYPE_JWE" }]);

    const undone = stack.deployment();
    await undone.up("target", "a", hook);
    await undone.up("key", "k", key);
    await undone.up("execution", "e", { condition, targets: [targetId] });
    await undone.finish();
    expect(zitadel.targets()).toMatchObject([{ id: targetId, payloadType: "PAYLOAD_TYPE_JSON" }]);
    expect(stack.entry("a").outputs["signingKey"]).toBe(outputs["signingKey"]);
    expect(stack.told.join()).toContain('was not as ZitadelTarget "a" of the program declares it: it was changed back');

    const next = stack.deployment();
    await next.up("target", "a", hook);
    await next.up("execution", "e", { condition, targets: [targetId] });
    await next.finish();
    expect(zitadel.publicKeys(targetId)).toEqual([]);
  });

  test("an execution is set back", async () => {
    const [one = "", other = ""] = ["one", "other"].map((name) => zitadel.add({ ...webhook, name }).id);
    await stack.deployment().up("execution", "e", { condition, targets: [one, other] });
    await unanswered(() => stack.deployment().up("execution", "e2", { condition, targets: [other], adopt: true }));
    expect(zitadel.executions()).toMatchObject([{ targets: [other] }]);
    const undone = stack.deployment();
    await undone.up("execution", "e", { condition, targets: [one, other] });
    await undone.finish();
    expect(zitadel.executions()).toMatchObject([{ targets: [one, other] }]);
    expect([...stack.entries.keys()]).toEqual(["execution::e"]);
  });

  test("at another address of the server, undone: the entry is not dropped without a word", async () => {
    const gateway = await gatewayTo(zitadel);
    try {
      const { domain, port } = gateway;
      const other = { domain, port, insecure: true, accessToken: zitadel.accessToken };
      stack.config["zitadel-actions:instances"] = JSON.stringify({ other });
      const [one = "", two = ""] = ["one", "two"].map((name) => zitadel.add({ ...webhook, name }).id);
      await stack.deployment().up("execution", "e", { condition, targets: [one] });
      const taking = { condition, targets: [two], adopt: true, instance: "other" };
      const fault = { kind: "status", status: 504, work: true } as const;
      zitadel.faults.add({ match: { operation: "setExecution" }, times: Infinity, fault });
      const half = stack.deployment().up("execution", "e2", taking);
      await expect(half).rejects.toMatchObject({ code: "unanswered" });
      zitadel.faults.clear();
      const undone = stack.deployment();
      await undone.up("execution", "e", { condition, targets: [one] });
      await expect(undone.delete("e2")).rejects.toThrow(
        'ZitadelExecution "e" of the program has it at another address in the settings',
      );
    } finally {
      gateway.close();
    }
  });

  test("the entry of the old resource is not deleted before that is known, with --continue-on-error", async () => {
    const [one = "", other = ""] = ["one", "other"].map((name) => zitadel.add({ ...webhook, name }).id);
    await stack.deployment().up("execution", "e", { condition, targets: [one] });
    const run = stack.deployment();
    await unanswered(() => run.up("execution", "e2", { condition, targets: [other], adopt: true }));
    await expect(run.delete("e")).rejects.toMatchObject({
      code: "not_applied",
      message: expect.stringContaining("will take it over (adopt: true), but has not done so yet") as string,
    });
    // Neither is declared any longer. Only a refresh takes up the list that the take-over set.
    const refusal = { code: "condition_taken", message: expect.stringContaining("it calls " + other) as string };
    await expect(stack.deployment().finish()).rejects.toMatchObject(refusal);
    await stack.deployment().refresh("e");
    await stack.deployment().finish();
    expect([zitadel.executions(), [...stack.entries.keys()]]).toEqual([[], []]);
  });

  test("the same program again finishes it, and nothing is deleted", async () => {
    const { id } = await stack.deployment().up("target", "a", hook);
    const changed = { ...hook, endpoint: "https://example.com/new", adopt: true };
    await unanswered(() => stack.deployment().up("target", "b", changed));
    const again = stack.deployment();
    await again.up("target", "b", changed);
    await again.finish();
    expect(zitadel.targets()).toMatchObject([{ id, endpoint: changed.endpoint }]);
    expect(stack.entry("b").outputs).not.toHaveProperty("__adopting");
    await stack.deployment().finish();
    expect(zitadel.targets()).toEqual([]);
  });

  test("the same program after a refresh finishes it too, though nothing differs", async () => {
    await stack.deployment().up("target", "a", hook);
    const changed = { ...hook, endpoint: "https://example.com/new", adopt: true };
    await unanswered(() => stack.deployment().up("target", "b", changed));
    await stack.deployment().refresh("b");
    expect(stack.entry("b").outputs).toMatchObject({ __adopting: true });
    const again = stack.deployment();
    await again.up("target", "b", changed);
    await again.finish();
    expect(stack.entry("b").outputs).not.toHaveProperty("__adopting");
    await stack.deployment().finish();
    expect(zitadel.targets()).toEqual([]);
  });
});

describe("made by hand, and undone: it stays, and the log says so", () => {
  afterEach(() => {
    expect(stack.told.join()).toContain(
      "it was there before, and the deployment that was to take it over got no answer",
    );
    expect(stack.entries.size).toBe(0);
  });

  test("a target", async () => {
    const { id } = zitadel.add({ ...hook, endpoint: "https://example.com/by-hand" });
    await unanswered(() => stack.deployment().up("target", "a", { ...hook, adopt: true }));
    await stack.deployment().finish();
    expect(zitadel.targets()).toMatchObject([{ id }]);
  });

  test("an execution, whose former targets are told", async () => {
    const [one = "", other = ""] = ["one", "other"].map((name) => zitadel.add({ ...webhook, name }).id);
    zitadel.setExecution(condition, [one]);
    await unanswered(() => stack.deployment().up("execution", "e", { condition, targets: [other], adopt: true }));
    expect(stack.told.join()).toContain(
      `Execution function/preuserinfo had the targets ${one}. They may have been replaced.`,
    );
    await stack.deployment().finish();
    expect(zitadel.executions()).toMatchObject([{ targets: [other] }]);
  });

  test("a public key", async () => {
    const { id: targetId } = zitadel.add(hook);
    const publicKey = newKey();
    await stack.deployment().up("key", "by-hand", { targetId, publicKey, active: false });
    stack.entries.clear();
    await unanswered(() => stack.deployment().up("key", "k", { targetId, publicKey, adopt: true }));
    await stack.deployment().finish();
    expect(zitadel.publicKeys(targetId)).toHaveLength(1);
  });

  test("also after a refresh, and after an update that fails too", async () => {
    const { id } = zitadel.add({ ...hook, endpoint: "https://example.com/by-hand" });
    await unanswered(() => stack.deployment().up("target", "a", { ...hook, adopt: true }));
    await stack.deployment().refresh("a");
    await unanswered(() => stack.deployment().up("target", "a", { ...hook, timeout: "20s", adopt: true }));
    await stack.deployment().finish();
    expect(zitadel.targets()).toMatchObject([{ id }]);
  });
});

describe("by a name that the object no longer has, because a change of it got no answer", () => {
  const renamed = { ...hook, name: "renamed" };

  beforeEach(async () => {
    await stack.deployment().up("target", "a", hook);
    await unanswered(() => stack.deployment().up("target", "a", renamed));
    const run = stack.deployment();
    await run.up("target", "b", { ...hook, adopt: true });
    await expect(run.finish()).rejects.toThrow(
      'ZitadelTarget "b" of the program was to take it over by its name (adopt: true), but found none with that name',
    );
  });

  test("the old object stays, and can be given its name in the program again", async () => {
    const { id, outputs } = stack.entry("a");
    const run = stack.deployment();
    await run.up("target", "a", renamed);
    await run.finish();
    expect(zitadel.targets()).toMatchObject([{ id, signingKey: outputs["signingKey"] }]);
  });

  test("or is deleted after a refresh", async () => {
    await stack.deployment().refresh("a");
    const run = stack.deployment();
    await run.up("target", "b", { ...hook, adopt: true });
    await run.finish();
    expect(zitadel.targets()).toMatchObject([{ id: stack.entry("b").id }]);
  });
});

describe("after an update that got no answer, the read model lags", () => {
  test("the undone program takes up no former signing key", async () => {
    await stack.deployment().up("target", "a", { ...hook, rotationTriggers: [1] });
    zitadel.readModel.pause();
    await unanswered(() => stack.deployment().up("target", "a", { ...hook, rotationTriggers: [2], timeout: "20s" }));
    const undone = () => stack.deployment().up("target", "a", { ...hook, rotationTriggers: [1] });
    await expect(undone()).rejects.toThrow("does not show its current state (above all the signing key)");
    zitadel.readModel.resume();
    await undone();
    expect(zitadel.targets()).toMatchObject([{ timeout: "10s", signingKey: stack.entry("a").outputs["signingKey"] }]);
  });

  test("the undone program sets an execution although it is shown as declared", async () => {
    const [one = "", other = ""] = ["one", "other"].map((name) => zitadel.add({ ...webhook, name }).id);
    await stack.deployment().up("execution", "e", { condition, targets: [one] });
    zitadel.readModel.lag(90_000);
    await unanswered(() => stack.deployment().up("execution", "e", { condition, targets: [other] }));
    await stack.deployment().refresh("e");
    await stack.deployment().up("execution", "e", { condition, targets: [one] });
    clock.advance(120_000);
    expect(zitadel.executions()).toMatchObject([{ targets: [one] }]);
  });

  test("the undone program activates a key although it is shown as active", async () => {
    const { id: targetId } = zitadel.add(hook);
    const key = { targetId, publicKey: newKey() };
    await stack.deployment().up("key", "k", key);
    zitadel.readModel.lag(90_000);
    await unanswered(() => stack.deployment().up("key", "k", { ...key, active: false }), "deactivateKey");
    await stack.deployment().refresh("k");
    await stack.deployment().up("key", "k", key);
    clock.advance(120_000);
    expect(zitadel.publicKeys(targetId)).toMatchObject([{ active: true }]);
  });
});

test("a key is not deleted because the state, but not the server, says that its target does not encrypt", async () => {
  const run = stack.deployment();
  const { id: targetId } = await run.up("target", "a", hook);
  await run.up("key", "k", { targetId, publicKey: newKey() });
  await run.up("execution", "e", { condition, targets: [targetId] });
  zitadel.change(targetId, { payloadType: "PAYLOAD_TYPE_JWE" });
  const next = stack.deployment();
  await next.up("target", "a", hook);
  await next.up("execution", "e", { condition, targets: [targetId] });
  await expect(next.finish()).rejects.toThrow("no other key of the target is active");
  expect(zitadel.publicKeys(targetId)).toMatchObject([{ active: true }]);
});
