import { startZitadel, type Zitadel } from "../../../local/zitadel";
import { newKey } from "../../support/pairs";
import { fakeClock } from "../../support/provider";
import { type Gateway, gatewayTo, runOn, settingsOf, Stack } from "../../support/stack";
import { onlyQuestions, seen, webhook } from "../../support/world";

// A stack whose settings name another host than the one where its objects were deployed.

const condition = { function: { name: "preuserinfo" } };
const hook = { ...webhook, name: "hook" };
let zitadel: Zitadel;
let another: Zitadel;
let stack: Stack;
let declared: (readonly ["target" | "execution" | "key", string, object])[];

beforeEach(async () => {
  [zitadel, another] = await Promise.all([startZitadel(), startZitadel()]);
  stack = new Stack(zitadel, { us: settingsOf(another) });
  const run = stack.deployment();
  const { id } = await run.up("target", "a", hook);
  declared = [
    ["target", "a", hook],
    ["execution", "ea", { condition, targets: [id] }],
    ["key", "ka", { targetId: id, publicKey: newKey() }],
  ];
  for (const [kind, name, news] of declared) await run.up(kind, name, { ...news });
  zitadel.clearRequests();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all([zitadel.stop(), another.stop()]);
});

const everything = (server: Zitadel) => ({
  targets: server.targets(),
  executions: server.executions(),
  keys: server.targets().map((target) => server.publicKeys(target.id)),
});

const states = () => [...stack.entries.values()].map(({ outputs }) => outputs);
const steps = () => declared.map(([, name]) => name);

/** What is said where the object is not there. */
const refusal = (there: string, why: string) => ({
  code: "settings",
  message: expect.stringMatching(
    `^Managing Zitadel\\w+ .+ failed: it was deployed to ${zitadel.url}, but the settings now name ${there}, ${why}.*\\. If that address is wrong, .*"To another instance" in node_modules/pulumi-zitadel-actions/docs/migrating\\.md\\. It was not changed\\.$`,
  ) as string,
});

describe("the settings name another instance", () => {
  beforeEach(() => stack.moveTo(another));

  test("preview, up, refresh and destroy fail, name both hosts and the ways on, and drop nothing", async () => {
    const before = { states: states(), here: everything(zitadel), there: everything(another) };
    for (const [kind, name, news] of declared) {
      const run = stack.deployment();
      const told = refusal(another.url, "which has no such object");
      await expect(run.preview(kind, name, { ...news })).rejects.toMatchObject(told);
      await expect(run.up(kind, name, { ...news, adopt: true })).rejects.toMatchObject(told);
      await expect(run.refresh(name)).rejects.toMatchObject(told);
      await expect(run.delete(name)).rejects.toMatchObject(told);
    }
    expect({ states: states(), here: everything(zitadel), there: everything(another) }).toEqual(before);
    // The credential of the new instance is never sent to the old one, and nothing is written to the new one.
    expect(seen(zitadel)).toEqual({});
    expect(onlyQuestions(another)).toBe(true);
  });

  test("an execution of the same condition there is somebody else's", async () => {
    const { id } = another.add({ ...webhook, name: "theirs" });
    another.setExecution(condition, [id]);
    await expect(stack.deployment().delete("ea")).rejects.toMatchObject({ code: "settings" });
    await expect(stack.deployment().refresh("ea")).rejects.toMatchObject({ code: "settings" });
    expect(another.executions()).toHaveLength(1);
  });

  test("an instance that the program names for the resource is a replacement as ever, which deletes on the old server", async () => {
    stack.config["zitadel-actions:instances"] = JSON.stringify({ old: settingsOf(zitadel), us: settingsOf(another) });
    stack.moveTo(zitadel);
    const run = stack.deployment();
    await run.up("target", "a", { ...hook, instance: "us" });
    expect(run.steps).toEqual(["create a"]);
    expect(another.targets()).toHaveLength(1);
  });

  test("a named instance that is pointed elsewhere is rejected in the same way", async () => {
    stack.moveTo(zitadel);
    const run = stack.deployment();
    await run.up("target", "b", { ...hook, name: "b", instance: "us" });
    stack.config["zitadel-actions:instances"] = JSON.stringify({ us: settingsOf(zitadel) });
    await expect(stack.deployment().up("target", "b", { ...hook, name: "b", instance: "us" })).rejects.toMatchObject({
      code: "settings",
      message: expect.stringContaining(another.url) as string,
    });
  });

  test("the settings back as they were, nothing is to be done", async () => {
    stack.moveTo(zitadel);
    const run = stack.deployment();
    for (const [kind, name, news] of declared) await run.up(kind, name, { ...news });
    await run.finish();
    expect([run.steps, seen(zitadel)]).toEqual([[], {}]);
  });
});

