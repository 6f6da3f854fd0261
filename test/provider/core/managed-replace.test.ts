import { startZitadel, type Zitadel } from "../../../local/zitadel";
import { newKey } from "../../support/pairs";
import { fakeClock } from "../../support/provider";
import { runOn, Stack } from "../../support/stack";
import { webhook } from "../../support/world";

// A replacement, request by request: the old object is deleted only when the new one is in use.

const condition = { function: { name: "preuserinfo" } };
let zitadel: Zitadel;
let stack: Stack;

beforeEach(async () => {
  runOn(fakeClock());
  zitadel = await startZitadel();
  stack = new Stack(zitadel);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await zitadel.stop();
});

const operations = () => zitadel.requests.map(({ operation }) => operation);
const replacing = { ...webhook, rotationStrategy: "replace", rotationTriggers: ["one"] };
const next = { ...replacing, rotationTriggers: ["two"] };
/** `pulumi up --replace` of a resource with deleteBeforeReplace. */
const first = { replace: true, deleteBeforeReplace: true };

/** The execution that calls the target follows it to its new id. */
async function rotate(news: object) {
  zitadel.clearRequests();
  const run = stack.deployment();
  const { id } = await run.up("target", "a", { ...news });
  await run.up("execution", "e", { condition, targets: [id] });
  await run.finish();
  return id;
}

describe("rotationStrategy replace: create, switch, delete", () => {
  test.each<[string, readonly object[]]>([
    ["of a target that never had a name", [replacing]],
    ["of a target that once had a name", [{ ...webhook, name: "hook", rotationTriggers: ["one"] }, replacing]],
    ["of one whose name went with the new triggers", [{ ...webhook, name: "hook", rotationTriggers: ["one"] }]],
    [
      "of a target that was adopted by its name",
      [{ ...webhook, name: "hook", adopt: true, rotationTriggers: ["one"] }],
    ],
  ])("%s", async (_case, before) => {
    zitadel.add({ ...webhook, name: "hook", ...(before.length > 1 && { name: "other" }) });
    if (_case !== "of a target that was adopted by its name")
      for (const { id } of zitadel.targets()) zitadel.remove(id);
    let old = "";
    for (const news of before) old = await rotate(news);
    const made = await rotate(next);
    expect(made).not.toBe(old);
    const asked = ["searchExecutions", "searchExecutions"];
    const expected = ["create", "searchExecutions", "setExecution", ...asked, "delete"];
    expect(operations()).toEqual(expected);
    expect(zitadel.targets()).toMatchObject([{ id: made }]);
    expect(zitadel.executions()).toMatchObject([{ targets: [made] }]);
    await rotate({ ...replacing, rotationTriggers: ["three"] });
    expect(operations()).toEqual(expected);
  });

  test("whose create fails leaves everything as it was", async () => {
    await rotate({ ...webhook, name: "hook", rotationTriggers: ["one"] });
    const before = [zitadel.targets(), zitadel.executions()];
    const denied = { code: 3, message: "no", details: [{ id: "COMMAND-NcJUKo" }] };
    zitadel.faults.add({ match: { operation: "create" }, fault: { kind: "answer", status: 400, body: denied } });
    await expect(rotate(next)).rejects.toMatchObject({ code: "endpoint_denied" });
    expect([zitadel.targets(), zitadel.executions()]).toEqual(before);
  });
});

