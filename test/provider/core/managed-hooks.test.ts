import { newKey } from "../../support/pairs";
import { eachOnFakeClock, type OnFakeClock } from "../../support/stack";
import { seen, webhook } from "../../support/world";

// With Pulumi's error hooks, a program can repeat a failed operation: the same call, with the same arguments, in the same process. The
// provider finds out what was done, and does it only once.

const hook = { ...webhook, name: "hook" };
const condition = { function: { name: "preuserinfo" } };
let { clock, zitadel, stack } = {} as OnFakeClock;

eachOnFakeClock((opened) => ({ clock, zitadel, stack } = opened));

const refusal = (id: string) => ({ code: 9, message: "refused", details: [{ id }] });

const rotations = () =>
  zitadel.requests.filter(({ body }) => typeof body === "object" && body !== null && "expirationSigningKey" in body);

/** Does something and, once it has failed, the same again, as often as it takes. */
async function hooked<T>(act: () => Promise<T>, before: () => void = () => undefined): Promise<T> {
  await expect(act()).rejects.toMatchObject({ code: expect.any(String) as string });
  zitadel.faults.clear();
  zitadel.readModel.resume();
  before();
  return act();
}

describe("a create that may have been done", () => {
  test("of a target is found, with its key, not rejected because the name is taken", async () => {
    // Each try is unanswered, and so is each question after it.
    zitadel.faults.add({ match: { operation: "create" }, times: Infinity, fault: { kind: "reset", work: true } });
    zitadel.faults.add({ match: { operation: "search" }, times: Infinity, fault: { kind: "reset" } });
    const run = stack.deployment();
    const { id, outputs } = await hooked(() => run.up("target", "a", hook));
    expect(zitadel.targets()).toMatchObject([{ id, signingKey: outputs["signingKey"] }]);
  });

  test("of a target, and that was answered with a name taken because the list showed it late", async () => {
    zitadel.readModel.pause();
    zitadel.faults.add({ match: { operation: "create" }, fault: { kind: "reset", work: true } });
    const run = stack.deployment();
    const { id } = await hooked(() => run.up("target", "a", hook));
    expect(zitadel.targets()).toMatchObject([{ id }]);
  });

  test("of a target that is somebody else's is still refused: it was there before", async () => {
    const { id } = zitadel.add({ ...hook, payloadType: "PAYLOAD_TYPE_JSON" });
    clock.advance(60_000);
    const run = stack.deployment();
    for (let times = 0; times < 2; times++)
      await expect(run.up("target", "a", hook)).rejects.toMatchObject({ code: "name_taken" });
    expect(zitadel.targets()).toMatchObject([{ id }]);
  });

  test("of a key is found, and added once", async () => {
    const { id: targetId } = zitadel.add(hook);
    zitadel.faults.add({ match: { operation: "addKey" }, fault: { kind: "reset", work: true } });
    zitadel.faults.add({ match: { operation: "searchKeys" }, times: Infinity, fault: { kind: "status", status: 503 } });
    const run = stack.deployment();
    const news = { targetId, publicKey: newKey() };
    const { id } = await hooked(() => run.up("key", "k", news));
    expect(zitadel.publicKeys(targetId).map(({ keyId }) => `${targetId}/${keyId}`)).toEqual([id]);
  });

  test("of an execution is set once more, not rejected because the condition is taken", async () => {
    const { id: target } = zitadel.add(hook);
    zitadel.faults.add({ match: { operation: "setExecution" }, times: Infinity, fault: { kind: "reset", work: true } });
    const run = stack.deployment();
    const preview = await run.preview("execution", "e", { condition, targets: [target] });
    const { outputs } = await hooked(() => run.repeatCreate("execution", "e", preview.inputs));
    expect(zitadel.executions()).toMatchObject([{ targets: [target], changeDate: outputs["changeDate"] }]);
  });
});

