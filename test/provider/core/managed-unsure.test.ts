import type { Fault, Operation } from "../../../local/zitadel";
import { newKey } from "../../support/pairs";
import { eachOnFakeClock, type OnFakeClock } from "../../support/stack";
import { webhook } from "../../support/world";

// An update took effect, but no try was answered. Then the program is changed back: the state shows no difference to it.

const hook = { ...webhook, name: "hook" };
const jwe = { ...hook, payloadType: "PAYLOAD_TYPE_JWE" };
const condition = { function: { name: "preuserinfo" } };
let { clock, zitadel, stack } = {} as OnFakeClock;

eachOnFakeClock((opened) => ({ clock, zitadel, stack } = opened));

/** Ways to lose an answer. With a reset, the questions after it get none either. */
const ways: [string, Fault][] = [
  ["a reset", { kind: "reset", work: true }],
  ["a gateway's 504", { kind: "status", status: 504, work: true }],
];

/** Lets an operation take effect without an answer, and the questions after it fail. */
async function unanswered(operation: Operation, fault: Fault, act: () => Promise<unknown>): Promise<void> {
  zitadel.faults.add({ match: { operation }, times: Infinity, fault });
  const before = { searchExecutions: operation === "setExecution" ? 1 : 0, search: 0, searchKeys: 0 };
  for (const question of ["search", "searchKeys", "searchExecutions"] as const) {
    const match = { operation: question };
    zitadel.faults.add({ match, skip: before[question], times: Infinity, fault: { kind: "reset" } });
  }
  await expect(act()).rejects.toMatchObject({ code: expect.any(String) as string });
  zitadel.faults.clear();
  clock.advance(60_000);
}

