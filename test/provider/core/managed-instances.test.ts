import { startZitadel, type Zitadel } from "../../../local/zitadel";
import { Connections } from "../../../provider/core/connections";
import { unknown } from "../../../provider/core/properties";
import { newKey } from "../../support/pairs";
import { create as createCall } from "../../support/provider";
import { type Gateway, gatewayTo, settingsOf, Stack } from "../../support/stack";
import { onlyQuestions, seen, webhook } from "../../support/world";

// One server can have several names in `zitadel-actions:instances`. It still counts as one server.

const condition = { function: { name: "preuserinfo" } };
let zitadel: Zitadel;
let another: Zitadel;
let stack: Stack;

beforeEach(async () => {
  [zitadel, another] = await Promise.all([startZitadel(), startZitadel()]);
  stack = new Stack(zitadel, { eu: settingsOf(zitadel), alias: settingsOf(zitadel), us: settingsOf(another) });
});
afterEach(() => Promise.all([zitadel.stop(), another.stop()]));

const hook = { ...webhook, name: "hook" };

async function deployed(instance?: string) {
  const more = instance === undefined ? {} : { instance };
  const run = stack.deployment();
  const target = await run.up("target", "a", { ...hook, ...more });
  const execution = { condition, targets: [target.id], ...more };
  await run.up("execution", "ea", execution);
  const key = { targetId: target.id, publicKey: newKey(), ...more };
  await run.up("key", "ka", key);
  for (const one of [zitadel, another]) one.clearRequests();
  return { target, execution, key };
}

const everything = (server: Zitadel) => ({
  targets: server.targets(),
  executions: server.executions(),
  keys: server.targets().map((target) => server.publicKeys(target.id)),
});

describe("a change of the instance's name that stays on the same server", () => {
  test.each<[string, string | undefined, string | undefined]>([
    ["from the default to a name", undefined, "eu"],
    ["from a name to the default", "eu", undefined],
    ["from one name to another", "eu", "alias"],
  ])("%s is an update that sends nothing, also with adopt", async (_case, from, to) => {
    const { target, execution, key } = await deployed(from);
    const before = everything(zitadel);
    const run = stack.deployment();
    const more = { instance: to, adopt: true };
    await run.up("target", "a", { ...hook, ...more });
    await run.up("execution", "ea", { ...execution, ...more });
    await run.up("key", "ka", { ...key, ...more });
    await run.finish();
    expect(run.steps).toEqual(["update a", "update ea", "update ka"]);
    expect(seen(zitadel)).toEqual({});
    expect(everything(zitadel)).toEqual(before);
    expect(stack.entry("a")).toMatchObject({ id: target.id });
    expect(stack.entry("a").outputs["instance"]).toBe(to);

    const after = stack.deployment();
    await after.up("target", "a", { ...hook, ...more });
    await after.up("execution", "ea", { ...execution, ...more });
    await after.up("key", "ka", { ...key, ...more });
    await after.finish();
    expect([after.steps, seen(zitadel)]).toEqual([[], {}]);
  });

  test("with a rename and adopt at once: what is taken over is not deleted under the other name", async () => {
    const { execution, key } = await deployed();
    const before = everything(zitadel);
    const run = stack.deployment();
    const more = { instance: "eu", adopt: true };
    await run.up("target", "b", { ...hook, ...more });
    await run.up("execution", "eb", { ...execution, ...more });
    await run.up("key", "kb", { ...key, ...more });
    await run.finish();
    expect(run.steps).toEqual(["create b", "create eb", "create kb", "delete ka", "delete ea", "delete a"]);
    expect(everything(zitadel)).toEqual(before);
  });

  test("of a state that does not know its server yet, likewise", async () => {
    await deployed();
    const { outputs, ...entry } = stack.entry("a");
    const { __origin: _, ...older } = outputs;
    stack.entries.set(entry.urn, { ...entry, outputs: older });
    const run = stack.deployment();
    await run.up("target", "a", { ...hook, instance: "eu" });
    expect([run.steps, seen(zitadel)]).toEqual([["update a"], {}]);
    expect(stack.entry("a").outputs["__origin"]).toBe(zitadel.url);
  });
});