test("the settings name a host that does not answer: the error says so, and nothing is dropped", async () => {
  runOn(fakeClock());
  stack.moveTo({ domain: "localhost", port: 9, accessToken: "a-made-up-token" });
  const before = states();
  for (const [kind, name, news] of declared) {
    const told = {
      code: "settings",
      message: expect.stringMatching(
        `^Managing .* on http://localhost:9 failed: it was deployed to ${zitadel.url}, and the address that the settings name now, http://localhost:9, could not be asked for it \\(ECONNREFUSED, unreachable\\)\\. If that address is wrong`,
      ) as string,
    };
    await expect(stack.deployment().up(kind, name, { ...news })).rejects.toMatchObject(told);
    await expect(stack.deployment().refresh(name)).rejects.toMatchObject(told);
    await expect(stack.deployment().delete(name)).rejects.toMatchObject(told);
  }
  expect(states()).toEqual(before);
});

describe("the settings name another host of the same instance", () => {
  let gateway: Gateway;
  beforeEach(async () => {
    gateway = await gatewayTo(zitadel);
    stack.moveTo({ ...gateway, accessToken: zitadel.accessToken });
  });
  afterEach(() => gateway.close());

  const said = () => stack.told.filter((line) => line.includes("the same instance under another host"));

  test("up updates the state alone, and says so once", async () => {
    const before = everything(zitadel);
    const run = stack.deployment();
    for (const [kind, name, news] of declared) await run.up(kind, name, { ...news });
    await run.finish();
    expect(run.steps).toEqual(steps().map((name) => `update ${name}`));
    expect(everything(zitadel)).toEqual(before);
    expect(states().map((state) => state["__origin"])).toEqual(steps().map(() => gateway.url));
    expect(said()).toEqual([expect.stringContaining(`${zitadel.url} is now ${gateway.url}`) as string]);
    // It is asked about once, and the lists serve for the rest.
    expect(seen(zitadel)).toEqual({ search: 1 });

    zitadel.clearRequests();
    const after = stack.deployment();
    for (const [kind, name, news] of declared) await after.up(kind, name, { ...news });
    expect([after.steps, seen(zitadel)]).toEqual([[], {}]);
  });

  test("refresh takes the new host into the state, and keeps what is there", async () => {
    const run = stack.deployment();
    for (const name of steps()) expect(await run.refresh(name)).toMatchObject({ outputs: { __origin: gateway.url } });
    expect(said()).toHaveLength(1);
  });

  test("destroy deletes the objects", async () => {
    await stack.deployment().finish();
    expect(everything(zitadel)).toEqual({ targets: [], executions: [], keys: [] });
  });

  test("a rotation in the meantime does not make it another instance", async () => {
    const { id } = stack.entry("a");
    zitadel.change(id, { expirationSigningKey: "0s" });
    const read = await stack.deployment().refresh("a");
    expect(read?.outputs).toMatchObject({ signingKey: zitadel.targets()[0]?.signingKey });
  });

  test("an object that was deleted in the meantime is not dropped: the error leads to the page that tells how to remove its entry", async () => {
    zitadel.remove(stack.entry("a").id);
    await expect(stack.deployment().refresh("a")).rejects.toMatchObject({
      code: "settings",
      message: expect.stringMatching(/if the object was deleted.*, see "To another instance" in /) as string,
    });
  });

  test("where another resource was found to be there, what is gone is gone", async () => {
    const { id } = await stack.deployment().up("target", "b", { ...hook, name: "b" });
    zitadel.remove(id);
    const run = stack.deployment();
    await run.refresh("a");
    expect(await run.refresh("b")).toBeUndefined();
  });
});

