import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDeployment } from "../../local/deployment";
import { startZitadel, type Zitadel } from "../../local/zitadel";
import { configFor, openStage, programs, type Stage } from "../support/deploy";
import { seen } from "../support/world";

const hook = { endpoint: "https://example.com/hook", timeout: "10s", restAsync: {} };
let stage: Stage;

beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

test("a credential that was set without --secret gives one warning", async () => {
  await stage.deployment.configure({
    ...configFor(stage.zitadel),
    "zitadel-actions:accessToken": stage.zitadel.accessToken,
  });
  stage.declare({ a: hook, b: hook });
  const { exitCode, text } = await stage.run("preview");
  expect(exitCode).toBe(0);
  const [, diagnostics = ""] = text.split("Diagnostics:");
  const warning =
    "warning: zitadel-actions:accessToken contains a credential in plain text, which Pulumi also stores in the state: set a new one with `pulumi config set --secret zitadel-actions:accessToken`, and revoke the old one.";
  expect(diagnostics.split(warning)).toHaveLength(2);
  expect(text).not.toContain(stage.zitadel.accessToken);

  await stage.deployment.configure(configFor(stage.zitadel));
  expect((await stage.run("preview")).text).not.toContain("warning");
});

test("everything from the environment", async () => {
  await stage.deployment.configure({});
  stage.declare(
    { hook },
    {
      ZITADEL_DOMAIN: stage.zitadel.domain,
      ZITADEL_PORT: String(stage.zitadel.port),
      ZITADEL_INSECURE: "true",
      ZITADEL_ACCESS_TOKEN: stage.zitadel.accessToken,
    },
  );
  expect(await stage.run("up")).toMatchObject({ exitCode: 0, requests: { create: 1 } });
  expect(await stage.run("destroy")).toMatchObject({ exitCode: 0, requests: { delete: 1 } });
});

describe("in a shell with the settings of a real instance", () => {
  let real: Zitadel;
  const before = { ...process.env };

  beforeEach(async () => {
    real = await startZitadel();
    const port = String(real.port);
    Object.assign(process.env, { ZITADEL_DOMAIN: real.domain, ZITADEL_PORT: port, ZITADEL_INSECURE: "true" });
    Object.assign(process.env, { ZITADEL_ACCESS_TOKEN: real.accessToken, PULUMI_OPTION_CONFIG_FILE: "/real.yaml" });
  });
  afterEach(async () => {
    process.env = { ...before };
    await real.stop();
  });

  test("a deployment without settings reaches no instance, and one with the mock server's sends it no real credential", async () => {
    const env = { TARGETS: JSON.stringify({ hook }) };
    const deployment = await openDeployment({ projectDir: join(programs, "targets"), env });
    try {
      for (const again of [false, true]) {
        if (again) deployment.setEnv(env);
        const { exitCode, stdout, stderr } = await deployment.up();
        expect({ failed: exitCode !== 0, real: seen(real) }).toEqual({ failed: true, real: {} });
        expect(stdout + stderr).toContain("zitadel-actions:domain is not set");
      }
      await deployment.configure(configFor(stage.zitadel));
      const { exitCode, stdout, stderr } = await deployment.up();
      expect({ exitCode, text: stdout + stderr }).toMatchObject({ exitCode: 0 });
      expect((await deployment.destroy()).exitCode).toBe(0);
      expect({ mock: seen(stage.zitadel), real: seen(real) }).toEqual({ mock: { create: 1, delete: 1 }, real: {} });
    } finally {
      await deployment.close();
    }
  });
});

test("a target moves to another instance: created there first, then deleted here", async () => {
  const other = await startZitadel();
  try {
    const instances = {
      there: { domain: other.domain, port: other.port, insecure: true, accessToken: other.accessToken },
    };
    await stage.deployment.configure({
      ...configFor(stage.zitadel),
      "zitadel-actions:instances": { value: JSON.stringify(instances), secret: true },
    });
    stage.declare({ hook });
    await stage.run("up");
    expect([stage.zitadel.targets().length, other.targets().length]).toEqual([1, 0]);

    stage.declare({ hook: { ...hook, instance: "there" } });
    const { exitCode, changes, requests } = await stage.run("up");
    expect({ exitCode, replaced: changes.replace, requests }).toEqual({
      exitCode: 0,
      replaced: 1,
      requests: { searchExecutions: 1, delete: 1 },
    });
    expect([stage.zitadel.targets().length, other.targets().length]).toEqual([0, 1]);

    stage.declare({ hook: { ...hook, instance: "nowhere" } });
    const wrong = await stage.run("preview");
    expect(wrong.exitCode).toBe(1);
    expect(wrong.text).toContain('zitadel-actions:instances has no instance "nowhere" (configured: "there")');

    expect(await stage.run("refresh")).toMatchObject({ exitCode: 0, requests: {} });
    expect(await stage.run("destroy")).toMatchObject({ exitCode: 0 });
    expect(other.targets()).toEqual([]);
  } finally {
    await other.stop();
  }
});