describe("one server at two addresses, or a server and a copy of it", () => {
  let gateway: Gateway;
  const more = { instance: "other", adopt: true };
  beforeEach(async () => {
    gateway = await gatewayTo(zitadel);
    const other = { ...settingsOf(zitadel), domain: gateway.domain, port: gateway.port };
    stack.config["zitadel-actions:instances"] = JSON.stringify({ other });
  });
  afterEach(() => gateway.close());

  test.each([1, 2])(
    "a rename with adopt that also changes the instance, in %i runs: nothing is deleted",
    async (runs) => {
      const { target, execution, key } = await deployed();
      const before = everything(zitadel);
      let run = stack.deployment();
      for (let count = 0; count < runs; count++) {
        run = stack.deployment();
        await run.up("target", "b", { ...hook, ...more });
        await run.up("execution", "eb", { ...execution, ...more });
        await run.up("key", "kb", { ...key, ...more });
      }
      for (const name of ["ka", "ea", "a"])
        await expect(run.delete(name)).rejects.toMatchObject({
          code: "not_applied",
          message: expect.stringMatching(
            /" of the program has it at another address in the settings, with the same id and date\. If both .* `pulumi state delete <its URN>` .*`pulumi refresh`.*\. If the other server is a copy of this one, .*`pulumi destroy --target <its URN>`\./,
          ) as string,
        });
      expect(everything(zitadel)).toEqual(before);
      // What the message recommends for a copy: a process that hears of nothing else.
      for (const name of ["ea", "a"]) await stack.deployment().delete(name);
      expect(zitadel.targets().some(({ id }) => id === target.id)).toBe(false);
    },
  );

  test("two resources with the same object: a warning names both", async () => {
    const run = stack.deployment();
    const { id } = await run.up("target", "a", { ...hook, adopt: true });
    await run.up("target", "b", { ...hook, ...more });
    expect(stack.told).toContainEqual(
      expect.stringContaining(
        `ZitadelTarget "b" and ZitadelTarget "a" of the program have the same object, ZitadelTarget ${id}, at two addresses`,
      ),
    );
    const later = stack.deployment();
    await later.up("target", "b", { ...hook, ...more });
    await expect(later.delete("a")).rejects.toMatchObject({ code: "not_applied" });
  });

  test("an execution that another resource has at the other address and takes over with another list: a warning names both", async () => {
    const first = stack.deployment();
    const [one, other] = [await first.up("target", "one", webhook), await first.up("target", "other", webhook)];
    // An earlier execution of the condition, whose creation date ZITADEL keeps.
    zitadel.setExecution(condition, [other.id]);
    zitadel.setExecution(condition, []);
    await first.up("execution", "x", { condition, targets: [one.id] });
    const run = stack.deployment();
    await run.up("execution", "x", { condition, targets: [one.id] });
    await run.up("execution", "y", { condition, targets: [other.id], ...more });
    expect(stack.told).toContainEqual(
      expect.stringMatching(/ZitadelExecution "y" and ZitadelExecution "x" of the program have the same object/),
    );
  });

  test.each([true, false])(
    "an execution that was set anew, renamed with adopt to the other address (unchanged: %p), is not deleted",
    async (isUnchanged) => {
      const { execution } = await deployed();
      // ZITADEL keeps the date of the first execution of a condition.
      zitadel.setExecution(execution.condition, []);
      stack.entries.delete("execution::ea");
      await stack.deployment().up("execution", "ea", execution);
      const targets = isUnchanged ? execution.targets : [zitadel.add({ ...hook, name: "another" }).id];
      const run = stack.deployment();
      await run.up("execution", "eb", { ...execution, targets, ...more });
      await expect(run.delete("ea")).rejects.toMatchObject({ code: "not_applied" });
      expect(zitadel.executions()).toMatchObject([{ targets }]);
    },
  );

  test("a new resource that has not taken the object over yet keeps it from being deleted", async () => {
    await deployed();
    const run = stack.deployment();
    await run.preview("target", "b", { ...hook, ...more });
    await expect(run.delete("a")).rejects.toMatchObject({ code: "not_applied" });
    expect(zitadel.targets()).toHaveLength(1);
  });

  test("an execution that two resources set at once, each at its address, is not deleted with one of them", async () => {
    const { execution } = await deployed();
    const targets = [zitadel.add({ ...hook, name: "another" }).id];
    zitadel.setExecution(condition, []);
    stack.entries.delete("execution::ea");
    zitadel.readModel.pause();
    const both = stack.deployment();
    await both.up("execution", "ea", execution);
    await both.up("execution", "eb", { condition, targets, instance: "other" });
    zitadel.readModel.resume();
    const run = stack.deployment();
    await run.up("execution", "ea", execution);
    await expect(run.delete("eb")).rejects.toThrow('ZitadelExecution "ea" of the program has it at another address');
    expect(zitadel.executions()).toMatchObject([{ targets }]);
  });

  test("what is used at the other address is not deleted", async () => {
    const { target } = await deployed();
    const use = stack.deployment();
    await use.up("execution", "eb", { condition: { event: { all: true } }, targets: [target.id], instance: "other" });
    await expect(use.delete("a")).rejects.toThrow('ZitadelExecution "eb" of the program still uses it');
    const read = stack.deployment();
    await read.get("target", "ro", target.id, { instance: "other" });
    await expect(read.delete("a")).rejects.toThrow('ZitadelTarget "ro" (get) of the program still uses it');
  });
});

