import type { Fault } from "../../../local/zitadel";
import { newKey } from "../../support/pairs";
import { eachOnFakeClock, type OnFakeClock } from "../../support/stack";
import { seen, webhook } from "../../support/world";

// A resource gets another name or another parent in the program. Nothing that the program still declares is deleted, in any order of
// Pulumi's operations and in any number of runs.

const condition = { function: { name: "preuserinfo" } };
const id = "function/preuserinfo";
let { zitadel, stack } = {} as OnFakeClock;

eachOnFakeClock((opened) => ({ zitadel, stack } = opened));

const hook = { ...webhook, name: "hook" };

/** What the person deployed at first: a target, an execution of it and a key for it. */
async function deployed() {
  const run = stack.deployment();
  const target = await run.up("target", "a", hook);
  const execution = { condition, targets: [target.id] };
  await run.up("execution", "ea", execution);
  const key = { targetId: target.id, publicKey: newKey() };
  await run.up("key", "ka", key);
  zitadel.clearRequests();
  return { target, execution, key };
}

const everything = () => ({
  targets: zitadel.targets(),
  executions: zitadel.executions(),
  keys: zitadel.targets().map((target) => zitadel.publicKeys(target.id)),
});

describe("renamed with adopt, without an alias", () => {
  test("in one run: the old entries leave the state, and the objects stay", async () => {
    const { target, execution, key } = await deployed();
    const before = everything();
    const run = stack.deployment();
    await run.up("target", "b", { ...hook, adopt: true });
    await run.up("execution", "eb", { ...execution, adopt: true });
    await run.up("key", "kb", { ...key, adopt: true });
    await run.finish();
    expect(run.steps).toEqual(["create b", "create eb", "create kb", "delete ka", "delete ea", "delete a"]);
    expect(everything()).toEqual(before);
    expect([...stack.entries.keys()]).toEqual(["target::b", "execution::eb", "key::kb"]);
    expect(stack.told).toContain(
      `ZitadelTarget ${target.id} stays on ${zitadel.url}: it belongs to ZitadelTarget "b" of the program now.`,
    );
  });

  test("finished in a later run, after a failure elsewhere or `up --target`: the objects stay", async () => {
    const { target, execution, key } = await deployed();
    const before = everything();
    const first = stack.deployment();
    await first.up("target", "b", { ...hook, adopt: true });
    await first.up("execution", "eb", { ...execution, adopt: true });
    await first.up("key", "kb", { ...key, adopt: true });

    const later = stack.deployment();
    for (const [kind, name, news] of [
      ["target", "b", { ...hook, adopt: true }],
      ["execution", "eb", { ...execution, adopt: true }],
      ["key", "kb", { ...key, adopt: true }],
    ] as const)
      await later.up(kind, name, news);
    await later.finish();
    expect(later.steps).toEqual(["delete ka", "delete ea", "delete a"]);
    expect(everything()).toEqual(before);
    expect(stack.told).toContain(
      `ZitadelTarget ${target.id} stays on ${zitadel.url}: it belongs to ZitadelTarget "b" of the program now.`,
    );
    expect(stack.told).toContain(
      `ZitadelExecution ${id} stays on ${zitadel.url}: it belongs to ZitadelExecution "eb" of the program now.`,
    );
    expect([...stack.entries.keys()]).toEqual(["target::b", "execution::eb", "key::kb"]);
  });

  test("and `adopt` removed before the later run: the objects stay too", async () => {
    const { execution, key } = await deployed();
    const before = everything();
    const first = stack.deployment();
    await first.up("target", "b", { ...hook, adopt: true });
    await first.up("execution", "eb", { ...execution, adopt: true });
    await first.up("key", "kb", { ...key, adopt: true });
    const later = stack.deployment();
    await later.up("target", "b", hook);
    await later.up("execution", "eb", execution);
    await later.up("key", "kb", key);
    await later.finish();
    expect(everything()).toEqual(before);
  });

  test("where the new resource also changes the object: it is updated, and stays", async () => {
    const { target, execution } = await deployed();
    const first = stack.deployment();
    await first.up("target", "b", { ...hook, adopt: true });
    const later = stack.deployment();
    await later.up("target", "b", { ...hook, timeout: "20s", adopt: true });
    await later.up("execution", "ea", execution);
    await later.finish();
    expect(zitadel.targets()).toMatchObject([{ id: target.id, timeout: "20s" }]);
  });

  test("the old resource is deleted before the new one has taken over: the deletion is rejected, and the next run goes on", async () => {
    const { target, execution, key } = await deployed();
    const before = everything();
    const run = stack.deployment();
    // The creates come later, or were left out (`--target`): the engine has only checked the new resources.
    await run.preview("target", "b", { ...hook, adopt: true });
    await run.preview("execution", "eb", { ...execution, adopt: true });
    await run.preview("key", "kb", { ...key, adopt: true });
    for (const [name, object] of [
      ["a", `ZitadelTarget ${target.id}`],
      ["ea", `ZitadelExecution ${id}`],
      ["ka", `ZitadelTargetPublicKey ${stack.entry("ka").id}`],
    ] as const)
      await expect(run.delete(name)).rejects.toMatchObject({
        code: "not_applied",
        message: expect.stringMatching(
          `^Deleting ${object} on ${zitadel.url} failed: Zitadel\\w+ "\\w+" of the program will take it over \\(adopt: true\\), but has not done so yet\\. Run \`pulumi up\` again\\. If the error stays, .*remove deleteBeforeReplace`,
        ) as string,
      });
    expect(seen(zitadel)).toEqual({});
    expect([...stack.entries.keys()]).toEqual(["target::a", "execution::ea", "key::ka"]);

    const next = stack.deployment();
    await next.up("target", "b", { ...hook, adopt: true });
    await next.up("execution", "eb", { ...execution, adopt: true });
    await next.up("key", "kb", { ...key, adopt: true });
    await next.finish();
    expect(everything()).toEqual(before);
    expect([...stack.entries.keys()]).toEqual(["target::b", "execution::eb", "key::kb"]);
  });

  test("a key whose taking over ends half done stays with the new resource", async () => {
    const { execution, key } = await deployed();
    zitadel.deactivatePublicKey(key.targetId, String(stack.entry("ka").outputs["keyId"]));
    const refusal = { code: 9, message: "refused", details: [{ id: "X-1" }] };
    const fault: Fault = { kind: "answer", status: 400, body: refusal };
    zitadel.faults.add({ match: { operation: "activateKey" }, times: Infinity, fault });
    const run = stack.deployment();
    await run.up("target", "a", hook);
    await run.up("execution", "ea", execution);
    await expect(run.up("key", "kb", { ...key, adopt: true })).rejects.toMatchObject({ errorId: "X-1" });
    await expect(run.delete("ka")).rejects.toThrow("has not done so yet");
    zitadel.faults.clear();
    const later = stack.deployment();
    await later.up("target", "a", hook);
    await later.up("execution", "ea", execution);
    await later.up("key", "kb", { ...key, adopt: true });
    await later.finish();
    expect(later.steps).toEqual(["update kb", "delete ka"]);
    expect(zitadel.publicKeys(key.targetId)).toMatchObject([{ active: true }]);
  });

  test("what could not be taken over is deleted with its old resource, and nothing else", async () => {
    await deployed();
    const run = stack.deployment();
    const other = await run.up("target", "b", { ...hook, name: "other", adopt: true });
    await run.finish();
    expect(zitadel.targets()).toMatchObject([{ id: other.id }]);
    expect(zitadel.executions()).toEqual([]);
  });
});

