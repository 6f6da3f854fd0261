import type { Fault, Operation } from "../../../local/zitadel";
import { executionLifecycle } from "../../../provider/execution/lifecycle";
import { publicKeyLifecycle } from "../../../provider/public-key/lifecycle";
import { newKey } from "../../support/pairs";
import { fakeClock, type FakeClock } from "../../support/provider";
import { eachInItsOwnWorld, openWorld, type Process, seen, webhook, type World } from "../../support/world";

// What ZITADEL lists can differ from what exists, its answers can differ from what it did, and its clock can differ from ours.

const condition = { function: { name: "preuserinfo" } };
const executionId = "function/preuserinfo";
const hook = { ...webhook, name: "hook" };
let clock: FakeClock;
let world: World;
let process: Process;

eachInItsOwnWorld(
  (opened) => {
    world = opened;
    process = opened.process();
  },
  () => ({ clock: (clock = fakeClock()) }),
);

const operations = () => world.zitadel.requests.map(({ operation }) => operation);

describe("what was deleted and is still listed is not taken over", () => {
  test("a target that is just as declared: it is created", async () => {
    const { id } = world.zitadel.add({ ...hook, payloadType: "PAYLOAD_TYPE_JSON" });
    world.zitadel.readModel.loseNext("delete");
    world.zitadel.remove(id);
    const made = await process.create({ ...hook, adopt: true });
    expect(made.id).not.toBe(id);
    expect(world.zitadel.targets()).toMatchObject([{ id: made.id, signingKey: made.state["signingKey"] }]);
    expect(world.told).toEqual([]);
  });

  test("an execution that was removed: it is set", async () => {
    const { id } = world.zitadel.add(hook);
    world.zitadel.setExecution(condition, [id]);
    world.zitadel.readModel.loseNext("setExecution");
    world.zitadel.setExecution(condition, []);
    clock.advance(60_000);
    await process.of(executionLifecycle).create({ condition, targets: [id], adopt: true });
    expect(world.zitadel.executions()).toMatchObject([{ targets: [id] }]);
  });

  test.each([true, false])("a key (active: %s): it is added", async (active) => {
    const { id } = world.zitadel.add(hook);
    const publicKey = newKey();
    const { keyId } = world.zitadel.addPublicKey(id, { publicKey: Buffer.from(publicKey).toString("base64") });
    world.zitadel.readModel.loseNext("deleteKey");
    world.zitadel.removePublicKey(id, keyId);
    const { state } = await process.of(publicKeyLifecycle).create({ targetId: id, publicKey, active, adopt: true });
    expect(state["keyId"]).not.toBe(keyId);
    expect(world.zitadel.publicKeys(id)).toMatchObject([{ keyId: state["keyId"], active }]);
  });
});