describe("a change of the instance to another server", () => {
  test("makes the object there, then deletes it here", async () => {
    const { key } = await deployed();
    const run = stack.deployment();
    const target = await run.up("target", "a", { ...hook, instance: "us" });
    await run.up("execution", "ea", { condition, targets: [target.id], instance: "us" });
    await run.up("key", "ka", { ...key, targetId: target.id, instance: "us" });
    await run.finish();
    expect(run.steps).toEqual(["create a", "create ea", "create ka", "delete ka", "delete ea", "delete a"]);
    expect(everything(zitadel)).toEqual({ targets: [], executions: [], keys: [] });
    expect(another.targets()).toMatchObject([{ id: target.id, name: "hook" }]);
    expect(another.executions()).toMatchObject([{ targets: [target.id] }]);
    expect(another.publicKeys(target.id)).toMatchObject([{ active: true }]);
  });

  test.each([
    ["us", "another server"],
    [unknown, "a server that is not known yet"],
  ])("is planned as a replacement, and never deletes first (%s)", async (instance) => {
    const { execution, key } = await deployed();
    const run = stack.deployment();
    for (const [kind, name, news] of [
      ["target", "a", hook],
      ["execution", "ea", execution],
      ["key", "ka", key],
    ] as const) {
      const { diff } = await run.preview(kind, name, { ...news, instance });
      expect(diff).toEqual({ changes: true, replaces: ["instance"] });
    }
    // The server that is named now is asked whether it is another: an instance may have several hosts.
    expect(seen(zitadel)).toEqual({});
    expect(onlyQuestions(another)).toBe(true);
  });

  test("of a state that does not know its server yet, likewise", async () => {
    await deployed();
    const { outputs, ...entry } = stack.entry("a");
    const { __origin: _, ...older } = outputs;
    stack.entries.set(entry.urn, { ...entry, outputs: older });
    const { diff } = await stack.deployment().preview("target", "a", { ...hook, instance: "us" });
    expect(diff).toMatchObject({ changes: true, replaces: ["instance"] });
  });
});

describe("names, conditions and active keys are a server's own", () => {
  const targetId = "400661751630138406";

  test.each([
    ["target", hook],
    ["execution", { condition, targets: ["1"] }],
    ["key", { targetId, publicKey: newKey() }],
  ] as const)("a %s is one under two names of a server, and two on two servers", async (kind, news) => {
    const run = stack.deployment();
    const failures = async (name: string, instance?: string) =>
      (await run.preview(kind, name, { ...news, instance })).failures.length;
    expect(await failures("first")).toBe(0);
    expect(await failures("second", "us")).toBe(0);
    expect(await failures("third", "eu")).toBe(1);
    expect(await failures("fourth", "alias")).toBe(1);
    expect(await failures("fifth", "us")).toBe(1);
    expect(await failures("sixth", unknown)).toBe(0);
  });
});

test.each([
  ["auth.example.com", "http://auth.example.com:8080"],
  ["auth.example.com:8080", "auth.example.com"],
  ["auth.example.com:99", "https://Auth.Example.com:98"],
])("an instance is known by its host, also if one setting names a port (%s, %s)", (host, externalDomain) => {
  const { domain, port, accessToken } = zitadel;
  const named = { ...settingsOf(zitadel), externalDomain };
  const config: Record<string, string> = {
    "zitadel-actions:domain": domain,
    "zitadel-actions:port": String(port),
    "zitadel-actions:insecure": "true",
    "zitadel-actions:accessToken": accessToken,
    "zitadel-actions:transportHeaders": JSON.stringify({ "x-zitadel-instance-host": host }),
    "zitadel-actions:instances": JSON.stringify({ named }),
  };
  const connections = new Connections();
  connections.configure((key) => config[key], {});
  expect(connections.client("named").ledger).toBe(connections.client(undefined).ledger);
});