describe.each(ways)("after %s", (_, fault) => {
  test("a property of a target is changed back", async () => {
    const before = await stack.deployment().up("target", "a", hook);
    const changed = { ...hook, endpoint: "https://example.com/new" };
    await unanswered("update", fault, () => stack.deployment().up("target", "a", changed));
    expect(zitadel.targets()).toMatchObject([{ endpoint: changed.endpoint }]);
    expect((await stack.deployment().preview("target", "a", hook)).diff?.changes).toBe(true);
    await stack.deployment().up("target", "a", hook);
    expect(zitadel.targets()).toMatchObject([{ endpoint: hook.endpoint }]);
    expect(stack.entry("a").outputs).not.toHaveProperty("__unsure");
    expect(stack.entry("a").outputs["signingKey"]).toBe(before.outputs["signingKey"]);
    zitadel.clearRequests();
    await stack.deployment().up("target", "a", hook);
    expect(zitadel.requests).toEqual([]);
  });

  test("the key of a rotation that was undone is in the state", async () => {
    await stack.deployment().up("target", "a", { ...hook, rotationTriggers: [1] });
    await unanswered("update", fault, () => stack.deployment().up("target", "a", { ...hook, rotationTriggers: [2] }));
    await stack.deployment().up("target", "a", { ...hook, rotationTriggers: [1] });
    expect(zitadel.targets()).toMatchObject([{ signingKey: stack.entry("a").outputs["signingKey"] }]);
    expect(stack.told.join()).toContain("the last update, which got no answer, rotated it");
  });

  test("an execution is set to its former target before the new one is deleted", async () => {
    const run = stack.deployment();
    const { id: first } = await run.up("target", "a", hook);
    const { id: second } = await run.up("target", "b", { ...webhook, name: "other" });
    await run.up("execution", "e", { condition, targets: [first] });
    const next = stack.deployment();
    await next.up("target", "b", { ...webhook, name: "other" });
    await unanswered("setExecution", fault, () => next.up("execution", "e", { condition, targets: [second] }));
    expect(zitadel.executions()).toMatchObject([{ targets: [second] }]);
    const back = stack.deployment();
    await back.up("target", "a", hook);
    await back.up("execution", "e", { condition, targets: [first] });
    await back.finish();
    expect(zitadel.executions()).toMatchObject([{ targets: [first] }]);
    expect(zitadel.targets()).toHaveLength(1);
  });

  describe("an execution that somebody else has set since", () => {
    let [a, b, theirs] = ["", "", ""];
    const declare = (targets: string[], adopt?: true) =>
      stack.deployment().up("execution", "e", { condition, targets, ...(adopt && { adopt }) });
    const refusal = () => ({
      code: "condition_taken",
      message: expect.stringContaining(`it calls ${theirs} now`) as string,
    });

    /** Lets a list be set without an answer. */
    const lost = async (act: () => Promise<unknown>) => {
      zitadel.faults.add({ match: { operation: "setExecution" }, times: Infinity, fault });
      await expect(act()).rejects.toMatchObject({ code: "unanswered", operation: "set execution" });
      zitadel.faults.clear();
      clock.advance(60_000);
    };

    beforeEach(() => {
      [a = "", b = "", theirs = ""] = ["a", "b", "c"].map((name) => zitadel.add({ ...webhook, name }).id);
    });

    test.each([
      ["the same program", () => declare([a, b])],
      ["the program before", () => declare([a])],
      ["another program", () => declare([b])],
      ["a destroy", () => stack.deployment().finish()],
    ])("is neither replaced nor removed by %s, until a refresh takes it up", async (_case, act) => {
      await declare([a]);
      await lost(() => declare([a, b]));
      zitadel.setExecution(condition, [a, theirs]);
      await expect(act()).rejects.toMatchObject(refusal());
      expect(zitadel.executions()).toMatchObject([{ targets: [a, theirs] }]);
      await stack.deployment().refresh("e");
      await act();
      expect(zitadel.executions()).not.toMatchObject([{ targets: [a, theirs] }]);
      expect(stack.entries.size === 0 || !("__sent" in stack.entry("e").outputs)).toBe(true);
    });

    test("nor after a question that failed in between", async () => {
      await declare([a]);
      await lost(() => declare([a, b]));
      zitadel.setExecution(condition, [theirs]);
      for (let skip = 0; skip < 3; skip++) {
        zitadel.faults.add({
          match: { operation: "searchExecutions" },
          skip,
          times: Infinity,
          fault: { kind: "reset" },
        });
        await expect(declare([a, b])).rejects.toMatchObject({ code: expect.any(String) as string });
        zitadel.faults.clear();
        await expect(declare([a, b])).rejects.toMatchObject(refusal());
      }
      await expect(stack.deployment().finish()).rejects.toMatchObject(refusal());
      expect(zitadel.executions()).toMatchObject([{ targets: [theirs] }]);
    });

    test("nor when a rename is undone whose set got no answer", async () => {
      await declare([a]);
      zitadel.setExecution(condition, []);
      await lost(() => stack.deployment().up("execution", "e2", { condition, targets: [a, b] }));
      zitadel.setExecution(condition, [theirs]);
      const undone = stack.deployment();
      await undone.up("execution", "e", { condition, targets: [a] });
      await expect(undone.finish()).rejects.toMatchObject(refusal());
      expect(zitadel.executions()).toMatchObject([{ targets: [theirs] }]);
    });

    test("draws a warning from each of two programs whose sets got no answer", async () => {
      await declare([a]);
      await lost(() => declare([a, b]));
      zitadel.setExecution(condition, [b]);
      await lost(() => declare([b, theirs]));
      zitadel.setExecution(condition, [b]);
      stack.told.length = 0;
      await declare([a, b]);
      expect(stack.told.join()).toContain(
        `Somebody else may have set execution function/preuserinfo since this stack did, to ${b}. `,
      );
    });

    test("is not replaced after a take-over without an answer, if the program no longer adopts it", async () => {
      zitadel.setExecution(condition, [theirs]);
      const match = { operation: "setExecution" } as const;
      zitadel.faults.add({ match, times: Infinity, fault: { kind: "status", status: 504 } });
      await expect(declare([a, b], true)).rejects.toMatchObject({ code: "unanswered" });
      zitadel.faults.clear();
      clock.advance(60_000);
      await expect(declare([a, b])).rejects.toMatchObject({ code: "condition_taken" });
      expect(zitadel.executions()).toMatchObject([{ targets: [theirs] }]);
      stack.told.length = 0;
      await declare([a, b], true);
      expect(stack.told.join()).toContain(
        `Took over execution function/preuserinfo on ${zitadel.url}: its targets were ${theirs}.`,
      );
    });

    test("is named by a take-over that is tried again", async () => {
      zitadel.setExecution(condition, [a]);
      await lost(() => declare([a, b], true));
      zitadel.setExecution(condition, [a, theirs]);
      await declare([a, b], true);
      expect(stack.told.join()).toContain(`its targets were ${a}, ${theirs}.`);
    });

    test("is this stack's own, if it has a list that was sent", async () => {
      await declare([a]);
      await lost(() => declare([a, b]));
      await lost(() => declare([b]));
      zitadel.setExecution(condition, [a, b]);
      await stack.deployment().finish();
      expect([zitadel.executions(), stack.entries.size]).toEqual([[], 0]);
      expect(stack.told).toEqual([]);
    });

    test.each([
      ["the program before", () => declare([a])],
      ["a destroy", () => stack.deployment().finish()],
    ])("draws a warning from %s, if it has this stack's targets, but no list of it", async (_case, act) => {
      await declare([a]);
      await lost(() => declare([a, b]));
      zitadel.setExecution(condition, [b]);
      await act();
      expect(stack.told.join()).toContain(
        `Somebody else may have set execution function/preuserinfo since this stack did, to ${b}. `,
      );
    });
  });

  test("a target that is to encrypt no longer does, before its key goes", async () => {
    const run = stack.deployment();
    const { id: targetId } = await run.up("target", "a", hook);
    await run.up("key", "k", { targetId, publicKey: newKey() });
    await run.up("execution", "e", { condition, targets: [targetId] });
    zitadel.faults.add({ match: { operation: "update" }, times: Infinity, fault });
    await expect(stack.deployment().up("target", "a", jwe)).rejects.toMatchObject({
      code: expect.any(String) as string,
    });
    zitadel.faults.clear();
    clock.advance(60_000);
    const back = stack.deployment();
    await back.up("target", "a", hook);
    await back.up("execution", "e", { condition, targets: [targetId] });
    await back.finish();
    expect(zitadel.targets()).toMatchObject([{ payloadType: "PAYLOAD_TYPE_JSON" }]);
    expect(zitadel.publicKeys(targetId)).toEqual([]);
  });

  test.each(["first", "last"])(
    "a hand-over of the active key is undone (the old key is declared %s)",
    async (order) => {
      const run = stack.deployment();
      const { id: targetId } = await run.up("target", "a", jwe);
      const [k1, k2] = [newKey(), newKey()].map((publicKey) => ({ targetId, publicKey }));
      await run.up("key", "k1", { ...k1 });
      await run.up("key", "k2", { ...k2, active: false });
      const next = stack.deployment();
      await unanswered("activateKey", fault, async () => {
        const both = [next.up("key", "k1", { ...k1, active: false }), next.up("key", "k2", { ...k2 })];
        const [one, other] = await Promise.allSettled(both);
        for (const result of [one, other]) if (result?.status === "rejected") throw result.reason;
      });
      const back = stack.deployment();
      const old = () => back.up("key", "k1", { ...k1 });
      const other = () => back.up("key", "k2", { ...k2, active: false });
      await Promise.all(order === "first" ? [old(), other()] : [other(), old()]);
      const active = zitadel.publicKeys(targetId).filter((key) => key.active);
      expect(active.map(({ keyId }) => `${targetId}/${keyId}`)).toEqual([stack.entry("k1").id]);
    },
  );

  test("a key that was to be deactivated is active again", async () => {
    const run = stack.deployment();
    const { id: targetId } = await run.up("target", "a", hook);
    const key = { targetId, publicKey: newKey() };
    await run.up("key", "k", key);
    await unanswered("deactivateKey", fault, () => stack.deployment().up("key", "k", { ...key, active: false }));
    expect(zitadel.publicKeys(targetId)).toMatchObject([{ keyId: expect.any(String) as string }]);
    await stack.deployment().up("key", "k", key);
    expect(zitadel.publicKeys(targetId)).toMatchObject([{ active: true }]);
  });
});

