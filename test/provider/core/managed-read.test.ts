import { startZitadel, type Zitadel } from "../../../local/zitadel";
import { newKey } from "../../support/pairs";
import { fakeClock } from "../../support/provider";
import { runOn, settingsOf, Stack, eachOnFakeClock, type OnFakeClock } from "../../support/stack";
import { seen, webhook } from "../../support/world";

// `get` must find an object, while a refresh can find that it is gone. With an empty id, `get` would not notice.

const condition = { function: { name: "preuserinfo" } };
const id = "function/preuserinfo";
const hook = { ...webhook, name: "hook" };
let zitadel: Zitadel;
let stack: Stack;

beforeEach(async () => {
  zitadel = await startZitadel();
  stack = new Stack(zitadel, { eu: settingsOf(zitadel) });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await zitadel.stop();
});

const cases = [
  ["target", "123", "ZitadelTarget 123"],
  ["execution", id, `ZitadelExecution ${id}`],
  ["key", "123/456", "ZitadelTargetPublicKey 123/456"],
] as const;

describe.each(cases)("get of a %s", (kind, given, object) => {
  test.each([{}, { instance: "eu" }])("that does not exist is an error that names it (%j)", async (properties) => {
    await expect(stack.deployment().get(kind, "x", given, properties)).rejects.toMatchObject({
      code: "not_found",
      message: `Reading ${object} on ${zitadel.url}${"instance" in properties ? ' (instance "eu")' : ""} failed: ZITADEL has no such object. Check the id, and that the object is on this instance. If it was deleted, remove the resource from the program.`,
    });
  });
});

test("get of something that was there in the last run and was deleted since is an error too", async () => {
  const target = zitadel.add(hook).id;
  zitadel.setExecution(condition, [target]);
  const { keyId } = zitadel.addPublicKey(target, { publicKey: Buffer.from(newKey()).toString("base64") });
  const ids = [
    ["target", target],
    ["execution", id],
    ["key", `${target}/${keyId}`],
  ] as const;
  for (const [kind, given] of ids) expect(await stack.deployment().get(kind, "x", given)).toBeDefined();
  zitadel.remove(target);
  for (const [kind, given] of ids)
    await expect(stack.deployment().get(kind, "x", given)).rejects.toMatchObject({ code: "not_found" });
});

test("a refresh that finds another signing key says so, and how it gets into the outputs", async () => {
  const run = stack.deployment();
  const target = (await run.up("target", "a", hook)).id;
  await run.refresh("a");
  expect(stack.told).toEqual([]);
  const { signingKey } = zitadel.change(target, { expirationSigningKey: "0s" });
  const read = await stack.deployment().refresh("a");
  expect(read?.outputs["signingKey"]).toBe(signingKey);
  expect(stack.told).toEqual([
    `Target "hook" (${target}) on ${zitadel.url} has another signing key: somebody rotated it. The state has the new key now; stack outputs have it after the next \`pulumi up\` or \`pulumi refresh --run-program\`.`,
  ]);
});

describe("a refresh writes nothing", () => {
  test.each([
    ["and shows another one as active", true],
    ["and that somebody deactivated", false],
  ])("of a key that the read model lost, %s", async (_case, hasOther) => {
    const clock = fakeClock();
    runOn(clock);
    const server = await startZitadel({ now: () => new Date(clock.now()) });
    try {
      const target = server.add(hook).id;
      const keys = new Stack(server);
      server.readModel.loseNext("addKey");
      await keys.deployment().up("key", "ka", { targetId: target, publicKey: newKey() });
      const [{ keyId } = { keyId: "" }] = server.publicKeys(target);
      clock.advance(60_000);
      if (hasOther) {
        const other = server.addPublicKey(target, { publicKey: Buffer.from(newKey()).toString("base64") });
        server.activatePublicKey(target, other.keyId);
      } else server.deactivatePublicKey(target, keyId);
      const active = () => server.publicKeys(target).map((key) => [key.keyId, key.active]);
      const before = active();
      clock.advance(60_000);
      server.clearRequests();
      await keys.deployment().refresh("ka");
      expect(active()).toEqual(before);
      expect(seen(server)).toEqual({ searchKeys: expect.any(Number) as number, search: 1 });
    } finally {
      await server.stop();
    }
  });
});

test("a viewer's credential cannot confirm that a target is gone: the error says that it is not listed, and drops nothing", async () => {
  await stack.deployment().up("target", "a", hook);
  zitadel.remove(stack.entry("a").id);
  const viewer = zitadel.addUser({ userName: "viewer", role: "IAM_OWNER_VIEWER" });
  stack.config["zitadel-actions:accessToken"] = viewer.accessToken;
  await expect(stack.deployment().refresh("a")).rejects.toMatchObject({
    code: "forbidden",
    message: expect.stringMatching(
      /ZITADEL no longer lists it, so it was probably deleted\. Only a credential that may write can confirm that: run `pulumi refresh` with one\. Nothing was removed from the state\.$/,
    ) as string,
  });
  expect(stack.entries.size).toBe(1);
});

