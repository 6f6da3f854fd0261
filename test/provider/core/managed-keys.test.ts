import { newKey } from "../../support/pairs";
import { eachOnFakeClock, type OnFakeClock } from "../../support/stack";
import { webhook } from "../../support/world";

// A target that encrypts must have an active key at every moment, whatever the program changes and in whatever order.

const hook = { ...webhook, name: "hook" };
const jwe = { ...hook, payloadType: "PAYLOAD_TYPE_JWE" };
const condition = { function: { name: "preuserinfo" } };
let { clock, zitadel, stack } = {} as OnFakeClock;

eachOnFakeClock((opened) => ({ clock, zitadel, stack } = opened));

/** Whether the target had an active key after every request that was answered. */
let gaps: string[];
function watch(targetId: string): void {
  gaps = [];
  zitadel.faults.add({
    times: Infinity,
    match: {
      when: ({ operation }) => {
        if (zitadel.publicKeys(targetId).every(({ active }) => !active)) gaps.push(`before ${operation}`);
        return false;
      },
    },
    fault: { kind: "reset" },
  });
}

const operations = () => zitadel.requests.map(({ operation }) => operation);
const active = (targetId: string) =>
  zitadel
    .publicKeys(targetId)
    .filter((key) => key.active)
    .map(({ keyId }) => `${targetId}/${keyId}`);

const warnings = () => stack.told.filter((line) => line.startsWith("warning: "));

/** A target that encrypts, with an active key "k1"; with `idle` also an inactive one, "k2". */
async function deployed({ idle = false, expirationDate }: { idle?: boolean; expirationDate?: string } = {}) {
  const run = stack.deployment();
  const { id: targetId } = await run.up("target", "a", jwe);
  const k1 = { targetId, publicKey: newKey() };
  const k2 = { targetId, publicKey: newKey(), ...(expirationDate !== undefined && { expirationDate }) };
  await run.up("key", "k1", k1);
  if (idle) await run.up("key", "k2", { ...k2, active: false });
  clock.advance(60_000);
  zitadel.clearRequests();
  watch(targetId);
  return { targetId, k1, k2 };
}