describe("moved into a component", () => {
  const where = { parent: "my:Component" };

  test("with adopt, finished in a later run: the objects stay", async () => {
    const { execution, key } = await deployed();
    const before = everything();
    const first = stack.deployment();
    await first.up("target", "a", { ...hook, adopt: true }, where);
    await first.up("execution", "ea", { ...execution, adopt: true }, where);
    await first.up("key", "ka", { ...key, adopt: true }, where);
    const later = stack.deployment();
    await later.up("target", "a", { ...hook, adopt: true }, where);
    await later.up("execution", "ea", { ...execution, adopt: true }, where);
    await later.up("key", "ka", { ...key, adopt: true }, where);
    await later.finish();
    expect(everything()).toEqual(before);
    expect([...stack.entries.keys()]).toEqual([
      "my:Component$target::a",
      "my:Component$execution::ea",
      "my:Component$key::ka",
    ]);
    expect(stack.told.join("\n")).toContain('it belongs to ZitadelTarget "a" in my:Component of the program now');
  });
});

test("with an alias nothing is sent, and nothing is deleted", async () => {
  const { execution, key } = await deployed();
  const before = everything();
  const run = stack.deployment();
  await run.up("target", "b", hook, { alias: "a" });
  await run.up("execution", "eb", execution, { alias: "ea" });
  await run.up("key", "kb", key, { alias: "ka" });
  await run.finish();
  // An update of the state alone: it gets the new name, by which a later deletion knows the resource.
  expect([run.steps, seen(zitadel)]).toEqual([["update b", "update eb", "update kb"], {}]);
  expect(everything()).toEqual(before);
  const again = stack.deployment();
  await again.up("target", "b", hook);
  await again.up("execution", "eb", execution);
  await again.up("key", "kb", key);
  expect([again.steps, seen(zitadel)]).toEqual([[], {}]);
});