describe("what the program reads or uses is not deleted", () => {
  const deployed = async () => {
    const run = stack.deployment();
    const { id: target } = await run.up("target", "a", hook);
    await run.up("execution", "ea", { condition, targets: [target] });
    const { id: key } = await run.up("key", "ka", { targetId: target, publicKey: newKey() });
    zitadel.clearRequests();
    return { target, execution: id, key };
  };

  test.each(["target", "execution", "key"] as const)("get of a %s whose resource left the program", async (kind) => {
    const ids = await deployed();
    const run = stack.deployment();
    await run.get(kind, "x", ids[kind]);
    const name = { target: "a", execution: "ea", key: "ka" }[kind];
    await expect(run.delete(name)).rejects.toMatchObject({
      code: "not_applied",
      message: expect.stringMatching(
        / failed: Zitadel\w+ "x" \(get\) of the program still uses it\. To keep it .*run `pulumi state delete <its URN>`.*\. To delete it, remove the use first: .* remove any get of it\./,
      ) as string,
    });
    expect(zitadel.count()).toMatchObject({ delete: 0, setExecution: 0, deactivateKey: 0, deleteKey: 0 });
  });

  test("a target that a declared execution calls, whose resource left the program", async () => {
    const { target } = await deployed();
    const run = stack.deployment();
    await run.up("execution", "ea", { condition, targets: [target] });
    await expect(run.delete("a")).rejects.toMatchObject({
      code: "not_applied",
      message: expect.stringContaining('ZitadelExecution "ea" of the program still uses it') as string,
    });
    expect(zitadel.executions()).toMatchObject([{ targets: [target] }]);
  });

  test("a target that a new execution calls, and one that has a declared key", async () => {
    const { target } = await deployed();
    const run = stack.deployment();
    await run.up("execution", "eb", { condition: { event: { all: true } }, targets: [target] });
    await expect(run.delete("a")).rejects.toMatchObject({ code: "not_applied" });
    const other = stack.deployment();
    await other.up("key", "ka", stack.entry("ka").inputs);
    await expect(other.delete("a")).rejects.toMatchObject({ code: "not_applied" });
    expect(zitadel.targets()).toHaveLength(1);
  });

  test("an old target whose execution could not be changed yet", async () => {
    const { target } = await deployed();
    const run = stack.deployment();
    const { id: next } = await run.up("target", "b", { ...hook, name: "next" });
    const nowhere = "400661751630138406";
    await expect(run.up("execution", "ea", { condition, targets: [next, nowhere] })).rejects.toThrow(nowhere);
    await expect(run.delete("a")).rejects.toMatchObject({ code: "not_applied" });
    expect(zitadel.executions()).toMatchObject([{ targets: [target] }]);
    const later = stack.deployment();
    await later.up("target", "b", { ...hook, name: "next" });
    await later.up("execution", "ea", { condition, targets: [next] });
    await later.up("key", "kb", { targetId: next, publicKey: newKey() });
    await later.finish();
    expect(zitadel.targets()).toMatchObject([{ id: next }]);
  });

  test("a get that fails keeps nothing", async () => {
    const { target } = await deployed();
    const run = stack.deployment();
    await expect(run.get("target", "x", "123")).rejects.toThrow("no such object");
    await expect(run.delete("ka")).rejects.toThrow('ZitadelTarget "x" failed before');
    const later = stack.deployment();
    for (const name of ["ka", "ea", "a"]) await later.delete(name);
    expect(zitadel.targets().some(({ id: one }) => one === target)).toBe(false);
  });

  test("what nothing uses any longer is deleted with what used it", async () => {
    await deployed();
    const run = stack.deployment();
    const { id: next } = await run.up("target", "b", { ...hook, name: "next" });
    await run.up("execution", "ea", { condition: { event: { all: true } }, targets: [next] });
    await run.up("key", "ka", { targetId: next, publicKey: newKey() });
    await run.finish();
    expect(zitadel.targets()).toMatchObject([{ id: next }]);
    expect(zitadel.executions()).toMatchObject([{ id: "event", targets: [next] }]);
  });
});

describe("on a clock whose pauses take no time", () => {
  let opened: OnFakeClock;
  eachOnFakeClock((fresh) => (opened = fresh));

  test("a refresh drops what is gone", async () => {
    const { stack: gone, zitadel: server } = opened;
    const run = gone.deployment();
    const target = (await run.up("target", "a", hook)).id;
    await run.up("execution", "ea", { condition, targets: [target] });
    await run.up("key", "ka", { targetId: target, publicKey: newKey() });
    server.remove(target);
    const later = gone.deployment();
    for (const name of ["ka", "ea", "a"]) expect(await later.refresh(name)).toBeUndefined();
    expect(gone.entries.size).toBe(0);
  });
});