describe("an operation that was done in part", () => {
  test("a key that was added and not activated is not added twice", async () => {
    const { id: targetId } = zitadel.add(hook);
    zitadel.faults.add({
      match: { operation: "activateKey" },
      times: Infinity,
      fault: { kind: "status", status: 503 },
    });
    const run = stack.deployment();
    const { inputs } = await run.preview("key", "k", { targetId, publicKey: newKey() });
    const { id } = await hooked(() => run.repeatCreate("key", "k", inputs));
    expect(zitadel.publicKeys(targetId)).toMatchObject([{ active: true }]);
    expect(id).toBe(`${targetId}/${zitadel.publicKeys(targetId)[0]?.keyId ?? ""}`);
    expect(zitadel.count()).toMatchObject({ addKey: 1 });
  });

  test("stays in the state where the repetition fails in another way", async () => {
    const { id: targetId } = zitadel.add(hook);
    zitadel.faults.add({
      match: { operation: "activateKey" },
      fault: { kind: "answer", status: 400, body: refusal("X-1") },
    });
    const run = stack.deployment();
    const { inputs } = await run.preview("key", "k", { targetId, publicKey: newKey() });
    await expect(run.repeatCreate("key", "k", inputs)).rejects.toMatchObject({ errorId: "X-1" });
    const half = stack.entry("k");
    // Pulumi keeps what the last try says; an error without it would lose the key.
    stack.entries.delete(half.urn);
    zitadel.owner.role = "none";
    await expect(run.repeatCreate("key", "k", inputs)).rejects.toMatchObject({ code: "no_membership" });
    expect(stack.entry("k")).toMatchObject({ id: half.id, isUnfinished: true, outputs: { active: false } });
    zitadel.owner.role = "IAM_OWNER";
    await stack.deployment().up("key", "k", inputs);
    expect(zitadel.publicKeys(targetId)).toMatchObject([{ active: true }]);
  });

  test("a rotation whose flag could not be switched off is not repeated", async () => {
    const first = stack.deployment();
    await first.up("target", "a", { ...hook, restWebhook: { interruptOnError: true }, rotationTriggers: [1] });
    clock.advance(60_000);
    const news = { ...hook, restWebhook: {}, rotationTriggers: [2] };
    const before = stack.entry("a");
    // The flag's update and the rotation are answered with the same date: nothing was written, as far as can be told.
    const changeDate = "2026-01-01T00:00:00Z";
    const signingKey = "k".repeat(36);
    zitadel.faults.add({
      match: { operation: "update" },
      times: 2,
      fault: { kind: "answer", status: 200, body: { changeDate, signingKey }, work: true },
    });
    const run = stack.deployment();
    const { outputs } = await hooked(
      () => run.up("target", "a", news),
      // The engine repeats with the arguments of the first time.
      () => stack.entries.set(before.urn, before),
    );
    expect(rotations()).toHaveLength(1);
    expect(outputs["signingKey"]).toBe(signingKey);
  });
});

describe("a rotation that may have been done", () => {
  async function rotatable() {
    await stack.deployment().up("target", "a", { ...hook, rotationTriggers: [1] });
    clock.advance(60_000);
    zitadel.clearRequests();
    return stack.entry("a");
  }

  test("and of which nothing could be found out is looked for, and not done twice", async () => {
    const { outputs: before } = await rotatable();
    zitadel.faults.add({ match: { operation: "update" }, fault: { kind: "reset", work: true } });
    zitadel.faults.add({ match: { operation: "update" }, times: Infinity, fault: { kind: "status", status: 503 } });
    const run = stack.deployment();
    const { outputs } = await hooked(() => run.up("target", "a", { ...hook, rotationTriggers: [2] }));
    expect(rotations()).toHaveLength(1);
    expect(outputs["signingKey"]).not.toBe(before["signingKey"]);
    expect(zitadel.targets()).toMatchObject([{ signingKey: outputs["signingKey"] }]);
  });

  test("and that ZITADEL did not show in time is looked for, and not done twice", async () => {
    await rotatable();
    zitadel.readModel.pause();
    zitadel.faults.add({ match: { operation: "update" }, fault: { kind: "reset", work: true } });
    const run = stack.deployment();
    const { outputs } = await hooked(() => run.up("target", "a", { ...hook, rotationTriggers: [2] }));
    expect(rotations()).toHaveLength(1);
    expect(zitadel.targets()).toMatchObject([{ signingKey: outputs["signingKey"] }]);
  });

  test("and that surely was not is done then, once", async () => {
    const { outputs: before } = await rotatable();
    zitadel.faults.add({ match: { operation: "update" }, times: Infinity, fault: { kind: "reset" } });
    const run = stack.deployment();
    const { outputs } = await hooked(() => run.up("target", "a", { ...hook, rotationTriggers: [2] }));
    expect(outputs["signingKey"]).not.toBe(before["signingKey"]);
    expect(zitadel.targets()).toMatchObject([{ signingKey: outputs["signingKey"] }]);
  });

  test("in a later deployment, with other triggers, is another one", async () => {
    await rotatable();
    const run = stack.deployment();
    const one = (await run.up("target", "a", { ...hook, rotationTriggers: [2] })).outputs["signingKey"];
    const two = (await run.up("target", "a", { ...hook, rotationTriggers: [3] })).outputs["signingKey"];
    expect(two).not.toBe(one);
    expect(rotations()).toHaveLength(2);
    expect(zitadel.targets()).toMatchObject([{ signingKey: two }]);
  });
});

test("an update or a create that was rejected is sent again as it is", async () => {
  const denied = {
    kind: "answer",
    status: 400,
    body: { code: 3, message: "no", details: [{ id: "COMMAND-NcJUKo" }] },
  } as const;
  zitadel.faults.add({ match: { operation: "create" }, fault: denied });
  const run = stack.deployment();
  const { id } = await hooked(() => run.up("target", "a", hook));
  zitadel.faults.add({ match: { operation: "update" }, fault: denied });
  await hooked(() => run.up("target", "a", { ...hook, timeout: "20s" }));
  expect(zitadel.targets()).toMatchObject([{ id, timeout: "20s" }]);
  expect(seen(zitadel)).toEqual({ create: 2, update: 2 });
});

test("a create that succeeded and is repeated all the same, in a replacement of its own, makes another one", async () => {
  const run = stack.deployment();
  const { inputs } = await run.preview("target", "a", webhook);
  const first = await run.repeatCreate("target", "a", inputs);
  const replaced = await run.preview("target", "b", webhook);
  const second = await run.repeatCreate("target", "b", replaced.inputs);
  expect(second.id).not.toBe(first.id);
  expect(zitadel.targets()).toHaveLength(2);
});
