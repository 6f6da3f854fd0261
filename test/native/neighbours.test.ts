import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import { join } from "node:path";
import { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import { startZitadel, type Zitadel } from "../../local/zitadel";
import { Neighbours } from "../../provider/core/neighbours";
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

test("no resource gets what a declared one of the other has: neither in a create nor in a diff", async () => {
  for (const { urn, id, state, inputs } of olds) {
    const checked = await first.check(urn, inputs, inputs);
    await first.diff(urn, id, state, checked.inputs);
  }
  await expect(stack(second, "2", true)).rejects.toMatchObject({
    message: expect.stringContaining(
      'Target "a1" of the program has the same object, and Target "a2" would change it',
    ) as string,
  });
  const [target] = olds;
  if (target === undefined) throw new Error("a target was created");
  const { urn, id, state } = { ...target, urn: urnOf("Target", "a3") };
  const { inputs } = await second.check(urn, hook, hook);
  await expect(second.diff(urn, id, state, inputs)).rejects.toMatchObject({
    message: expect.stringContaining("of the program has the same object") as string,
  });
  expect(zitadel.targets()).toHaveLength(1);
});

test("what the other takes over while a deletion waits is not deleted", async () => {
  first.stack = ""; // `pulumi destroy` does not wait until nothing needs an object, so the test does not either
  const owner = jest.spyOn(Neighbours.prototype, "ownerOf");
  try {
    for (const { urn, id, state } of olds.toReversed()) {
      owner.mockReset().mockReturnValueOnce(undefined).mockReturnValue('Target "a2"');
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
  ["a file", (path: string) => writeFile(path, "")],
  ["a folder that others can write to", (path: string) => mkdir(path).then(() => chmod(path, 0o777))],
])("where the private folder is %s, a warning says so once, and everything else works", async (_, make) => {
  const folder = await mkdtemp(join(os.tmpdir(), "neighbours-"));
  await make(join(folder, `pulumi-zitadel-actions-${process.getuid?.() ?? ""}`));
  const temporary = jest.spyOn(os, "tmpdir").mockReturnValue(folder);
  const native = await startNative(settingsOf(zitadel));
  try {
    const { id } = await up(native, urnOf("Target", "b"), { ...hook, name: "b" });
    await up(native, urnOf("Target", "c"), { ...hook, name: "c" });
    expect(zitadel.targets().map((one) => one.id)).toContain(id);
    expect(native.logged.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^The provider cannot tell the other providers of this program what its resources have: /),
    ]);
  } finally {
    temporary.mockRestore();
    native.stop();
    await rm(folder, { recursive: true });
  }
});