test.each([
  ["plain", { domain: "z.example.com", port: "5711" }, { domain: "z.example.com", port: 5712 }],
  [
    "behind two gateways",
    { domain: "one.example.com", externalDomain: "http://z.example.com:5711" },
    { domain: "two.example.com", externalDomain: "http://z.example.com:5712" },
  ],
])("another port of a host is another server (%s)", (_case, first, second) => {
  const config: Record<string, string> = {
    ...Object.fromEntries(Object.entries(first).map(([key, value]) => [`zitadel-actions:${key}`, value])),
    "zitadel-actions:accessToken": zitadel.accessToken,
    "zitadel-actions:instances": JSON.stringify({ named: { ...second, accessToken: zitadel.accessToken } }),
  };
  const connections = new Connections();
  connections.configure((key) => config[key], {});
  expect(connections.client("named").ledger).not.toBe(connections.client(undefined).ledger);
});

describe.each(["x-zitadel-instance-host", "x-forwarded-host"])(
  "two instances behind one host, told apart by %s",
  (header) => {
    let gateway: Gateway;

    beforeEach(async () => {
      gateway = await gatewayTo(zitadel, another);
      const behind = (server: Zitadel) => ({
        ...settingsOf({ ...gateway, accessToken: server.accessToken }),
        transportHeaders: { [header]: new URL(server.url).host },
      });
      stack = new Stack(zitadel, { eu: behind(zitadel), us: behind(another) });
    });
    afterEach(() => gateway.close());

    test("are two servers: each has names, conditions and active keys of its own", async () => {
      const run = stack.deployment();
      for (const instance of ["eu", "us"]) {
        const { id } = await run.up("target", `a-${instance}`, { ...hook, instance });
        await run.up("execution", `ea-${instance}`, { condition, targets: [id], instance });
      }
      expect([zitadel.targets(), another.targets()]).toMatchObject([[{ name: "hook" }], [{ name: "hook" }]]);
      expect([zitadel.executions(), another.executions()]).toMatchObject([[{}], [{}]]);
    });

    test("a change from one to the other is a replacement", async () => {
      const first = stack.deployment();
      await first.up("target", "a", { ...hook, instance: "eu" });
      const run = stack.deployment();
      const { id } = await run.up("target", "a", { ...hook, instance: "us" });
      await run.finish();
      expect([zitadel.targets(), another.targets()]).toMatchObject([[], [{ id }]]);
    });

    test("a stack whose default instance is pointed from one to the other gets an error that says so", async () => {
      const { domain, port } = gateway;
      const headers = (server: Zitadel) => JSON.stringify({ [header]: new URL(server.url).host });
      stack.moveTo({ domain, port, accessToken: zitadel.accessToken });
      stack.config["zitadel-actions:transportHeaders"] = headers(zitadel);
      await stack.deployment().up("target", "a", hook);
      stack.moveTo({ domain, port, accessToken: another.accessToken });
      stack.config["zitadel-actions:transportHeaders"] = headers(another);
      await expect(stack.deployment().up("target", "a", hook)).rejects.toMatchObject({ code: "settings" });
      await expect(stack.deployment().refresh("a")).rejects.toMatchObject({ code: "settings" });
      expect(zitadel.targets()).toHaveLength(1);
    });
  },
);

describe("the writes in flight are counted for a server, not for its names", () => {
  test.each([1, 2, 3])("never more than %i", async (most) => {
    const config: Record<string, string> = { ...stack.config, "zitadel-actions:maxConcurrentWrites": String(most) };
    const settings = { ...settingsOf(zitadel), maxConcurrentWrites: most };
    config["zitadel-actions:instances"] = JSON.stringify({ eu: settings, alias: settings });
    const connections = new Connections();
    connections.configure((key) => config[key], {});
    zitadel.latency = 20;
    const names = Array.from({ length: 12 }, (_, index) => [undefined, "eu", "alias"][index % 3]);
    await Promise.all(names.map((name, index) => connections.client(name).call(createCall(`hook-${index}`))));
    expect(zitadel.targets()).toHaveLength(12);
    expect(zitadel.maxConcurrentWrites).toBe(most);
  });
});