describe("the list that finds what to adopt may be 30 s old", () => {
  /** Has the process list the targets. */
  const listed = () => process.create({ ...webhook, name: "first", adopt: true });

  test("a target that got another name since is not taken over", async () => {
    const { id } = world.zitadel.add({ ...hook, payloadType: "PAYLOAD_TYPE_JSON" });
    await listed();
    world.zitadel.change(id, { name: "renamed" });
    const made = await process.create({ ...hook, adopt: true });
    expect(made.id).not.toBe(id);
    expect(world.zitadel.targets()).toMatchObject([{ name: "renamed" }, { name: "first" }, { name: "hook" }]);
  });

  test("a target that this process gave another name since belongs to its resource alone", async () => {
    const old = await process.create(hook);
    await listed();
    await process.update(old.id, old.state, { ...hook, name: "renamed" });
    const made = await process.create({ ...hook, adopt: true });
    expect(made.id).not.toBe(old.id);
    expect(world.zitadel.targets()).toMatchObject([{ name: "renamed" }, { name: "first" }, { name: "hook" }]);
  });

  test("a key that was rotated since is the one that goes into the state", async () => {
    const { id } = world.zitadel.add({ ...hook, payloadType: "PAYLOAD_TYPE_JSON" });
    await listed();
    const { signingKey } = world.zitadel.change(id, { expirationSigningKey: "0s" });
    expect(await process.create({ ...hook, adopt: true })).toMatchObject({ id, state: { signingKey } });
  });

  test("a key that was rotated since and that ZITADEL shows late is waited for", async () => {
    const { id } = world.zitadel.add({ ...hook, payloadType: "PAYLOAD_TYPE_JSON" });
    await listed();
    world.zitadel.readModel.lag(10_000);
    const { signingKey } = world.zitadel.change(id, { expirationSigningKey: "0s" });
    expect(await process.create({ ...hook, adopt: true })).toMatchObject({ id, state: { signingKey } });
  });

  test("a key that was rotated since and that ZITADEL never shows: nothing is taken over, and the error says why", async () => {
    const { id } = world.zitadel.add({ ...hook, payloadType: "PAYLOAD_TYPE_JSON" });
    await listed();
    world.zitadel.readModel.loseNext("update");
    world.zitadel.change(id, { expirationSigningKey: "0s" });
    await expect(process.create({ ...hook, adopt: true })).rejects.toMatchObject({
      code: "not_applied",
      message: expect.stringContaining("ZITADEL does not show its current state (above all the signing key)") as string,
    });
  });

  test("fields that somebody changed since are brought to what is declared", async () => {
    const { id } = world.zitadel.add({ ...hook, payloadType: "PAYLOAD_TYPE_JSON" });
    await listed();
    world.zitadel.change(id, { timeout: "99s" });
    await process.create({ ...hook, adopt: true });
    expect(world.zitadel.targets()).toMatchObject([{ id, timeout: "10s" }, { name: "first" }]);
  });
});

/** An execution on ZITADEL's response: the call is carried out, and then its target fails. */
const interrupted = (status: 400 | 500): Fault => ({
  kind: "answer",
  status,
  work: true,
  body:
    status === 500
      ? { code: 2, message: 'Post "https://hook.example.com/?token=not-to-be-told-0123": dial tcp: lookup failed' }
      : { code: 9, message: "Execution failed (EXEC-dra6yamk98)", details: [{ id: "EXEC-dra6yamk98" }] },
});

describe.each([400, 500] as const)(
  "an interrupting execution on the response, answered %i after the work",
  (status) => {
    const always = (operation: Operation) =>
      world.zitadel.faults.add({ match: { operation }, times: Infinity, fault: interrupted(status) });

    test("a create is found, with its key", async () => {
      always("create");
      const { id, state } = await process.create(hook);
      expect(world.zitadel.targets()).toMatchObject([{ id, signingKey: state["signingKey"] }]);
      expect(world.zitadel.count()).toMatchObject({ create: 1 });
    });

    test("a create that cannot be found says that it may be there, how to find it and what stops the calls", async () => {
      always("create");
      world.zitadel.readModel.loseNext("create");
      const error = await process.create(hook).catch((reason: unknown) => reason as Error);
      expect(error).toMatchObject({ code: "interrupted", doubtful: true });
      expect((error as Error).message).toMatch(
        /Bring back the endpoint of the target that failed: an execution on ZITADEL's own API calls it\. ZITADEL may have created the target anyway: look for "hook" in ZITADEL, and delete it there or take it over with adopt: true and that name\.$/,
      );
      expect((error as Error).message).not.toContain("not-to-be-told");
    });

    test("a rotation is found, and done once", async () => {
      const { id, state } = await process.create({ ...hook, rotationTriggers: [1] });
      clock.advance(60_000);
      world.zitadel.clearRequests();
      always("update");
      const rotated = await process.update(id, state, { ...hook, rotationTriggers: [2] });
      expect(rotated["signingKey"]).not.toBe(state["signingKey"]);
      expect(world.zitadel.targets()).toMatchObject([{ signingKey: rotated["signingKey"] }]);
      expect(world.zitadel.requests.filter(({ body }) => "expirationSigningKey" in (body as object))).toHaveLength(1);
    });

    test("a list that was set is found", async () => {
      const { id } = world.zitadel.add(hook);
      always("setExecution");
      const executions = process.of(executionLifecycle);
      const { state } = await executions.create({ condition, targets: [id] });
      expect(world.zitadel.executions()).toMatchObject([{ targets: [id], changeDate: state["changeDate"] }]);
    });

    test("a list that was removed is found to be", async () => {
      const { id } = world.zitadel.add(hook);
      const executions = process.of(executionLifecycle);
      const { state } = await executions.create({ condition, targets: [id] });
      always("setExecution");
      await executions.delete(executionId, state);
      expect(world.zitadel.executions()).toEqual([]);
    });

    test("a key that was added is found, added once and activated", async () => {
      const { id } = world.zitadel.add(hook);
      always("addKey");
      always("activateKey");
      const { state } = await process.of(publicKeyLifecycle).create({ targetId: id, publicKey: newKey() });
      expect(world.zitadel.publicKeys(id)).toMatchObject([{ keyId: state["keyId"], active: true }]);
      expect(world.zitadel.count()).toMatchObject({ addKey: 1 });
    });

    test("a delete of a target is found to be done", async () => {
      const { id, state } = await process.create(hook);
      world.zitadel.faults.add({ match: { operation: "delete" }, fault: interrupted(status) });
      await process.delete(id, state);
      expect(world.zitadel.targets()).toEqual([]);
    });

    test("a field that was changed is written by the next try at the latest, and nothing is lost", async () => {
      const { id, state } = await process.create(hook);
      clock.advance(60_000);
      world.zitadel.faults.add({ match: { operation: "update" }, fault: interrupted(status) });
      const news = { ...hook, timeout: "20s" };
      await process.update(id, state, news).catch((error: unknown) => expect(error).toMatchObject({ doubtful: true }));
      await process.update(id, state, news);
      expect(world.zitadel.targets()).toMatchObject([{ id, timeout: "20s", signingKey: state["signingKey"] }]);
    });
  },
);