describe("a name that another resource has now", () => {
  test("does not make a deletion its own: what was renamed with an alias, renamed by somebody, and is to be adopted", async () => {
    const { target, execution } = await deployed();
    const renamed = stack.deployment();
    await renamed.up("target", "b", hook, { alias: "a" });
    await renamed.up("execution", "ea", execution);
    zitadel.change(target.id, { name: "hook2" });
    const back = stack.deployment();
    const { id } = await back.up("target", "a", { ...hook, adopt: true });
    await back.up("execution", "ea", { condition, targets: [id] });
    await expect(back.delete("b")).rejects.toThrow("was to take it over by its name (adopt: true), but found none");
    expect(zitadel.targets().map((one) => one.id)).toContain(target.id);
  });

  test.each(["pulumi state rename", "an alias"])("does not excuse a deletion after a failure: %s", async (way) => {
    const { id } = await stack.deployment().up("target", "a", hook);
    if (way === "an alias") await stack.deployment().up("target", "b", hook, { alias: "a" });
    else {
      const entry = stack.entry("a");
      stack.entries.delete(entry.urn);
      stack.entries.set("target::b", { ...entry, urn: "target::b" });
    }
    const run = stack.deployment();
    zitadel.faults.add({
      match: { operation: "create" },
      fault: { kind: "answer", status: 400, body: { code: 3, message: "no" } },
    });
    await expect(run.up("target", "a", { ...webhook, name: "other" })).rejects.toThrow();
    await expect(run.delete("b")).rejects.toThrow("failed before");
    expect(zitadel.targets()).toMatchObject([{ id }]);
  });
});

test("without adopt the error recommends an alias first", async () => {
  const { execution } = await deployed();
  const run = stack.deployment();
  const advice = /If you renamed or moved .*aliases: \["<old URN>"\] \} .*\. If .* set adopt: true/;
  await expect(run.up("target", "b", hook)).rejects.toMatchObject({
    code: "name_taken",
    message: expect.stringMatching(advice) as string,
  });
  await expect(run.up("execution", "eb", execution)).rejects.toMatchObject({
    code: "condition_taken",
    message: expect.stringMatching(advice) as string,
  });
});

test("destroy deletes everything, also right after a rename that was left unfinished", async () => {
  const { execution, key } = await deployed();
  const run = stack.deployment();
  await run.up("target", "b", { ...hook, adopt: true });
  await run.up("execution", "eb", { ...execution, adopt: true });
  await run.up("key", "kb", { ...key, adopt: true });
  await stack.deployment().finish();
  expect(everything()).toEqual({ targets: [], executions: [], keys: [] });
  expect(stack.entries.size).toBe(0);
});

test.each([["target"], ["execution"], ["key"]] as const)(
  "a %s of which the state has two entries is changed by neither, and the error says which to remove",
  async (kind) => {
    const { execution, key } = await deployed();
    const news = { target: hook, execution, key }[kind];
    const old = stack.entry({ target: "a", execution: "ea", key: "ka" }[kind]);
    stack.entries.set(`${kind}::b`, { ...old, urn: `${kind}::b` });
    const run = stack.deployment();
    const name = old.urn.split("::")[1] ?? "";
    await run.up(kind, name, news);
    // Active keys and conditions are found to be there twice already when they are checked, names too.
    await expect(run.up(kind, "b", news)).rejects.toThrow(`"${name}"`);
    expect(seen(zitadel)).toEqual({});
  },
);

