import { startZitadel, type Zitadel } from "../../local/zitadel";
import { unknown } from "../../provider/core/properties";
import { tryVariable } from "../../provider/settings/names";
import { type Native, project, secret, settingsOf, startNative, urnOf } from "../support/native";

// The provider's own settings: the default provider's, from the stack configuration, and those of explicit ones.

const byDefault = `${project}pulumi:providers:zitadel-actions::default`;
const explicit = `${project}pulumi:providers:zitadel-actions::eu`;
const audit = urnOf("Target", "audit");
const hook = { endpoint: "https://example.com/hook", timeout: "10s", restWebhook: {} };

let zitadel: Zitadel;
let native: Native;

beforeAll(async () => {
  zitadel = await startZitadel();
});
beforeEach(async () => {
  native = await startNative();
});
afterEach(() => native.stop());
afterAll(() => zitadel.stop());

test("credentials are secrets, even if they were set in plain text, and also the engine's own marks stay", async () => {
  const given = {
    domain: secret("a.example.com"),
    accessToken: "the-token",
    clientSecret: secret("the-secret"),
    port: "443",
  };
  expect(await native.checkConfig(byDefault, { ...given, instances: "{}", version: "1.0.0" })).toEqual({
    failures: [],
    inputs: { ...given, accessToken: secret("the-token"), instances: secret("{}"), version: "1.0.0" },
  });
});

test.each([
  [
    byDefault,
    { domian: "x" },
    /^zitadel-actions:domian in the stack configuration is not a setting\. Did you mean zitadel-actions:domain\?/,
  ],
  [explicit, { domian: "x" }, /^domian is not a setting of the provider\. Did you mean domain\?/],
  [
    explicit,
    { instances: { eu: { domian: "x" } } },
    /^zitadel-actions:instances\.eu\.domian is not a setting\. Did you mean domain\?/,
  ],
  [explicit, { instances: '{"eu": 1}' }, /^zitadel-actions:instances\.eu must be an object/],
])("a misspelt setting is refused, and no value is shown (%s, %j)", async (urn, settings, reason) => {
  const { failures } = await native.checkConfig(urn, settings);
  expect(failures).toEqual([{ property: "", reason: expect.stringMatching(reason) as string }]);
});

test("`try` runs no program that names a server by a provider resource", async () => {
  process.env[tryVariable] = "true";
  try {
    const [{ failures }, { failures: own }] = [
      await native.checkConfig(explicit, { domain: unknown }),
      await native.checkConfig(byDefault, { domain: "localhost" }),
    ];
    expect(failures).toMatchObject([
      { reason: expect.stringMatching(/^`try` sends all requests to its own/) as string },
    ]);
    expect(own).toEqual([]);
  } finally {
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- an environment has no other way
    delete process.env[tryVariable];
  }
});

test("in a project with the package's name, the message says that its own settings are in the same namespace", async () => {
  const { failures } = await native.checkConfig(byDefault.replace("shop", "zitadel-actions"), { color: "red" });
  expect(failures).toMatchObject([{ reason: expect.stringContaining("If it is the program's own") as string }]);
});

test("a setting that is not known yet is not refused", async () => {
  const given = { domain: unknown, instances: unknown };
  expect(await native.checkConfig(explicit, given)).toEqual({
    failures: [],
    inputs: { ...given, instances: secret(unknown) },
  });
});

test("secret settings that are objects become text: the engine keeps no mark on an object", async () => {
  const [instances, transportHeaders] = [{ eu: { accessToken: "the-token" } }, { "x-key": "the-header" }];
  const marked = { eu: { accessToken: secret("the-token") } };
  const { inputs } = await native.checkConfig(explicit, {
    instances: marked,
    transportHeaders: secret(transportHeaders),
  });
  expect(inputs).toEqual({
    instances: secret(JSON.stringify(instances)),
    transportHeaders: secret(transportHeaders),
  });
});

test("a change of settings is never a replacement", async () => {
  const changed = await native.diffConfig(
    { domain: "a", port: "1", version: "1" },
    { domain: "b", port: "1", version: "2", insecure: "true" },
  );
  expect(changed).toEqual({ changes: true, replaces: [], diffs: ["domain", "insecure"], detailed: {} });
  expect(await native.diffConfig({ domain: secret("a") }, { domain: "a" })).toMatchObject({ changes: false });
});