test("an execution on the request stops a call before its work: nothing is found, and the error is the answer's", async () => {
  const { work: _, ...before } = interrupted(400) as Fault & { kind: "answer" };
  for (const operation of ["create", "addKey", "setExecution"] as const)
    world.zitadel.faults.add({ match: { operation }, times: Infinity, fault: before });
  await expect(process.create(hook)).rejects.toMatchObject({ code: "interrupted" });
  const { id } = world.zitadel.add({ ...hook, name: "other" });
  await expect(process.of(executionLifecycle).create({ condition, targets: [id] })).rejects.toMatchObject({
    code: "interrupted",
  });
  await expect(process.of(publicKeyLifecycle).create({ targetId: id, publicKey: newKey() })).rejects.toMatchObject({
    message: expect.stringContaining("EXEC-dra6yamk98") as string,
  });
  expect(world.zitadel.targets()).toHaveLength(1);
  expect([world.zitadel.executions(), world.zitadel.publicKeys(id)]).toEqual([[], []]);
});

describe.each([
  ["ahead of ZITADEL's", -300_000],
  ["behind ZITADEL's", 300_000],
])("the machine's clock is 5 minutes %s", (_case, offset) => {
  let apart: World;

  beforeEach(async () => {
    apart = await openWorld({ clock, now: () => new Date(clock.now() + offset) });
  });
  afterEach(() => apart.stop());

  test("a refresh right after a rotation keeps the new key while the read model lags", async () => {
    const life = apart.process();
    const { id, state } = await life.create({ ...hook, rotationTriggers: [1] });
    clock.advance(60_000);
    apart.zitadel.readModel.lag(10_000);
    const rotated = await life.update(id, state, { ...hook, rotationTriggers: [2] });
    expect((await apart.process().read(id, rotated))?.state).toEqual(rotated);
  });

  test("a refresh right after a create or an update keeps an execution while the read model lags", async () => {
    const targets = [apart.zitadel.add(hook).id];
    apart.zitadel.readModel.lag(10_000);
    const life = apart.process().of(executionLifecycle);
    const { state } = await life.create({ condition, targets });
    expect((await apart.process().of(executionLifecycle).read(executionId, state))?.state).toEqual(state);
  });

  test("what was changed longer ago than the read model lags is not waited for", async () => {
    const life = apart.process();
    const { id, state } = await life.create(hook);
    clock.advance(60_000);
    expect((await apart.process().read(id, { ...state, changeDate: state["creationDate"] }))?.state).toEqual(state);
    expect(apart.slept()).toBe(0);
  });

  test("a create and a rotation that were not answered are found", async () => {
    const life = apart.process();
    apart.zitadel.faults.add({ match: { operation: "create" }, fault: { kind: "reset", work: true } });
    const { id, state } = await life.create({ ...hook, rotationTriggers: [1] });
    clock.advance(60_000);
    apart.zitadel.faults.add({ match: { operation: "update" }, fault: { kind: "reset", work: true } });
    const rotated = await life.update(id, state, { ...hook, rotationTriggers: [2] });
    expect(apart.zitadel.targets()).toMatchObject([{ id, signingKey: rotated["signingKey"] }]);
  });

  test("a target of the same name that was there before is not mistaken for a create of ours", async () => {
    const { id } = apart.zitadel.add({ ...hook, payloadType: "PAYLOAD_TYPE_JSON" });
    clock.advance(60_000);
    apart.zitadel.faults.add({ match: { operation: "create" }, fault: { kind: "reset" } });
    await expect(apart.process().create(hook)).rejects.toMatchObject({ code: "name_taken" });
    expect(apart.zitadel.targets()).toMatchObject([{ id }]);
  });
});