test("a hand-over to a key that was added just now is undone, though its activation was not answered", async () => {
  const run = stack.deployment();
  const { id: targetId } = await run.up("target", "a", jwe);
  const [k1, k2] = [newKey(), newKey()].map((publicKey) => ({ targetId, publicKey }));
  await run.up("key", "k1", { ...k1 });
  await unanswered("activateKey", { kind: "reset", work: true }, () => stack.deployment().up("key", "k2", { ...k2 }));
  const back = stack.deployment();
  await Promise.all([back.up("key", "k2", { ...k2, active: false }), back.up("key", "k1", { ...k1 })]);
  const active = zitadel.publicKeys(targetId).filter((key) => key.active);
  expect(active.map(({ keyId }) => `${targetId}/${keyId}`)).toEqual([stack.entry("k1").id]);
});

test.each([true, false])(
  "a key whose removal stopped at an unanswered deactivation is active again (%p)",
  async (work) => {
    const run = stack.deployment();
    const { id: targetId } = await run.up("target", "a", jwe);
    await run.up("key", "k", { targetId, publicKey: newKey() });
    const next = stack.deployment();
    await next.up("target", "a", jwe);
    zitadel.faults.add({ match: { operation: "deactivateKey" }, times: Infinity, fault: { kind: "reset", work } });
    await expect(next.finish()).rejects.toMatchObject({ code: "unanswered" });
    expect(zitadel.publicKeys(targetId)).toMatchObject([{ active: true }]);
  },
);