describe("a replacement that somebody forces (`pulumi up --replace`), with adopt left in the program", () => {
  test("of a target: it stays, with its key, as the log says", async () => {
    const first = await stack.deployment().up("target", "a", { ...hook, adopt: true });
    const run = stack.deployment();
    const { id: next } = await run.up("target", "a", { ...hook, adopt: true }, { replace: true });
    await run.finish();
    expect(next).toBe(first.id);
    expect(zitadel.targets()).toMatchObject([{ id: next, name: "hook", signingKey: first.outputs["signingKey"] }]);
    expect(stack.told).toContainEqual(expect.stringContaining("with its signing key: it was as declared"));
  });

  test("of an execution: it stays", async () => {
    const { target, execution } = await deployed();
    const run = stack.deployment();
    await run.up("execution", "ea", { ...execution, adopt: true }, { replace: true });
    await run.deleteReplaced();
    expect(run.steps).toEqual(["create ea", "delete ea"]);
    expect(zitadel.executions()).toMatchObject([{ targets: [target.id] }]);
  });

  test("of a key: the key stays, whatever is recorded of it", async () => {
    const { execution, key } = await deployed();
    const run = stack.deployment();
    await run.up("target", "a", hook);
    await run.up("execution", "ea", execution);
    const made = await run.up("key", "ka", { ...key, adopt: true }, { replace: true });
    await run.finish();
    expect(zitadel.publicKeys(key.targetId).map(({ keyId }) => `${key.targetId}/${keyId}`)).toEqual([made.id]);
    expect(zitadel.publicKeys(key.targetId)).toMatchObject([{ active: true }]);
  });
});

describe("two entries of one object, which an interrupted rename can leave", () => {
  const deployedTwice = async () => {
    const { target, execution } = await deployed();
    await stack.deployment().up("execution", "eb", { ...execution, adopt: true });
    return { target, execution };
  };

  test("give a warning at preview where the old resource is declared with another object", async () => {
    const { execution } = await deployedTwice();
    const run = stack.deployment();
    await run.preview("execution", "ea", { ...execution, condition: { event: { all: true } } });
    await run.preview("execution", "eb", { ...execution, adopt: true });
    expect(stack.told).toContainEqual(
      expect.stringMatching(
        /^warning: ZitadelExecution "ea" and ZitadelExecution "eb" of the program have the same object .*deleteBeforeReplace/,
      ),
    );
    await run.up("target", "a", hook);
    await run.up("key", "ka", stack.entry("ka").inputs);
    await run.up("execution", "ea", { ...execution, condition: { event: { all: true } } });
    await run.up("execution", "eb", { ...execution, adopt: true });
    await run.finish();
    expect(zitadel.executions()).toHaveLength(2);
  });

  test("fail at preview where both are declared", async () => {
    const { execution } = await deployedTwice();
    const run = stack.deployment();
    await run.preview("execution", "ea", execution);
    const { failures } = await run.preview("execution", "eb", { ...execution, adopt: true });
    expect(failures).toMatchObject([{ reason: expect.stringContaining('of ZitadelExecution "ea"') as string }]);
  });
});