describe("a deployment that leaves out what the target needs (`pulumi up --target`)", () => {
  const encrypting = (news: object) => ({ ...news, payloadType: "PAYLOAD_TYPE_JWE" });
  const refusal = (why: string) => ({ code: "not_applied", message: expect.stringContaining(why) as string });

  test("does not delete a replaced target that an execution still calls; the next whole one does", async () => {
    const old = await rotate(replacing);
    const partial = stack.deployment();
    const { id } = await partial.up("target", "a", next);
    zitadel.clearRequests();
    await expect(partial.deleteReplaced()).rejects.toMatchObject(
      refusal(`target ${id} replaces it, and execution function/preuserinfo still calls it`),
    );
    expect(zitadel.count().delete).toBe(0);
    expect(zitadel.executions()).toMatchObject([{ targets: [old] }]);

    // Pulumi keeps what it could not delete, and deletes it in the next deployment.
    const again = stack.deployment();
    await again.up("target", "a", next);
    await expect(again.deleteReplaced()).rejects.toMatchObject(refusal("still calls it"));
    await rotate(next);
    expect(zitadel.targets()).toMatchObject([{ id }]);
    expect(zitadel.executions()).toMatchObject([{ targets: [id] }]);
  });

  test("does not delete one that has the only active key", async () => {
    const publicKey = newKey();
    const declare = async (news: object) => {
      const run = stack.deployment();
      const { id } = await run.up("target", "a", encrypting(news));
      await run.up("key", "k", { targetId: id, publicKey });
      await run.finish();
      return id;
    };
    const old = await declare(replacing);
    const partial = stack.deployment();
    const { id } = await partial.up("target", "a", encrypting(next));
    const [{ keyId } = { keyId: "" }] = zitadel.publicKeys(old);
    await expect(partial.deleteReplaced()).rejects.toMatchObject(
      refusal(`target ${id} replaces it, and its active public key ${keyId} is not active on the new target`),
    );
    expect(zitadel.publicKeys(old)).toMatchObject([{ active: true }]);
    await declare(next);
    expect(zitadel.targets()).toMatchObject([{ id }]);
    expect(zitadel.publicKeys(id)).toMatchObject([{ active: true }]);
  });

  test("does not delete one whose active key another stack added", async () => {
    const run = stack.deployment();
    const { id: old } = await run.up("target", "a", encrypting(replacing));
    await run.up("key", "k", { targetId: old, publicKey: newKey() });
    await new Stack(zitadel).deployment().up("key", "theirs", { targetId: old, publicKey: newKey() });
    const again = stack.deployment();
    const { id } = await again.up("target", "a", encrypting(next));
    await again.up("key", "k", { targetId: id, publicKey: newKey() });
    await expect(again.finish()).rejects.toMatchObject(refusal("is not active on the new target"));
    expect(zitadel.publicKeys(old).filter(({ active }) => active)).toHaveLength(1);
  });

  test.each([
    ["with deleteBeforeReplace", "hook", "hook"],
    ["also in another case", "hook", "HOOK"],
  ])(
    "does not delete a target before there is a new one, while an execution calls it: %s",
    async (_case, name, then) => {
      const old = await rotate({ ...webhook, name });
      const run = stack.deployment();
      await expect(run.up("target", "a", { ...webhook, name: then }, first)).rejects.toMatchObject(
        refusal("execution function/preuserinfo still calls it"),
      );
      expect(zitadel.targets()).toMatchObject([{ id: old }]);
      expect(zitadel.executions()).toMatchObject([{ targets: [old] }]);
    },
  );

  test("deletes one that is gone already, and that ZITADEL still lists in an execution", async () => {
    const old = await rotate({ ...webhook, name: "hook" });
    zitadel.readModel.loseNext("delete");
    zitadel.remove(old);
    const run = stack.deployment();
    const { id } = await run.up("target", "a", { ...webhook, name: "hook" }, first);
    expect(zitadel.targets()).toMatchObject([{ id }]);
  });

  test("waits for a read model that does not show yet that another stack's execution calls the new one", async () => {
    await rotate(replacing);
    const run = stack.deployment();
    const { id } = await run.up("target", "a", { ...next });
    const [old = ""] = zitadel.targets().map((target) => target.id);
    await run.up("execution", "e", { condition, targets: [id] });
    const other = { request: { all: true as const } };
    zitadel.setExecution(other, [old]);
    zitadel.readModel.lagReads(3);
    zitadel.setExecution(other, [id]);
    zitadel.clearRequests();
    await run.finish();
    expect(operations().filter((one) => one === "searchExecutions").length).toBeGreaterThan(1);
    expect(zitadel.targets()).toMatchObject([{ id }]);
  });
});

describe("a target that the program no longer declares", () => {
  test("is not deleted while an execution calls it: with --continue-on-error, Pulumi leaves out one that waits for a failure", async () => {
    const first = stack.deployment();
    const { id: old } = await first.up("target", "a", webhook);
    await first.up("execution", "e", { condition, targets: [old] });
    const failing = stack.deployment();
    const { id } = await failing.up("target", "b", webhook);
    await expect(failing.delete("a")).rejects.toThrow("something else failed, fix that and run `pulumi up` again");
    expect(zitadel.executions()).toMatchObject([{ targets: [old] }]);
    const fixed = stack.deployment();
    await fixed.up("target", "b", webhook);
    await fixed.up("execution", "e", { condition, targets: [id] });
    zitadel.clearRequests();
    await fixed.finish();
    expect(zitadel.targets()).toMatchObject([{ id }]);
    expect(zitadel.requests.map(({ operation }) => operation)).toEqual(["searchExecutions", "delete"]);
  });
});