test("an execution that was never set and that the server would reject can be removed", async () => {
  const { id } = await stack.deployment().up("target", "a", hook);
  const misspelt = { condition: { event: { event: "user.human.remuved" } }, targets: [id] };
  zitadel.faults.add({ match: { operation: "setExecution" }, times: Infinity, fault: { kind: "reset" } });
  await expect(stack.deployment().up("execution", "e", misspelt)).rejects.toMatchObject({ code: "unanswered" });
  zitadel.faults.clear();
  await stack.deployment().finish();
  expect([stack.entries.size, zitadel.targets()]).toEqual([0, []]);
});

test("an unanswered removal says what to do before it is undone", async () => {
  await stack.deployment().up("target", "a", hook);
  zitadel.faults.add({ match: { operation: "delete" }, times: Infinity, fault: { kind: "reset", work: true } });
  await expect(stack.deployment().finish()).rejects.toThrow(
    "Run the same command again: it finds out. If you undo the removal in the program, run `pulumi refresh` first.",
  );
});

test("what a target replaced is remembered through an unanswered update", async () => {
  await stack.deployment().up("target", "a", hook);
  await stack.deployment().up("target", "a", { ...webhook, name: "other" }, { replace: true });
  const { __replacement: before } = stack.entry("a").outputs;
  const fault = { kind: "reset", work: true } as const;
  const changed = { ...webhook, name: "other", timeout: "7s" };
  await unanswered("update", fault, () => stack.deployment().up("target", "a", changed));
  expect([before, stack.entry("a").outputs["__replacement"]]).toEqual([true, true]);
});

test("an update that ZITADEL refused changes nothing in the state", async () => {
  await stack.deployment().up("target", "a", hook);
  const fault = { kind: "answer", status: 403, body: '{"code":7,"message":"no"}' } as const;
  zitadel.faults.add({ match: { operation: "update" }, fault });
  const change = stack.deployment().up("target", "a", { ...hook, timeout: "2s" });
  await expect(change).rejects.toMatchObject({ code: "forbidden" });
  expect(stack.entry("a").outputs).not.toHaveProperty("__unsure");
});