describe("a rename with adopt that changed the object and was undone in a later run", () => {
  test("of an execution: it calls what the program says, and nothing is deleted with what it called meanwhile", async () => {
    const { execution } = await deployed();
    const half = stack.deployment();
    const other = await half.up("target", "b", { ...hook, name: "other" });
    await half.up("execution", "eb", { condition, targets: [other.id], adopt: true });

    const back = stack.deployment();
    await back.up("target", "a", hook);
    await back.up("execution", "ea", execution);
    await back.up("key", "ka", stack.entry("ka").inputs);
    await back.finish();
    expect(back.steps).toEqual(["delete eb", "delete b"]);
    expect(zitadel.executions()).toMatchObject([{ targets: execution.targets }]);
    expect(stack.told).toContain(
      `ZitadelExecution ${id} was not as ZitadelExecution "ea" of the program declares it: it was changed back.`,
    );
  });

  test("of a target: it is what the program says", async () => {
    await deployed();
    const [deployedTarget] = zitadel.targets();
    const half = stack.deployment();
    const { timeout } = hook;
    const changed = { name: "hook", endpoint: "https://example.com/new", timeout, restAsync: {}, adopt: true };
    await half.up("target", "b", changed);
    expect(zitadel.targets()).toMatchObject([{ endpoint: changed.endpoint }]);

    const back = stack.deployment();
    await back.up("target", "a", hook);
    await back.up("execution", "ea", stack.entry("ea").inputs);
    await back.up("key", "ka", stack.entry("ka").inputs);
    await back.finish();
    const { changeDate: _, ...before } = deployedTarget ?? {};
    expect(zitadel.targets()).toMatchObject([before]);
    expect([...stack.entries.keys()]).toEqual(["target::a", "execution::ea", "key::ka"]);
  });

  test("and whose signing key was rotated meanwhile: the run fails and says to refresh first", async () => {
    const { target } = await deployed();
    const triggers = { ...hook, adopt: true, rotationTriggers: [1] };
    await stack.deployment().up("target", "b", triggers);
    await stack.deployment().up("target", "b", { ...triggers, rotationTriggers: [2] });
    const back = stack.deployment();
    await back.up("target", "a", hook);
    await back.up("execution", "ea", stack.entry("ea").inputs);
    await back.up("key", "ka", stack.entry("ka").inputs);
    await expect(back.finish()).rejects.toThrow(
      `it belongs to ZitadelTarget "a" of the program, and has another signing key than the state of that. Run \`pulumi refresh\`, which takes up what ZITADEL has, then \`pulumi up\`.`,
    );
    expect(zitadel.targets()).toMatchObject([{ id: target.id }]);
  });
});

describe("after a failure, if Pulumi goes on (--continue-on-error)", () => {
  const refused = { ...webhook, name: "refused" };
  const failing = () =>
    zitadel.faults.add({ match: { operation: "create" }, fault: { kind: "answer", status: 400, body: {} } });

  test("nothing is deleted that the program no longer declares: Pulumi left out what is to take it over", async () => {
    await deployed();
    const before = everything();
    failing();
    const run = stack.deployment();
    await expect(run.up("target", "q", refused)).rejects.toThrow("400");
    for (const name of ["ka", "ea", "a"])
      await expect(run.delete(name)).rejects.toMatchObject({
        code: "not_applied",
        message: expect.stringContaining('ZitadelTarget "q" failed before, so Pulumi left out') as string,
      });
    expect(everything()).toEqual(before);
    await stack.deployment().finish();
    expect(everything()).toEqual({ targets: [], executions: [], keys: [] });
  });

  test("an error hook that repeats it with success ends that", async () => {
    await deployed();
    failing();
    const run = stack.deployment();
    await expect(run.up("target", "q", refused)).rejects.toThrow("400");
    await run.up("target", "q", refused);
    await run.finish();
    expect(zitadel.targets()).toMatchObject([{ name: "refused" }]);
  });

  test("what was replaced is deleted", async () => {
    const rotating = { ...webhook, rotationStrategy: "replace", rotationTriggers: [1] };
    const { id: old } = await stack.deployment().up("target", "t", rotating);
    failing();
    const run = stack.deployment();
    await expect(run.up("target", "q", refused)).rejects.toThrow("400");
    const { id: next } = await run.up("target", "t", { ...rotating, rotationTriggers: [2] });
    await run.finish();
    expect(next).not.toBe(old);
    expect(zitadel.targets()).toMatchObject([{ id: next }]);
  });
});

test("an execution whose condition is changed and changed back, after a failure: the error says how to get its own back", async () => {
  const { target } = await deployed();
  const run = stack.deployment();
  await run.up("target", "a", hook);
  await run.up("execution", "ea", { condition: { event: { all: true } }, targets: [target.id] });
  // A failure of another resource ends the run here: the old execution is still to be deleted.
  const back = stack.deployment();
  await back.up("target", "a", hook);
  await expect(back.up("execution", "ea", { condition, targets: [target.id] })).rejects.toMatchObject({
    code: "condition_taken",
    message: expect.stringContaining(
      "If it is from before a change that ran in part, and Pulumi has not deleted it yet, set adopt: true",
    ) as string,
  });
  const adopting = stack.deployment();
  await adopting.up("target", "a", hook);
  await adopting.up("execution", "ea", { condition, targets: [target.id], adopt: true });
  await adopting.deleteReplaced();
  expect(zitadel.executions()).toMatchObject([{ id, targets: [target.id] }]);
});