describe("handing the active key over", () => {
  test("to one that is there, when the program declares the old one first: it activates the new one, and nothing else", async () => {
    const { targetId, k1, k2 } = await deployed({ idle: true });
    const run = stack.deployment();
    // The engine works on several resources at once.
    await Promise.all([run.up("key", "k1", { ...k1, active: false }), run.up("key", "k2", k2)]);
    expect(active(targetId)).toEqual([stack.entry("k2").id]);
    expect(new Set(operations().filter((operation) => !operation.startsWith("search")))).toEqual(
      new Set(["activateKey"]),
    );
    expect(gaps).toEqual([]);
    expect([stack.entry("k1").outputs["active"], stack.entry("k2").outputs["active"]]).toEqual([false, true]);
  });

  test("to one that is there, when the program declares the new one first", async () => {
    const { targetId, k1, k2 } = await deployed({ idle: true });
    const run = stack.deployment();
    await run.up("key", "k2", k2);
    await run.up("key", "k1", { ...k1, active: false });
    expect(active(targetId)).toEqual([stack.entry("k2").id]);
    expect(operations()).not.toContain("deactivateKey");
    expect(gaps).toEqual([]);
  });

  test("to a new one, when the program declares the old one first: the old one stays active until then", async () => {
    const { targetId, k1, k2 } = await deployed();
    const run = stack.deployment();
    await Promise.all([run.up("key", "k1", { ...k1, active: false }), run.up("key", "k2", k2)]);
    expect(active(targetId)).toEqual([stack.entry("k2").id]);
    expect(operations()).toEqual(["addKey", "searchKeys", "activateKey"]);
    expect(gaps).toEqual([]);
    expect(stack.told).toEqual([
      `Public key ${stack.entry("k1").id} stays active until the target's next key is added and activated.`,
    ]);
  });

  test("to a new one, when the program declares the new one first", async () => {
    const { targetId, k1, k2 } = await deployed();
    const run = stack.deployment();
    await run.up("key", "k2", k2);
    await run.up("key", "k1", { ...k1, active: false });
    expect(active(targetId)).toEqual([stack.entry("k2").id]);
    expect(operations()).not.toContain("deactivateKey");
    expect(gaps).toEqual([]);
  });

  test("that fails leaves the old one active, in the state too, and the next run goes on", async () => {
    const { targetId, k1, k2 } = await deployed({ idle: true });
    const refusal = { code: 9, message: "refused", details: [{ id: "X-1" }] };
    const fault = zitadel.faults.add({
      match: { operation: "activateKey" },
      times: Infinity,
      fault: { kind: "answer", status: 400, body: refusal },
    });
    const run = stack.deployment();
    const results = await Promise.allSettled([run.up("key", "k1", { ...k1, active: false }), run.up("key", "k2", k2)]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(active(targetId)).toEqual([stack.entry("k1").id]);
    expect([stack.entry("k1").outputs["active"], stack.entry("k2").outputs["active"]]).toEqual([true, false]);
    expect(gaps).toEqual([]);

    fault.remove();
    const next = stack.deployment();
    await Promise.all([next.up("key", "k1", { ...k1, active: false }), next.up("key", "k2", k2)]);
    expect(active(targetId)).toEqual([stack.entry("k2").id]);
    expect(gaps).toEqual([]);
  });

  test("to a new one whose activation fails leaves the old one active", async () => {
    const { targetId, k1, k2 } = await deployed();
    const old = stack.entry("k1").id;
    const refusal = { code: 9, message: "refused", details: [{ id: "X-1" }] };
    zitadel.faults.add({ match: { operation: "activateKey" }, fault: { kind: "answer", status: 400, body: refusal } });
    const run = stack.deployment();
    await Promise.allSettled([run.up("key", "k1", { ...k1, active: false }), run.up("key", "k2", k2)]);
    expect(active(targetId)).toEqual([old]);
    const next = stack.deployment();
    await next.up("key", "k1", { ...k1, active: false });
    await next.up("key", "k2", k2);
    expect(active(targetId)).toEqual([stack.entry("k2").id]);
    expect(gaps).toEqual([]);
  });

  test("to one that has expired on the server leaves the old one active", async () => {
    const { targetId, k1, k2 } = await deployed({ idle: true, expirationDate: "2099-01-01T00:00:00Z" });
    clock.advance(Date.parse("2099-01-02T00:00:00Z") - clock.now());
    const run = stack.deployment();
    const results = await Promise.allSettled([run.up("key", "k1", { ...k1, active: false }), run.up("key", "k2", k2)]);
    for (const result of results) expect(result).toMatchObject({ reason: { errorId: "ErrPublicKeyExpired" } });
    expect(active(targetId)).toEqual([stack.entry("k1").id]);
    expect(gaps).toEqual([]);
  });

  test("to one that is declared expired fails at preview", async () => {
    const { k2 } = await deployed();
    const expired = { ...k2, expirationDate: "2001-01-01T00:00:00Z" };
    stack.put("key", "k2", `${k2.targetId}/1`, { ...expired, active: false, keyId: "1" });
    const { failures } = await stack.deployment().preview("key", "k2", { ...expired, active: true });
    expect(failures).toMatchObject([
      { property: "active", reason: expect.stringMatching(/^cannot become true: .*expired on 2001-01-01/) as string },
    ]);
  });

  test("to none deactivates it, where no execution calls the target", async () => {
    const { targetId, k1 } = await deployed();
    await stack.deployment().up("key", "k1", { ...k1, active: false });
    const questions = ["search", "searchKeys", "searchExecutions"];
    // An execution that was set just now may not be shown yet.
    const polled = new Set(operations());
    expect([active(targetId), [...polled]]).toEqual([[], [...questions, "deactivateKey"]]);
  });

  test.each([true, false])(
    "to none draws a warning where the program's target encrypts (declared: %p)",
    async (declared) => {
      const { targetId, k1 } = await deployed();
      const run = stack.deployment();
      await run.up("target", "a", jwe);
      if (declared) await run.up("key", "k1", { ...k1, active: false });
      else await run.finish();
      expect(active(targetId)).toEqual([]);
      expect(stack.told).toContainEqual(
        expect.stringMatching(`^warning: Target ${targetId} encrypts .* loses its active key, .*EXEC-2n8fhs7g`),
      );
    },
  );

  test("by removing the old one from the program: the new one is active before that is deleted", async () => {
    const { targetId, k2 } = await deployed();
    const run = stack.deployment();
    await run.up("target", "a", jwe);
    await run.up("key", "k2", k2);
    await run.finish();
    expect(zitadel.publicKeys(targetId).map((key) => `${targetId}/${key.keyId}`)).toEqual([stack.entry("k2").id]);
    expect(active(targetId)).toEqual([stack.entry("k2").id]);
    expect(gaps).toEqual([]);
    expect(stack.told.join()).not.toContain("loses its active key");
  });
});

describe("the only active key of a target that encrypts and that an execution calls", () => {
  /** As `deployed`, with an execution. */
  async function called(idle = false) {
    const { targetId, ...keys } = await deployed({ idle });
    await stack.deployment().up("execution", "e", { condition, targets: [targetId] });
    zitadel.clearRequests();
    return { targetId, ...keys };
  }
  const refusal = (targetId: string, caller = 'ZitadelExecution "e"') =>
    `${caller} calls target ${targetId}, which encrypts (PAYLOAD_TYPE_JWE), and no other key of the target is active. Activate another public key of the target first: declare it with active: true. If the program declares it already, add dependsOn: [that key] to this one`;

  test("is not deactivated by an update, in the state neither, also where the deployment leaves the next one out", async () => {
    const { targetId, k1 } = await called(true);
    await expect(stack.deployment().up("key", "k1", { ...k1, active: false })).rejects.toThrow(
      refusal(targetId, "execution function/preuserinfo"),
    );
    expect(active(targetId)).toEqual([stack.entry("k1").id]);
    expect(stack.entry("k1").outputs["active"]).toBe(true);
    expect(gaps).toEqual([]);
  });

  test("is deactivated where the target does not encrypt any longer", async () => {
    const { targetId, k1 } = await called();
    const run = stack.deployment();
    await run.up("target", "a", hook);
    await run.up("key", "k1", { ...k1, active: false });
    expect(active(targetId)).toEqual([]);
  });

  test("is deactivated in the state alone where another key became active in an earlier run", async () => {
    const { targetId, k1, k2 } = await called(true);
    await stack.deployment().up("key", "k2", k2);
    await stack.deployment().up("key", "k1", { ...k1, active: false });
    expect(active(targetId)).toEqual([stack.entry("k2").id]);
    expect(stack.entry("k1").outputs["active"]).toBe(false);
    expect(gaps).toEqual([]);
  });

  test.each(["declared", "read by get", "written as text"])("is not deleted: the target is %s", async (how) => {
    const { targetId } = await called();
    const run = stack.deployment();
    if (how === "declared") await run.up("target", "a", jwe);
    else stack.entries.delete("target::a");
    if (how === "read by get") await run.get("target", "g", targetId);
    await run.up("execution", "e", { condition, targets: [targetId] });
    await expect(run.finish()).rejects.toThrow(refusal(targetId));
    expect(active(targetId)).toEqual([stack.entry("k1").id]);
    expect(gaps).toEqual([]);
  });

  test("is not deleted before its target, which is replaced and deleted first", async () => {
    const { targetId } = await called();
    const { payloadType } = jwe;
    const rotated = { ...webhook, payloadType, rotationStrategy: "replace", rotationTriggers: [1] };
    await stack.deployment().up("target", "a", rotated);
    const run = stack.deployment();
    const { diff } = await run.preview("target", "a", { ...rotated, rotationTriggers: [2] });
    expect(diff?.replaces).toEqual(["rotationTriggers"]);
    await expect(run.delete("k1")).rejects.toThrow(refusal(targetId, "execution function/preuserinfo"));
    expect(active(targetId)).toEqual([stack.entry("k1").id]);
  });

  test.each(["of another stack", "read by get", "that Pulumi retains"])(
    "is not deleted: the execution is one %s",
    async (which) => {
      const { targetId } = await called();
      const run = stack.deployment();
      await run.up("target", "a", jwe);
      stack.entries.delete("execution::e");
      if (which === "read by get") await run.get("execution", "g", "function/preuserinfo");
      const caller = which === "read by get" ? 'ZitadelExecution "g" (get)' : "execution function/preuserinfo";
      await expect(run.finish()).rejects.toThrow(refusal(targetId, caller));
      expect(active(targetId)).toEqual([stack.entry("k1").id]);
      expect(gaps).toEqual([]);
    },
  );

  test("stays with its target while the program reads the execution that calls it", async () => {
    const { targetId } = await called();
    const run = stack.deployment();
    stack.entries.delete("execution::e");
    await run.get("execution", "g", "function/preuserinfo");
    await expect(run.delete("a")).rejects.toThrow('ZitadelExecution "g" (get) of the program still uses it');
    expect(zitadel.executions()).toMatchObject([{ targets: [targetId] }]);
  });

  test("is not deleted if a destroy deletes it before the execution", async () => {
    const { targetId } = await called();
    await expect(stack.deployment().delete("k1")).rejects.toThrow("destroy the execution first");
    expect(active(targetId)).toEqual([stack.entry("k1").id]);
    expect(gaps).toEqual([]);
    await stack.deployment().finish();
    expect([zitadel.targets(), zitadel.executions(), zitadel.publicKeys(targetId)]).toEqual([[], [], []]);
  });

  test("waits in a destroy for the execution, which Pulumi deletes at the same time", async () => {
    const { targetId } = await called();
    const run = stack.deployment();
    await Promise.all([run.delete("k1"), run.delete("e")]);
    const writes = operations().filter((operation) => !operation.startsWith("search"));
    expect(writes).toEqual(["setExecution", "deactivateKey", "deleteKey"]);
    await run.delete("a");
    expect([zitadel.targets(), zitadel.executions(), zitadel.publicKeys(targetId)]).toEqual([[], [], []]);
  });

  test("goes if ZITADEL only lists its target, which was deleted", async () => {
    const { targetId } = await called();
    zitadel.readModel.pause();
    zitadel.remove(targetId);
    await stack.deployment().delete("k1");
    expect(stack.entries.has("key::k1")).toBe(false);
  });

  test("is looked for when an execution is set again after a destroy that stopped", async () => {
    const { targetId, k1 } = await called();
    await stack.deployment().delete("e");
    zitadel.deactivatePublicKey(targetId, stack.entry("k1").id.split("/")[1] ?? "");
    const run = stack.deployment();
    await run.up("target", "a", jwe);
    await run.up("key", "k1", k1);
    await run.up("execution", "e", { condition, targets: [targetId] });
    expect(warnings()).toEqual([expect.stringContaining("not show as active: run `pulumi refresh`")]);
  });

  test("goes with everything else in a destroy", async () => {
    const { targetId } = await called();
    await stack.deployment().finish();
    const asked = operations().filter((operation) => operation.startsWith("search"));
    expect(asked).toEqual(["searchExecutions", "search", "searchKeys", "searchExecutions"]);
    expect([zitadel.targets(), zitadel.publicKeys(targetId)]).toEqual([[], []]);
  });

  test.each([true, false])(
    "is active again where a half-done hand-over is undone (the next one was %p)",
    async (isNew) => {
      const { targetId, k1, k2 } = await called();
      const first = stack.deployment();
      await first.up("target", "a", jwe);
      // Its end was not reached: the entry of k1 stays, and says that it is active.
      await first.up("key", isNew ? "n" : "k2", k2);
      expect(stack.entry("k1").outputs["active"]).toBe(true);

      const back = stack.deployment();
      await back.up("target", "a", jwe);
      await back.up("key", "k1", k1);
      await back.up("execution", "e", { condition, targets: [targetId] });
      await back.finish();
      expect(active(targetId)).toEqual([stack.entry("k1").id]);
      expect(zitadel.publicKeys(targetId)).toHaveLength(1);
      expect(gaps).toEqual([]);
    },
  );
});

describe("a target in use that is to encrypt", () => {
  test("together with its first key: the deployment fails before it changes anything, and says which two steps to take", async () => {
    const run = stack.deployment();
    const { id: targetId } = await run.up("target", "a", hook);
    await run.up("execution", "e", { condition, targets: [targetId] });
    const key = { targetId, publicKey: newKey() };
    const steps = /Take two steps: deploy the ZitadelTargetPublicKey with the old payloadType, then change/;

    // A preview sees the target's change before it checks the key, which needs the target's id.
    const planned = stack.deployment();
    await planned.preview("target", "a", jwe);
    expect((await planned.preview("key", "k", key)).failures).toEqual([]);
    expect(warnings()).toEqual([expect.stringMatching(steps)]);

    await expect(stack.deployment().up("target", "a", jwe)).rejects.toMatchObject({
      code: "invalid_request",
      message: expect.stringMatching(steps) as string,
    });
    expect(zitadel.targets()).toMatchObject([{ payloadType: "PAYLOAD_TYPE_JSON" }]);

    await stack.deployment().up("key", "k", key);
    await stack.deployment().up("target", "a", jwe);
    expect(zitadel.targets()).toMatchObject([{ payloadType: "PAYLOAD_TYPE_JWE" }]);
  });

  test("with a key that is there already: a later deployment with another key is not a mistake", async () => {
    const first = stack.deployment();
    const { id: targetId } = await first.up("target", "a", hook);
    await first.up("key", "k1", { targetId, publicKey: newKey() });
    await stack.deployment().up("target", "a", jwe);
    const run = stack.deployment();
    await run.up("target", "a", jwe);
    await run.up("key", "k1", { targetId, publicKey: stack.entry("k1").inputs["publicKey"], active: false });
    await run.up("key", "k2", { targetId, publicKey: newKey() });
    expect(active(targetId)).toEqual([stack.entry("k2").id]);
  });

  test.each(["replaces", "is to follow by another"])(
    "with an active key that the same deployment %s: no mistake at preview",
    async (what) => {
      const first = stack.deployment();
      const { id: targetId } = await first.up("target", "a", hook);
      const k1 = { targetId, publicKey: newKey() };
      await first.up("key", "k1", k1);
      const run = stack.deployment();
      await run.preview("target", "a", jwe);
      if (what === "replaces") {
        const { diff } = await run.preview("key", "k1", { ...k1, publicKey: newKey() });
        expect(diff).toMatchObject({ replaces: ["publicKey"] });
        // Pulumi checks the replacement once more, as a new resource.
        stack.entries.delete("key::k1");
        expect((await run.preview("key", "k1", { ...k1, publicKey: newKey() })).failures).toEqual([]);
      } else {
        await run.preview("key", "k1", { ...k1, active: false });
        expect((await run.preview("key", "k2", { targetId, publicKey: newKey() })).failures).toEqual([]);
      }
    },
  );

  test("with an active key of somebody else's: it may get a new one in the same deployment", async () => {
    const first = stack.deployment();
    const { id: targetId } = await first.up("target", "a", hook);
    const { keyId } = zitadel.addPublicKey(targetId, { publicKey: Buffer.from(newKey()).toString("base64") });
    zitadel.activatePublicKey(targetId, keyId);
    const run = stack.deployment();
    await run.up("target", "a", jwe);
    await run.up("key", "k", { targetId, publicKey: newKey() });
    expect(active(targetId)).toEqual([stack.entry("k").id]);
  });
});

describe("a target that encrypts and has no active key yet", () => {
  test("gives no warning where its key comes before its execution", async () => {
    const run = stack.deployment();
    const { id: targetId } = await run.up("target", "a", jwe);
    await run.up("key", "k", { targetId, publicKey: newKey() });
    await run.up("execution", "e", { condition, targets: [targetId] });
    expect(warnings()).toEqual([]);
  });

  const warned = (targetId: string) => [
    `warning: Execution function/preuserinfo calls target ${targetId}, which encrypts (PAYLOAD_TYPE_JWE) and has no active public key, so ZITADEL sends it nothing, and every call that it interrupts fails (EXEC-2n8fhs7g). Run \`pulumi up\` without --target and --exclude. If the program has no ZitadelTargetPublicKey with active: true for this target, or keeps the targetId of another one with ignoreChanges, declare one, and make the execution depend on it (dependsOn).`,
  ];

  test("gives a warning when an execution is set to it, created in the same run", async () => {
    const run = stack.deployment();
    const { id: targetId } = await run.up("target", "a", jwe);
    await run.up("execution", "e", { condition, targets: [targetId] });
    expect(warnings()).toEqual(warned(targetId));
  });

  test("gives a warning when an execution is set to it in a later run", async () => {
    const { id: targetId } = await stack.deployment().up("target", "a", jwe);
    const run = stack.deployment();
    await run.up("target", "a", jwe);
    await run.up("execution", "e", { condition, targets: [targetId] });
    expect(warnings()).toEqual(warned(targetId));
  });

  test("gives a warning when an execution is set to it, adopted in the same run", async () => {
    zitadel.add(jwe);
    const run = stack.deployment();
    const { id: targetId } = await run.up("target", "a", { ...jwe, adopt: true });
    await run.up("execution", "e", { condition, targets: [targetId] });
    expect(warnings()).toEqual(warned(targetId));
  });

  test("gives a warning when an execution is set to it, found after a create that was not answered", async () => {
    zitadel.faults.add({ match: { operation: "create" }, fault: { kind: "reset", work: true } });
    const run = stack.deployment();
    const { id: targetId } = await run.up("target", "a", jwe);
    await run.up("execution", "e", { condition, targets: [targetId] });
    expect(warnings()).toEqual(warned(targetId));
  });

  describe("and stops the calls for which it gets nothing", () => {
    const stopping = { ...jwe, restWebhook: { interruptOnError: true } };
    const sets = () => zitadel.requests.filter(({ operation }) => operation === "setExecution").length;

    test("is not called by a new execution, if no key of it comes in this deployment", async () => {
      const run = stack.deployment();
      const { id: targetId } = await run.up("target", "a", stopping);
      await expect(run.up("execution", "e", { condition, targets: [targetId] })).rejects.toMatchObject({
        code: "not_applied",
        message: expect.stringContaining("Run `pulumi up` without --target and --exclude.") as string,
      });
      expect(sets()).toBe(0);
      await run.up("key", "k", { targetId, publicKey: newKey() });
      await run.up("execution", "e", { condition, targets: [targetId] });
      expect(warnings()).toEqual([]);
    });

    test("is called once the key that the program declares is there, without dependsOn", async () => {
      const run = stack.deployment();
      const { id: targetId } = await run.up("target", "a", stopping);
      const execution = run.up("execution", "e", { condition, targets: [targetId] });
      await run.up("key", "k", { targetId, publicKey: newKey() });
      await execution;
      expect(warnings()).toEqual([]);
      expect(sets()).toBe(1);
    });

    test("draws a warning if the declared key comes after a new execution", async () => {
      const run = stack.deployment();
      const { id: targetId } = await run.up("target", "a", stopping);
      await run.preview("key", "k", { targetId, publicKey: newKey() });
      await run.up("execution", "e", { condition, targets: [targetId] });
      expect(warnings()).toEqual([
        expect.stringContaining("Make the execution depend on the target's key (dependsOn)"),
      ]);
    });

    test.each([
      ["whose key is not declared", false],
      ["whose declared key does not come before it", true],
    ])("is not added to an execution that works: %s", async (_which, isDeclared) => {
      const first = stack.deployment();
      const { id } = await first.up("target", "a", hook);
      await first.up("execution", "e", { condition, targets: [id] });
      const run = stack.deployment();
      await run.up("target", "a", hook);
      const { id: targetId } = await run.up("target", "b", { ...stopping, name: "b" });
      if (isDeclared) await run.preview("key", "k", { targetId, publicKey: newKey() });
      await expect(run.up("execution", "e", { condition, targets: [targetId] })).rejects.toMatchObject({
        code: "not_applied",
        operation: "set execution",
        message: expect.stringContaining("has no active public key") as string,
      });
      expect(zitadel.executions()).toMatchObject([{ targets: [id] }]);
    });

    test("keeps being called: other targets of that execution change", async () => {
      const first = stack.deployment();
      const { id: targetId } = await first.up("target", "a", stopping);
      await first.up("key", "k", { targetId, publicKey: newKey() });
      await first.up("execution", "e", { condition, targets: [targetId] });
      zitadel.deactivatePublicKey(targetId, stack.entry("k").id.split("/")[1] ?? "");
      const run = stack.deployment();
      await run.up("target", "a", stopping);
      const { id } = await run.up("target", "b", { ...hook, name: "b" });
      await run.up("execution", "e", { condition, targets: [targetId, id] });
      expect(zitadel.executions()).toMatchObject([{ targets: [targetId, id] }]);
    });
  });
});

test.each([
  ["does not have", false],
  ["takes over", true],
])("a key for a target that the program %s: a warning names the key that was active", async (_case, adopt) => {
  const { id: targetId } = zitadel.add(jwe);
  const { keyId } = zitadel.addPublicKey(targetId, { publicKey: Buffer.from(newKey()).toString("base64") });
  zitadel.activatePublicKey(targetId, keyId);
  const first = stack.deployment();
  if (adopt) await first.up("target", "a", { ...jwe, adopt });
  await first.up("key", "k", { targetId, publicKey: newKey() });
  expect(warnings()).toEqual([
    `warning: Public key ${targetId}/${keyId} was active and is inactive now, because a target has only one active key. No resource of this program has it: if another stack or tool manages that key or its target, its receiver cannot decrypt what ZITADEL sends now.`,
  ]);
  stack.told.length = 0;
  // Its own key gives way to the next one of the program.
  const run = stack.deployment();
  if (adopt) await run.up("target", "a", jwe);
  await run.up("key", "k", { targetId, publicKey: newKey() });
  await run.finish();
  expect(warnings()).toEqual([]);
});

describe("with a read model that lags by 15 s, in a deployment right after another", () => {
  /** A target that encrypts and stops calls, with an execution and its active key; nothing of it is old. */
  async function fresh({ idle = false, payloadType = "PAYLOAD_TYPE_JWE" } = {}) {
    const run = stack.deployment();
    const news = { ...jwe, payloadType, restWebhook: { interruptOnError: true } };
    const { id: targetId } = await run.up("target", "a", news);
    const k1 = { targetId, publicKey: newKey() };
    const k2 = { targetId, publicKey: newKey() };
    await run.up("key", "k1", k1);
    if (idle) await run.up("key", "k2", { ...k2, active: false });
    await run.up("execution", "e", { condition, targets: [targetId] });
    return { targetId, news, k1, k2 };
  }

  beforeEach(() => zitadel.readModel.lag(15_000));

  test.each(["up", "destroy"])("the only active key is not deleted: %s", async (command) => {
    const { targetId, news } = await fresh();
    const run = stack.deployment();
    if (command === "up") await run.up("target", "a", news);
    await expect(run.delete("k1")).rejects.toThrow("no other key of the target is active");
    expect(active(targetId)).toEqual([stack.entry("k1").id]);
  });

  test("the key to which another one was just handed over is not deactivated", async () => {
    const { targetId, news, k1, k2 } = await fresh({ idle: true });
    const handing = stack.deployment();
    await handing.up("target", "a", news);
    await Promise.all([handing.up("key", "k1", { ...k1, active: false }), handing.up("key", "k2", k2)]);
    const run = stack.deployment();
    await run.up("target", "a", news);
    await expect(run.up("key", "k2", { ...k2, active: false })).rejects.toThrow("no other key of the target is active");
    expect(active(targetId)).toEqual([stack.entry("k2").id]);
  });

  test("a key that was just deactivated is not enough to encrypt", async () => {
    const { targetId, news, k1 } = await fresh({ payloadType: "PAYLOAD_TYPE_JSON" });
    const first = stack.deployment();
    await first.up("target", "a", news);
    await first.up("key", "k1", { ...k1, active: false });
    const encrypting = { ...news, payloadType: "PAYLOAD_TYPE_JWE" };
    await expect(stack.deployment().up("target", "a", encrypting)).rejects.toThrow("has no active public key");
    expect(zitadel.targets()).toMatchObject([{ id: targetId, payloadType: "PAYLOAD_TYPE_JSON" }]);
  });

  test("an execution does not begin to call a target whose key was just deactivated", async () => {
    const run = stack.deployment();
    const news = { ...jwe, restWebhook: { interruptOnError: true } };
    const { id: targetId } = await run.up("target", "a", news);
    const k1 = { targetId, publicKey: newKey() };
    await run.up("key", "k1", k1);
    const off = stack.deployment();
    await off.up("target", "a", news);
    await off.up("key", "k1", { ...k1, active: false });
    const next = stack.deployment();
    await next.up("target", "a", news);
    await next.up("key", "k1", { ...k1, active: false });
    await expect(next.up("execution", "e", { condition, targets: [targetId] })).rejects.toThrow(
      "has no active public key",
    );
    expect(zitadel.executions()).toEqual([]);
  });

  test("the key of a target that has just begun to encrypt is not deleted", async () => {
    const { targetId, news } = await fresh({ payloadType: "PAYLOAD_TYPE_JSON" });
    clock.advance(60_000);
    await stack.deployment().up("target", "a", { ...news, payloadType: "PAYLOAD_TYPE_JWE" });
    await expect(stack.deployment().delete("k1")).rejects.toThrow("no other key of the target is active");
    expect(active(targetId)).toEqual([stack.entry("k1").id]);
  });

  test("a replaced target is not deleted while an execution calls it that was just set, though another one no longer does", async () => {
    const replacing = { ...webhook, rotationStrategy: "replace", rotationTriggers: [1] };
    const { id } = await stack.deployment().up("target", "r", replacing);
    const other = { event: { event: "user.human.added" } };
    await stack.deployment().up("execution", "o", { condition: other, targets: [id] });
    clock.advance(60_000);
    await stack.deployment().up("execution", "e", { condition, targets: [id] });
    const run = stack.deployment();
    const next = await run.up("target", "r", { ...replacing, rotationTriggers: [2] });
    await run.up("execution", "o", { condition: other, targets: [next.id] });
    await expect(run.deleteReplaced()).rejects.toThrow("execution function/preuserinfo still calls it");
    expect(zitadel.executions()).toContainEqual(expect.objectContaining({ targets: [id] }));
  });

  test("a replaced target is not deleted with --target while executions call it that were just set", async () => {
    const replacing = { ...webhook, rotationStrategy: "replace", rotationTriggers: [1] };
    const { id } = await stack.deployment().up("target", "r", replacing);
    await stack.deployment().up("execution", "e", { condition, targets: [id] });
    const run = stack.deployment();
    await run.up("target", "r", { ...replacing, rotationTriggers: [2] });
    await expect(run.deleteReplaced()).rejects.toThrow("still calls it");
    expect(zitadel.executions()).toMatchObject([{ targets: [id] }]);
  });
});

describe("what the server has differs from the state", () => {
  test("an execution that adds a target asks whether it still has its key", async () => {
    const run = stack.deployment();
    const { id: other } = await run.up("target", "b", { ...webhook, name: "other" });
    const news = { ...jwe, restWebhook: { interruptOnError: true } };
    const { id: targetId } = await run.up("target", "a", news);
    const key = { targetId, publicKey: newKey() };
    await run.up("key", "k1", key);
    await run.up("execution", "e", { condition, targets: [other] });
    zitadel.deactivatePublicKey(targetId, stack.entry("k1").id.split("/")[1] ?? "");
    const next = stack.deployment();
    await next.up("target", "a", news);
    await next.up("key", "k1", key);
    await expect(next.up("execution", "e", { condition, targets: [other, targetId] })).rejects.toThrow(
      "run `pulumi refresh`, then `pulumi up`",
    );
    expect(zitadel.executions()).toMatchObject([{ targets: [other] }]);
  });

  test("a key of a target that somebody made encrypt is not deactivated", async () => {
    const run = stack.deployment();
    const { id: targetId } = await run.up("target", "a", hook);
    const key = { targetId, publicKey: newKey() };
    await run.up("key", "k1", key);
    await run.up("execution", "e", { condition, targets: [targetId] });
    zitadel.change(targetId, { payloadType: "PAYLOAD_TYPE_JWE" });
    const next = stack.deployment();
    await next.up("target", "a", hook);
    await expect(next.up("key", "k1", { ...key, active: false })).rejects.toThrow(
      "no other key of the target is active",
    );
    expect(active(targetId)).toEqual([stack.entry("k1").id]);
  });
});