describe("what a write leaves out of date is listed anew", () => {
  /** Searches without a filter. */
  const listings = () =>
    world.zitadel.requests.filter(
      ({ operation, body }) => operation === "search" && (body as { filters?: unknown }).filters === undefined,
    ).length;

  beforeEach(async () => {
    const { id, state } = await process.create({ ...webhook, name: "before" });
    await process.read(id, state);
    world.zitadel.clearRequests();
  });

  test("after a create: the target is found in the list, and no other request is sent", async () => {
    const { id, state } = await process.create(hook);
    expect((await process.read(id, state))?.state).toEqual(state);
    expect([listings(), operations()]).toEqual([1, ["create", "search"]]);
  });

  test("after an update: the new values are found in the list, and no other request is sent", async () => {
    const { id, state } = await process.create(hook);
    await process.read(id, state);
    world.zitadel.clearRequests();
    const after = await process.update(id, state, { ...hook, timeout: "20s" });
    expect((await process.read(id, after))?.state).toEqual(after);
    expect([listings(), operations()]).toEqual([1, ["update", "search"]]);
  });

  test("after a delete: the target is gone", async () => {
    const { id, state } = await process.create(hook);
    await process.read(id, state);
    await process.delete(id, state);
    expect(await process.read(id, state)).toBeUndefined();
  });

  test("also where the write was never answered", async () => {
    const { id, state } = await process.create(hook);
    await process.read(id, state);
    const fault = { kind: "reset", work: true } as const;
    world.zitadel.faults.add({ match: { operation: "delete" }, times: Infinity, fault });
    await expect(process.delete(id, state)).rejects.toMatchObject({ code: "unanswered" });
    expect(await process.read(id, state)).toBeUndefined();
  });

  test("and without a write the list serves for 30 s", async () => {
    const { id, state } = await process.create(hook);
    for (let times = 0; times < 5; times++) await process.read(id, state);
    expect(listings()).toBe(1);
    clock.advance(30_001);
    await process.read(id, state);
    expect(listings()).toBe(2);
  });
});

describe("a date counts as written by us up to a second before the server's clock at its answer", () => {
  const date = "Wed, 01 Jul 2026 12:00:30 GMT";

  test.each([
    ["12:00:29.000", 0],
    ["12:00:29.999", 0],
    ["12:00:28.999", 1],
    ["12:00:20.000", 1],
  ])("%s: %d searches for what became of the update", async (time, searches) => {
    const { id, state } = await process.create(hook);
    clock.advance(30_000);
    world.zitadel.clearRequests();
    const body = { changeDate: `2026-07-01T${time}Z` };
    world.zitadel.faults.add({
      match: { operation: "update" },
      fault: { kind: "answer", status: 200, body, headers: { date }, work: true },
    });
    await process.update(id, state, { ...hook, timeout: "20s" });
    expect(seen(world.zitadel)).toEqual(searches === 0 ? { update: 1 } : { update: 1, search: searches });
  });
});