describe("servers at two addresses with the same external domain", () => {
  const external = "http://auth.example.com";
  const settingsAt = ({ port, owner }: Zitadel) => ({
    domain: "127.0.0.1",
    port: String(port),
    insecure: "true",
    externalDomain: external,
    accessToken: owner.accessToken,
  });
  const pointTo = (server: Zitadel) => {
    for (const [key, value] of Object.entries(settingsAt(server))) stack.config[`zitadel-actions:${key}`] = value;
  };
  let one: Zitadel;
  let copy: Zitadel;

  beforeEach(async () => {
    [one, copy] = (await Promise.all([1, 2].map(() => startZitadel({ domain: "auth.example.com" })))) as [
      Zitadel,
      Zitadel,
    ];
    stack = new Stack(zitadel);
    pointTo(one);
    const run = stack.deployment();
    const { id } = await run.up("target", "a", hook);
    declared = [
      ["target", "a", hook],
      ["execution", "ea", { condition, targets: [id] }],
      ["key", "ka", { targetId: id, publicKey: newKey() }],
    ];
    for (const [kind, name, news] of declared) await run.up(kind, name, { ...news });
  });
  afterEach(() => Promise.all([one.stop(), copy.stop()]));

  test("another server than before drops nothing, and the error names both addresses", async () => {
    pointTo(copy);
    const theirs = copy.add({ ...webhook, name: "theirs" });
    copy.setExecution(condition, [theirs.id]);
    const before = { states: states(), here: everything(one), there: everything(copy) };
    const told = {
      code: "settings",
      message: expect.stringContaining(
        `it was deployed to ${external} at http://127.0.0.1:${one.port}, but the settings now name ${external} at http://127.0.0.1:${copy.port}, which has no such object. If both addresses lead to the same instance, the object was deleted: run \`pulumi refresh --run-program\` with the address before`,
      ) as string,
    };
    for (const [kind, name, news] of declared) {
      const run = stack.deployment();
      await expect(run.preview(kind, name, { ...news })).rejects.toMatchObject(told);
      await expect(run.up(kind, name, { ...news, adopt: true })).rejects.toMatchObject(told);
      await expect(run.refresh(name)).rejects.toMatchObject(told);
      await expect(run.delete(name)).rejects.toMatchObject(told);
    }
    expect({ states: states(), here: everything(one), there: everything(copy) }).toEqual(before);
  });

  describe("the same server at another address", () => {
    let gateway: Gateway;
    beforeEach(async () => {
      gateway = await gatewayTo(one);
      stack.config["zitadel-actions:port"] = String(gateway.port);
      one.clearRequests();
    });
    afterEach(() => gateway.close());

    test("is no change: one search tells, and the state keeps the address of the last write", async () => {
      const before = states();
      const run = stack.deployment();
      for (const [kind, name, news] of declared) await run.up(kind, name, { ...news });
      expect([run.steps, seen(one), stack.told]).toEqual([[], { search: 1 }, []]);
      const refresh = stack.deployment();
      for (const name of steps()) expect(await refresh.refresh(name)).toBeDefined();
      expect(states()).toEqual(before);
      await refresh.up("target", "a", { ...hook, timeout: "5s" });
      expect(states()[0]?.["__origin"]).toBe(`${external} at http://127.0.0.1:${gateway.port}`);
    });

    test("can be destroyed there", async () => {
      await stack.deployment().finish();
      expect(everything(one)).toEqual({ targets: [], executions: [], keys: [] });
    });
  });

  test("both in one program, under two names, are two servers", async () => {
    stack.config["zitadel-actions:instances"] = JSON.stringify({ blue: settingsAt(one), green: settingsAt(copy) });
    const run = stack.deployment();
    const green = await run.up("target", "b", { ...hook, instance: "green" });
    await run.up("execution", "eb", { condition, targets: [green.id], instance: "green" });
    expect(everything(copy)).toMatchObject({ targets: [{ name: "hook" }], executions: [{ targets: [green.id] }] });
    expect(one.targets()).toHaveLength(1);

    stack.config["zitadel-actions:instances"] = JSON.stringify({ blue: settingsAt(copy), green: settingsAt(one) });
    await expect(stack.deployment().refresh("b")).rejects.toMatchObject({ code: "settings" });
    await expect(stack.deployment().delete("eb")).rejects.toMatchObject({ code: "settings" });
    expect(copy.executions()).toHaveLength(1);
  });
});