test("a lookup that fails before it sends anything says so, without a warning of Node's", async () => {
  const asking = await openStage({ projectDir: join(programs, "lookups"), config: { "zitadel-actions:port": "none" } });
  try {
    const { exitCode, text, requests } = await asking.run("preview");
    expect({ failed: exitCode !== 0, requests }).toEqual({ failed: true, requests: {} });
    expect(text).toContain("zitadel-actions:port must be a port, from 1 to 65535");
    expect(text).not.toContain("PromiseRejectionHandledWarning");
  } finally {
    await asking.close();
  }
});

test("a key file that others may read gives one warning, also in a program that only asks", async () => {
  const folder = await mkdtemp(join(tmpdir(), "key-"));
  const asking = await openStage({ projectDir: join(programs, "lookups") });
  try {
    for (const one of [stage, asking]) {
      const { zitadel, deployment } = one;
      const file = join(folder, "key.json");
      await writeFile(file, JSON.stringify(await zitadel.owner.keyFile()));
      await chmod(file, 0o640);
      await deployment.configure({
        ...configFor(zitadel),
        "zitadel-actions:accessToken": "",
        "zitadel-actions:jwtProfileFile": file,
      });
      one.declare({ a: hook, b: hook });
      const { exitCode, text } = await one.run("preview");
      expect(exitCode).toBe(0);
      const [, diagnostics = ""] = text.split("Diagnostics:");
      expect(diagnostics.split(/warning: .*key\.json, a private key that other users can read/)).toHaveLength(2);
    }
  } finally {
    await asking.close();
    await rm(folder, { recursive: true });
  }
});

describe("a project that configures all of its stacks in Pulumi.yaml", () => {
  let folder: string;
  let real: Zitadel;

  beforeEach(async () => {
    real = await startZitadel();
    folder = await mkdtemp(join(programs, "project-"));
    const prod = { domain: real.domain, port: real.port, insecure: true, accessToken: real.accessToken };
    const project = {
      name: "whole",
      runtime: { name: "nodejs", options: { typescript: false } },
      main: "index.js",
      stackConfigDir: "stacks/all",
      config: {
        "zitadel-actions:instances": { value: { prod } },
        "zitadel-actions:jwtProfileFile": "/nowhere.json",
        greeting: { type: "string", default: "hello" },
      },
    };
    await writeFile(join(folder, "Pulumi.yaml"), JSON.stringify(project));
    await writeFile(
      join(folder, "index.js"),
      `const { Config } = require("@pulumi/pulumi");
const { ZitadelTarget } = require("pulumi-zitadel-actions");
const hook = { endpoint: "https://example.com/", timeout: "5s", restWebhook: {} };
exports.greeting = new Config().require("greeting");
exports.id = new ZitadelTarget("hook", { ...hook, ...JSON.parse(process.env.TARGETS) }).id;
`,
    );
    await stage.close();
    stage = await openStage({ projectDir: folder });
  });
  afterEach(async () => {
    await real.stop();
    await rm(folder, { recursive: true });
  });

  test("is not led to a real instance by that, and has the rest of it", async () => {
    stage.declare({});
    const { exitCode, outputs } = await stage.run("up");
    expect({ exitCode, greeting: outputs["greeting"]?.value }).toEqual({ exitCode: 0, greeting: "hello" });
    stage.declare({ instance: "prod" } as object as Record<string, object>);
    const { exitCode: refused, text } = await stage.run("preview");
    expect({ refused: refused !== 0, targets: real.targets() }).toEqual({ refused: true, targets: [] });
    expect(text).toContain('zitadel-actions:instances has no instance "prod" (configured: none)');
    expect(seen(real)).toEqual({});
    await stage.close();
    expect(existsSync(join(folder, "stacks"))).toBe(false);
  });
});
