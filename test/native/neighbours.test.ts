import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import { join } from "node:path";
import { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import { startZitadel, type Zitadel } from "../../local/zitadel";
import { Ledger } from "../../provider/core/ledger";
import { Neighbours } from "../../provider/core/neighbours";
import { root } from "../support/documents";
import { type Native, opened, settingsOf, startNative, urnOf } from "../support/native";
import { newKey } from "../support/pairs";

// Two provider processes of one run: that of the default provider, and that of a provider resource for the same server.

const hook = { name: "hook", endpoint: "https://example.com/hook", timeout: "10s", restWebhook: {} };
const condition = { event: { group: "user.human" } };
let zitadel: Zitadel;
let first: Native;
let second: Native;
let olds: Awaited<ReturnType<typeof stack>>;

const attach = (native: Native, engine: string) =>
  new Promise<void>((resolve, reject) => {
    native.client.attach(new PluginAttach().setAddress(engine), (error) =>
      error === null ? resolve() : reject(error),
    );
  });

beforeEach(async () => {
  zitadel = await startZitadel();
  const earlier = await startNative(settingsOf(zitadel));
  olds = await stack(earlier, "1");
  earlier.stop();
  [first, second] = await Promise.all([startNative(settingsOf(zitadel)), startNative(settingsOf(zitadel))]);
  await attach(second, first.engine);
});
afterEach(async () => {
  first.stop();
  second.stop();
  await zitadel.stop();
});

async function up(native: Native, urn: string, news: Record<string, unknown>) {
  const { inputs, failures } = await native.check(urn, news);
  expect(failures).toEqual([]);
  const { id, state } = await native.create(urn, inputs);
  return { urn, id, inputs, state: opened(state) };
}

async function stack(native: Native, suffix: string, adopt?: true) {
  const target = await up(native, urnOf("Target", `a${suffix}`), { ...hook, adopt });
  const key = { targetId: target.id, publicKey: key1, active: true, adopt };
  return [
    target,
    await up(native, urnOf("TargetPublicKey", `k${suffix}`), key),
    await up(native, urnOf("Execution", `e${suffix}`), { condition, targets: [target.id], adopt }),
  ];
}
const key1 = newKey();

test("what a resource of one takes over, the other does not delete for the resource that had it", async () => {
  const [target] = await stack(second, "2", true);
  for (const { urn, id, state } of olds.toReversed()) await first.delete(urn, id, state);
  expect(zitadel.targets()).toMatchObject([{ id: target?.id }]);
  expect(zitadel.executions()).toMatchObject([{ targets: [target?.id] }]);
  expect(zitadel.publicKeys(target?.id ?? "")).toMatchObject([{ active: true }]);
  expect(first.logged.map(({ message }) => message)).toContainEqual(
    `Target ${target?.id} stays on ${zitadel.url}: it belongs to Target "a2" of the program now, which has another provider.`,
  );
});

test("also in a later run, in which both only declare or delete it", async () => {
  const news = await stack(second, "2", true);
  second.stop();
  second = await startNative(settingsOf(zitadel));
  await attach(first, second.engine);
  for (const { urn, id, state, inputs } of news) {
    const checked = await second.check(urn, inputs, inputs);
    await second.diff(urn, id, state, checked.inputs);
  }
  for (const { urn, id, state } of olds.toReversed()) await first.delete(urn, id, state);
  expect(zitadel.targets()).toHaveLength(1);
  expect(zitadel.executions()).toHaveLength(1);
});

test("what no resource of the other has is deleted", async () => {
  await up(second, urnOf("Target", "b"), { ...hook, name: "b" });
  for (const { urn, id, state } of olds.toReversed()) await first.delete(urn, id, state);
  expect(zitadel.targets()).toMatchObject([{ name: "b" }]);
  expect(zitadel.executions()).toEqual([]);
});

test.each([
  ["the dates in the state tell", (state: Record<string, unknown>) => state],
  ["ZITADEL tells", (state: Record<string, unknown>) => ({ ...state, creationDate: undefined, changeDate: undefined })],
])(
  "at another address of the same server: a delete fails, and names the resource that has the object: %s",
  async (_, known) => {
    const elsewhere = await startNative({
      ...settingsOf(zitadel),
      domain: zitadel.domain === "localhost" ? "127.0.0.1" : "localhost",
      externalDomain: zitadel.url,
    });
    await attach(elsewhere, first.engine);
    await stack(elsewhere, "2", true);
    for (const { urn, id, state } of olds.toReversed())
      await expect(first.delete(urn, id, known(state))).rejects.toMatchObject({
        message: expect.stringContaining('2" of the program has it at another address') as string,
      });
    expect(zitadel.targets()).toHaveLength(1);
    expect(zitadel.executions()).toHaveLength(1);
    elsewhere.stop();
  },
);

test("no resource gets what a declared one of the other has", async () => {
  for (const { urn, id, state, inputs } of olds) {
    const checked = await first.check(urn, inputs, inputs);
    await first.diff(urn, id, state, checked.inputs);
  }
  const [target] = olds;
  if (target === undefined) throw new Error("a target was created");
  const { urn, id, state } = { ...target, urn: urnOf("Target", "a3") };
  const { inputs } = await second.check(urn, hook, hook);
  await expect(second.diff(urn, id, state, inputs)).rejects.toMatchObject({
    message: expect.stringContaining(
      'Target "a1" of the program has the same object, and Target "a3" would change it',
    ) as string,
  });
  expect(zitadel.targets()).toHaveLength(1);
});

test("what the other takes over while a deletion waits is not deleted", async () => {
  first.stack = ""; // `pulumi destroy` does not wait until nothing needs an object, so the test does not either
  const other = { server: "", resource: 'Target "a2"', stage: "taking" as const, dates: [] };
  const owner = jest.spyOn(Ledger.prototype, "neighbour");
  try {
    for (const { urn, id, state } of olds.toReversed()) {
      owner.mockReset().mockReturnValueOnce(undefined).mockReturnValue(other);
      await expect(first.delete(urn, id, state)).rejects.toMatchObject({
        message: expect.stringContaining('Target "a2" of the program took it over meanwhile') as string,
      });
    }
  } finally {
    owner.mockRestore();
  }
  const [target] = zitadel.targets();
  expect(zitadel.publicKeys(target?.id ?? "")).toMatchObject([{ active: true }]);
  expect(zitadel.executions()).toMatchObject([{ targets: [target?.id] }]);
});

test("a take-over that is refused has written nothing", async () => {
  for (const { urn, id, state, inputs } of olds) {
    const checked = await first.check(urn, inputs, inputs);
    await first.diff(urn, id, state, checked.inputs);
  }
  const news = { ...hook, endpoint: "https://example.com/other", timeout: "20s", adopt: true };
  const { inputs } = await second.check(urnOf("Target", "a2"), { ...news, name: "HOOK" });
  await expect(second.create(urnOf("Target", "a2"), inputs)).rejects.toMatchObject({
    message: expect.stringContaining('which is Target "a1" of this program') as string,
  });
  expect(zitadel.targets()).toMatchObject([{ name: hook.name, endpoint: hook.endpoint, timeout: "10s" }]);
});

test("what a resource of the other is about to take over is not deleted", async () => {
  const [target, key, execution] = olds;
  if (target === undefined || key === undefined || execution === undefined) throw new Error("the stack has three");
  await second.check(urnOf("Target", "a2"), { ...hook, adopt: true });
  await second.check(urnOf("TargetPublicKey", "k2"), { targetId: target.id, publicKey: key1, adopt: true });
  await second.check(urnOf("Execution", "e2"), { condition, targets: [target.id], adopt: true });
  for (const { urn, id, state } of olds.toReversed())
    await expect(first.delete(urn, id, state)).rejects.toMatchObject({
      message: expect.stringContaining(
        '2" of the program will take it over (adopt: true), but has not done so yet',
      ) as string,
    });
  expect(zitadel.publicKeys(target.id)).toMatchObject([{ active: true }]);
  expect(zitadel.executions()).toMatchObject([{ targets: [target.id] }]);
});

test.each([
  ["with adopt", {}],
  ["without", { adopt: false }],
])(
  "with PULUMI_ENABLE_LEGACY_DIFF, Pulumi calls no diff: what a declared resource of the other may have is not deleted, %s",
  async (_, declared) => {
    const news = await stack(second, "2", true);
    second.stop();
    second = await startNative(settingsOf(zitadel));
    await attach(first, second.engine);
    for (const { urn, inputs } of news) await second.check(urn, { ...inputs, ...declared }, inputs);
    for (const { urn, id, state } of olds.toReversed())
      await expect(first.delete(urn, id, state)).rejects.toMatchObject({
        message: expect.stringContaining('2" of the program has the same name or condition in the state') as string,
      });
    expect(zitadel.targets()).toHaveLength(1);
    expect(zitadel.executions()).toHaveLength(1);
  },
);

test("a name that a resource of the other declares is a mistake, until that one is gone", async () => {
  const declared = await first.check(urnOf("Target", "a1"), hook, hook);
  expect(declared.failures).toEqual([]);
  const { failures } = await second.check(urnOf("Target", "b"), { ...hook, name: "HOOK" });
  expect(failures).toMatchObject([
    { property: "name", reason: expect.stringContaining('is also the name of Target "a1"') as string },
  ]);
  expect((await first.check(urnOf("Target", "a1"), { ...hook, name: "renamed" })).failures).toEqual([]);
  expect((await second.check(urnOf("Target", "b"), { ...hook, name: "HOOK" })).failures).toEqual([]);
});

test("a target that the other is deleting is not taken over", async () => {
  first.stack = "";
  const [target, ...users] = olds;
  if (target === undefined) throw new Error("a target was created");
  for (const { urn, id, state } of users.toReversed()) await first.delete(urn, id, state);
  let answer = (): void => undefined;
  const until = new Promise<void>((resolve) => (answer = resolve));
  zitadel.faults.add({ match: { operation: "delete" }, fault: { kind: "hold", until } });
  const deleting = first.delete(target.urn, target.id, target.state);
  while (zitadel.count().delete === 0) await new Promise((resolve) => setImmediate(resolve));
  const urn = urnOf("Target", "a2");
  const { inputs } = await second.check(urn, { ...hook, adopt: true });
  await expect(second.create(urn, inputs)).rejects.toMatchObject({
    message: expect.stringContaining('which is the deletion of Target "a1" of this program') as string,
  });
  answer();
  await deleting;
  await second.create(urn, inputs);
  expect(zitadel.targets()).toHaveLength(1);
  expect(zitadel.targets()).not.toMatchObject([{ id: target.id }]);
});

test("while a resource of the other failed, nothing is deleted that it may be about to take over", async () => {
  const body = { code: 9, message: "not now", details: [] };
  zitadel.faults.add({ match: { operation: "search" }, fault: { kind: "answer", status: 400, body } });
  const again = { ...hook, adopt: true };
  const urn = urnOf("Target", "a2");
  const { inputs } = await second.check(urn, again);
  await expect(second.create(urn, inputs)).rejects.toMatchObject({
    message: expect.stringContaining("not now") as string,
  });
  zitadel.faults.clear();
  const remove = async () => {
    for (const { urn, id, state } of olds.toReversed()) await first.delete(urn, id, state);
  };
  await expect(remove()).rejects.toMatchObject({
    message: expect.stringContaining('Target "a2" failed before') as string,
  });
  expect(zitadel.targets()).toHaveLength(1);
  expect(zitadel.executions()).toHaveLength(1);
  await second.create(urn, inputs);
  await remove();
  expect(zitadel.targets()).toHaveLength(1);
  expect(zitadel.executions()).toEqual([]);
});

test("a process of another run says nothing about this one", async () => {
  await stack(second, "2", true);
  const other = await startNative(settingsOf(zitadel));
  for (const { urn, id, state } of olds.toReversed()) await other.delete(urn, id, state);
  expect(zitadel.targets()).toEqual([]);
  other.stop();
});

test.each([
  ["is a file", (path: string) => writeFile(path, "")],
  ["is a folder that others can write to", (path: string) => mkdir(path).then(() => chmod(path, 0o777))],
  ["is removed meanwhile", undefined],
])("where the private folder %s, nothing is deleted, and everything else works", async (_, make) => {
  const folder = await mkdtemp(join(os.tmpdir(), "neighbours-"));
  const path = join(folder, `pulumi-zitadel-actions-${process.getuid?.() ?? ""}`);
  await make?.(path);
  const temporary = jest.spyOn(os, "tmpdir").mockReturnValue(folder);
  const native = await startNative(settingsOf(zitadel));
  try {
    const { urn, id, state } = await up(native, urnOf("Target", "b"), { ...hook, name: "b" });
    if (make === undefined) await rm(path, { recursive: true });
    await expect(native.delete(urn, id, state)).rejects.toMatchObject({
      message: expect.stringMatching(
        /so it is not known whether one has the object: .* set TMPDIR to a folder/,
      ) as string,
    });
    expect(zitadel.targets().map((one) => one.id)).toContain(id);
    expect(native.logged).toEqual([]);
  } finally {
    temporary.mockRestore();
    native.stop();
    await rm(folder, { recursive: true });
  }
});

test("what a process said counts after it was killed, and is removed by a later run", async () => {
  const folder = await mkdtemp(join(os.tmpdir(), "neighbours-"));
  const temporary = jest.spyOn(os, "tmpdir").mockReturnValue(folder);
  const left = () => readdir(join(folder, `pulumi-zitadel-actions-${process.getuid?.() ?? ""}`));
  const said = (address: string) => {
    const neighbours = new Neighbours(address, () => undefined);
    expect(neighbours.problem).toBeUndefined();
    return neighbours;
  };
  const owner = { resource: "a", stage: "declared" as const, dates: [] };
  try {
    const script = `require(${JSON.stringify(join(root, "dist", "repository", "internals.js"))})`;
    const has = `new (${script}.Neighbours)("127.0.0.1:1", () => undefined).has("here", "ZitadelTarget 1", ${JSON.stringify(owner)});`;
    const env = { ...process.env, TMPDIR: folder };
    spawnSync(process.execPath, ["-e", `${has} process.kill(process.pid, "SIGKILL")`], { env });
    expect(await left()).toHaveLength(1);
    const same = said("127.0.0.1:1");
    expect(same.ownersOf("ZitadelTarget 1")).toEqual([expect.objectContaining({ server: "here", ...owner })]);
    same.forget();
    expect(await left()).toHaveLength(1);
    said("127.0.0.1:2").forget();
    expect(await left()).toEqual([]);
  } finally {
    temporary.mockRestore();
    await rm(folder, { recursive: true });
  }
});

test("a process of another container does not take a file for one of a dead process", async () => {
  const folder = await mkdtemp(join(os.tmpdir(), "neighbours-"));
  const temporary = jest.spyOn(os, "tmpdir").mockReturnValue(folder);
  const path = join(folder, `pulumi-zitadel-actions-${process.getuid?.() ?? ""}`);
  try {
    await mkdir(path, { mode: 0o700 });
    const file = "another-host_pid__1_ 127.0.0.1_1 4194305 0";
    await writeFile(join(path, file), "");
    const run = () => {
      const neighbours = new Neighbours("127.0.0.1:1", () => undefined);
      expect(neighbours.problem).toBeUndefined();
      neighbours.forget();
    };
    run();
    expect(await readdir(path)).toEqual([file]);
    const lastWeek = new Date(Date.now() - 7 * 86_400_000);
    await utimes(join(path, file), lastWeek, lastWeek);
    run();
    expect(await readdir(path)).toEqual([]);
  } finally {
    temporary.mockRestore();
    await rm(folder, { recursive: true });
  }
});

describe("what an object of the other uses is not deleted", () => {
  const used = (by: string) => ({
    message: expect.stringContaining(`${by} of the program still uses it`) as string,
  });

  test("by a get", async () => {
    const [target] = olds;
    if (target === undefined) throw new Error("a target was created");
    await second.read(urnOf("Target", "g"), target.id);
    await expect(first.delete(target.urn, target.id, target.state)).rejects.toMatchObject(used('Target "g" (get)'));
  });

  test("by a declared key", async () => {
    const [target, key] = olds;
    if (target === undefined || key === undefined) throw new Error("a target and a key were created");
    const { inputs } = await second.check(key.urn, key.inputs, key.inputs);
    await second.diff(key.urn, key.id, key.state, inputs);
    await expect(first.delete(target.urn, target.id, target.state)).rejects.toMatchObject(used('TargetPublicKey "k1"'));
    expect(zitadel.targets()).toHaveLength(1);
  });
});

test("an object that was changed for the entry that is deleted is not taken for unchanged", async () => {
  // The program moved from the second to the first, which changed the target, and back.
  const [target] = olds;
  if (target === undefined) throw new Error("a target was created");
  const { urn, inputs, id, state } = target;
  const moved = { ...hook, endpoint: "https://example.com/changed", adopt: true };
  const earlier = await startNative(settingsOf(zitadel));
  const news = await up(earlier, urnOf("Target", "a2"), moved);
  earlier.stop();
  await second.check(urn, inputs, inputs);
  await second.diff(urn, id, state, inputs);
  await expect(first.delete(news.urn, id, news.state)).rejects.toMatchObject({
    message: expect.stringMatching(
      /Target "a1" of the program now, .* may have changed it\. Run `pulumi refresh`/,
    ) as string,
  });
  const found = await second.read(urn, id, state);
  await second.diff(urn, id, opened(found.state), inputs);
  const updated = await second.update(urn, id, opened(found.state), inputs);
  await first.delete(news.urn, id, news.state);
  expect(opened(updated)).toMatchObject({ endpoint: hook.endpoint });
  expect(zitadel.targets()).toMatchObject([{ id, endpoint: hook.endpoint }]);
});