test("the provider asks for plain values and previews, and names as the stack configuration wants them", async () => {
  expect((await native.configure(settingsOf(zitadel))).toObject()).toEqual({
    acceptsecrets: false,
    supportspreview: true,
    acceptresources: true,
    acceptoutputs: false,
    supportsAutonamingConfiguration: true,
  });
});

test("values in other forms than text, as explicit providers pass them, and instances", async () => {
  const { domain, port, accessToken } = zitadel;
  const instances = { eu: { domain, port, insecure: true, accessToken } };
  await native.configure({ domain, port, insecure: true, accessToken: secret(accessToken), instances });
  for (const instance of ["eu", undefined]) {
    const { inputs, failures } = await native.check(urnOf("Target", String(instance)), { ...hook, instance });
    expect(failures).toEqual([]);
    const { id } = await native.create(urnOf("Target", String(instance)), inputs);
    expect(zitadel.targets().map((one) => one.id)).toContain(id);
  }
});

test("a mistake in a value fails each resource at preview, and names the setting", async () => {
  await native.configure({ ...settingsOf(zitadel), port: "x" });
  expect((await native.check(audit, hook)).failures).toEqual([
    { property: "", reason: expect.stringContaining("zitadel-actions:port must be a port, from 1 to 65535") as string },
  ]);
});

describe("with the environment of another instance, a provider resource", () => {
  const before = { ...process.env };
  const names = {
    domain: "ZITADEL_DOMAIN",
    port: "ZITADEL_PORT",
    insecure: "ZITADEL_INSECURE",
    accessToken: "ZITADEL_ACCESS_TOKEN",
  };
  let other: Zitadel;

  beforeEach(async () => {
    other = await startZitadel();
    const settings = settingsOf(other);
    for (const [key, name] of Object.entries(names)) process.env[name] = settings[key as keyof typeof settings];
  });
  afterEach(async () => {
    process.env = { ...before };
    await other.stop();
  });

  const create = async () => {
    const { inputs } = await native.check(audit, hook);
    return native.create(audit, inputs);
  };

  test.each(["named by the engine", "named only when it was checked"])(
    "uses its own settings alone (%s)",
    async (way) => {
      const settings = settingsOf(zitadel);
      if (way === "named by the engine") await native.configure(settings, explicit);
      else {
        await native.checkConfig(explicit, settings);
        await native.configure(settings);
      }
      const { id } = await create();
      expect(zitadel.targets().map((one) => one.id)).toContain(id);
      expect(other.requests).toEqual([]);
    },
  );

  test.each([
    [
      "accessToken",
      'no credential is set: set accessToken of the provider resource "eu" or set jwtProfileFile of the provider resource "eu" (a provider resource takes no credential from the environment)',
    ],
    ["domain", 'domain of the provider resource "eu" is not set: set domain of the provider resource "eu"'],
  ] as const)("that has no %s is refused before anything is sent", async (missing, said) => {
    const { [missing]: _, ...settings } = settingsOf(zitadel);
    zitadel.clearRequests();
    await native.configure(settings, explicit);
    const { failures } = await native.check(audit, hook);
    expect(failures).toEqual([{ property: "", reason: expect.stringContaining(said) as string }]);
    expect([zitadel.requests, other.requests]).toEqual([[], []]);
  });

  test("with a wrong credential is told so in its own words", async () => {
    await native.configure({ ...settingsOf(zitadel), accessToken: "a-made-up-token" }, explicit);
    await expect(create()).rejects.toMatchObject({
      message: expect.stringMatching(
        /The credential came from the provider resource "eu": set a new one as accessToken of the provider resource "eu"\./,
      ) as string,
    });
  });
});

test("settings that lead to another server between preview and up: the object there is not changed", async () => {
  await native.configure(settingsOf(zitadel));
  const { inputs } = await native.check(audit, hook);
  const { id, state } = await native.create(audit, inputs);
  const other = await startZitadel();
  const later = await startNative(settingsOf(other));
  try {
    const { inputs: same } = await later.check(audit, hook, inputs);
    await expect(later.diff(audit, id, state, same)).rejects.toMatchObject({
      message: expect.stringMatching(/^Managing Target \d+ .*which has no such object/) as string,
    });
    await expect(later.update(audit, id, state, { ...same, timeout: "20s" })).rejects.toMatchObject({ code: 2 });
    expect(other.targets()).toEqual([]);
  } finally {
    later.stop();
    await other.stop();
  }
});