describe("a target that another stack's execution calls, after a rename", () => {
  const kept = (id: string) => {
    expect(zitadel.targets().map((target) => target.id)).toContain(id);
    expect(zitadel.executions()).toMatchObject([{ targets: [id] }]);
  };
  let old = "";
  beforeEach(async () => {
    ({ id: old } = await stack.deployment().up("target", "a", replacing));
    zitadel.setExecution(condition, [old]);
  });

  test.each([
    ["in the same deployment", { alias: "a" }],
    ["into a component in the same deployment", { alias: "a", parent: "my:Team" }],
  ])("is not deleted when it is replaced %s", async (_, where) => {
    const run = stack.deployment();
    await run.up("target", "b", next, where);
    await expect(run.finish()).rejects.toThrow("execution function/preuserinfo still calls it");
    kept(old);
  });

  test("is not deleted when it is replaced in a later deployment: its state still has the old name", async () => {
    await stack.deployment().up("target", "b", replacing, { alias: "a" });
    const run = stack.deployment();
    await run.up("target", "b", next);
    await expect(run.finish()).rejects.toThrow("execution function/preuserinfo still calls it");
    kept(old);
  });

  test("is not deleted when a deployment that refused that is followed by a rename", async () => {
    const refused = stack.deployment();
    await refused.up("target", "a", next);
    await expect(refused.finish()).rejects.toThrow("still calls it");
    const run = stack.deployment();
    const { id } = await run.up("target", "b", next, { alias: "a" });
    await expect(run.deleteReplaced()).rejects.toThrow("give the execution the id of that");
    kept(old);
    zitadel.setExecution(condition, [id]);
    await stack.deployment().deleteReplaced();
    expect(zitadel.targets()).toMatchObject([{ id }]);
  });

  test("is not deleted when a forced replacement that was refused is followed by a move", async () => {
    const plain = stack.deployment();
    await plain.up("target", "p", webhook);
    const [, called] = zitadel.targets();
    zitadel.setExecution(condition, [called?.id ?? ""]);
    const forced = stack.deployment();
    await forced.up("target", "p", webhook, { replace: true });
    await expect(forced.deleteReplaced()).rejects.toThrow("still calls it");
    for (const timeout of ["7s", "8s"]) {
      const run = stack.deployment();
      await run.up("target", "p", { ...webhook, timeout }, { alias: "p", parent: "my:Team" });
      await expect(run.deleteReplaced()).rejects.toThrow("give the execution the id of that");
    }
    kept(called?.id ?? "");
  });

  test("is deleted in a destroy", async () => {
    await stack.deployment().finish();
    expect(zitadel.targets()).toEqual([]);
  });

  test("is not deleted while the program declares only something on another instance", async () => {
    const other = await startZitadel();
    try {
      const { domain, port, accessToken } = other;
      const us = { domain, port, insecure: true, accessToken };
      stack.config["zitadel-actions:instances"] = JSON.stringify({ us });
      const run = stack.deployment();
      await run.up("target", "o", { ...webhook, instance: "us" });
      await expect(run.delete("a")).rejects.toThrow("execution function/preuserinfo still calls it");
      kept(old);
    } finally {
      await other.stop();
    }
  });
});

describe("a replacement that somebody forces (`pulumi up --replace`)", () => {
  const forced = { replace: true };

  test.each([
    ["of the same name", "hook"],
    ["of a name that differs in case only", "HOOK"],
  ])("of a target %s fails, and says to change the name: Pulumi creates the new one first", async (_case, name) => {
    const { id } = await stack.deployment().up("target", "a", { ...webhook, name: "hook" });
    const run = stack.deployment();
    await expect(run.up("target", "a", { ...webhook, name }, forced)).rejects.toMatchObject({
      code: "name_taken",
      message: expect.stringContaining("For --replace, remove or change its name first") as string,
    });
    expect(zitadel.targets()).toMatchObject([{ id }]);
  });

  test.each([
    ["of another name", { ...webhook, name: "other" }],
    ["of no name", webhook],
  ])("of a target %s creates first", async (_case, news) => {
    await stack.deployment().up("target", "a", { ...webhook, name: "hook" });
    zitadel.clearRequests();
    const run = stack.deployment();
    const { id } = await run.up("target", "a", news, forced);
    await run.finish();
    // An execution that was set just now may not be shown yet.
    expect([...new Set(operations())]).toEqual(["create", "searchExecutions", "delete"]);
    expect(zitadel.targets()).toMatchObject([{ id }]);
  });

  test("of an execution fails without adopt, and of a key adds first", async () => {
    const { id } = zitadel.add({ ...webhook, name: "hook" });
    const execution = { condition, targets: [id] };
    const key = { targetId: id, publicKey: newKey() };
    const first = stack.deployment();
    await first.up("execution", "e", execution);
    const { id: old } = await first.up("key", "k", key);
    zitadel.clearRequests();
    const run = stack.deployment();
    await expect(run.up("execution", "e", execution, forced)).rejects.toMatchObject({ code: "condition_taken" });
    await run.up("execution", "e", { ...execution, adopt: true }, forced);
    await run.up("key", "k", key, forced);
    await run.finish();
    expect(operations()).toEqual([
      "searchExecutions",
      "searchExecutions",
      "setExecution",
      "update",
      "addKey",
      "searchKeys",
      "activateKey",
      "activateKey",
      "deleteKey",
    ]);
    expect(zitadel.executions()).toMatchObject([{ targets: [id] }]);
    expect(zitadel.publicKeys(id)).toMatchObject([{ active: true }]);
    expect(`${id}/${zitadel.publicKeys(id)[0]?.keyId ?? ""}`).not.toBe(old);
  });
});
