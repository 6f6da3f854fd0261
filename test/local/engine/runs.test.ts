// What the recorded runs do not cover: limits, rejections, interruptions, and other programs.
import { readFileSync, watch, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { openStack, type RunResult, type Stack } from "../../../local/engine";
import { faster } from "../../support/records";

const [things = "", garden = ""] = ["things", "garden"].map((name) => path.join(__dirname, "..", "..", "data", name));
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "engine-runs-"));
  writeFileSync(path.join(dir, "cloud.json"), "{}");
  writeFileSync(path.join(dir, "calls"), "");
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** The recorded program, declaring `declared`. */
function openThings(declared: object, env: Record<string, string> = {}, projectDir = things): Promise<Stack> {
  return openStack({
    projectDir,
    stack: "dev",
    stateDir: dir,
    passphrase: "a passphrase",
    env: {
      THINGS: JSON.stringify(declared),
      THINGS_FILE: path.join(dir, "cloud.json"),
      RECORD_FILE: path.join(dir, "calls"),
      ...faster(path.join(things, "record.js")),
      ...env,
    },
  });
}

/** Another program, in a folder of its own. */
async function openProgram(source: string, main = "index.js", more = ""): Promise<Stack> {
  const projectDir = path.join(dir, "program");
  await mkdir(path.join(projectDir, path.dirname(main)), { recursive: true });
  writeFileSync(
    path.join(projectDir, "Pulumi.yaml"),
    `name: other\nmain: ${main}\nruntime: {name: nodejs, options: {typescript: false}}\n${more}`,
  );
  await mkdir(path.join(projectDir, "ends"));
  writeFileSync(path.join(projectDir, "ends", "pulumi-resource-aws"), "#!/bin/sh\nexit 3\n", { mode: 0o755 });
  writeFileSync(path.join(projectDir, "package.json"), '{"name": "other"}');
  writeFileSync(path.join(projectDir, main), source);
  await symlink(path.join(__dirname, "..", "..", "..", "node_modules"), path.join(projectDir, "node_modules"));
  return openStack({ projectDir, stack: "dev", stateDir: dir, passphrase: "a passphrase" });
}

interface Entry {
  pid?: number;
  method?: string;
  request?: { urn?: string; variables?: Record<string, string> };
}
const recorded = (): Entry[] =>
  readFileSync(path.join(dir, "calls"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Entry);
const callsOf = (method: string): Entry[] => recorded().filter((entry) => entry.method === method);
const cloud = (): Record<string, unknown> =>
  JSON.parse(readFileSync(path.join(dir, "cloud.json"), "utf8")) as Record<string, unknown>;
const said = ({ stdout, stderr }: RunResult): string => stdout + stderr;

function cloudHolds(text: string): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!readFileSync(path.join(dir, "cloud.json"), "utf8").includes(text)) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(dir, look);
    look();
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // there is none
  }
}

describe("configuration", () => {
  test("refresh and destroy configure the provider as the last up did, preview and up as today", async () => {
    const declared = { a: { inputs: { label: "a" } } };
    const stack = await openThings(declared);
    stack.setAllConfig({ "things:salt": { value: "first", secret: true }, "things:instances": '{"x":{"domain":"y"}}' });
    await stack.up();
    stack.setAllConfig({ "things:salt": { value: "second", secret: true } });
    await stack.refresh();
    await stack.preview();
    await stack.destroy();
    const key = "pulumi-nodejs:config:things:salt";
    const given = callsOf("Configure").map(({ request }) => request?.variables ?? {});
    expect(given.map((variables) => variables[key])).toEqual(["first", "first", "second", "first"]);
    expect(given[0]?.["pulumi-nodejs:config:things:instances"]).toBe('{"x":{"domain":"y"}}');
    expect(given[2]).not.toHaveProperty("pulumi-nodejs:config:things:instances");
  });

  test("up --refresh under a new configuration: the refresh under the old one, the update under the new", async () => {
    const stack = await openThings({ a: { inputs: { label: "a" } } });
    stack.setAllConfig({ "things:salt": "first" });
    await stack.up();
    stack.setAllConfig({ "things:salt": "second" });
    writeFileSync(path.join(dir, "calls"), "");
    const { exitCode } = await stack.up({ refresh: true });
    expect(exitCode).toBe(0);
    const order = recorded().flatMap(({ method, request }) =>
      method === "Configure"
        ? [request?.variables?.["pulumi-nodejs:config:things:salt"]]
        : ["Read", "Check"].includes(method ?? "")
          ? [method]
          : [],
    );
    expect(order).toEqual(["first", "Read", "second", "Check"]);
  });

  test("a secret of the configuration is never printed, nor stored in plain text", async () => {
    const stack = await openThings({
      a: { inputs: { label: "a" }, secret: "pass-word" },
      b: { inputs: { label: "the-salt" } },
    });
    stack.setAllConfig({ "things:salt": { value: "the-salt", secret: true } });
    const up = await stack.up();
    const results = [await stack.preview(), up, await stack.refresh()];
    for (const result of results) expect(said(result)).not.toMatch(/the-salt|pass-word|key-of/);
    const { deployment } = await stack.exportStack();
    const [, provider, ...made] = deployment.resources ?? [];
    expect(JSON.stringify(provider)).not.toContain("the-salt");
    expect(JSON.stringify(made)).not.toMatch(/pass-word|key-of/);
    expect(up.outputs["a"]).toMatchObject({
      secret: false,
      value: { key: expect.stringMatching(/^key-of-thing-\d-a$/) as string, label: "a" },
    });
  });
});

describe("interruptions", () => {
  test("terminated, all processes end at once and what was under way is left as pending", async () => {
    const stack = await openThings(
      { a: { inputs: { label: "a" } }, w: { inputs: { label: "w" }, from: "a" } },
      { THINGS_HANG: "w" },
    );
    const abort = new AbortController();
    const running = stack.up({ terminate: abort.signal });
    await cloudHolds("-w");
    abort.abort();
    const result = await running;
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toContain("error: update canceled");
    const pids = recorded().flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    expect(pids).toHaveLength(2); // the program's host and the provider
    expect(pids.filter(isAlive)).toEqual([]);
    const { deployment } = await stack.exportStack();
    expect(deployment.pending_operations).toMatchObject([{ type: "creating", resource: { inputs: { label: "w" } } }]);
    expect(deployment.resources?.map(({ urn }) => urn.split("::").at(-1))).toEqual(["things-dev", "default", "a"]);

    const cleared = await stack.refresh({ clearPendingCreates: true });
    expect(cleared.exitCode).toBe(0);
    expect((await stack.exportStack()).deployment.pending_operations).toBeUndefined();
  });

  test("a run that is aborted before it begins does nothing", async () => {
    const stack = await openThings({ a: { inputs: { label: "a" } } });
    const { exitCode } = await stack.up({ signal: AbortSignal.abort() });
    expect(exitCode).toBe(1);
    expect(cloud()).toEqual({});
  });

  test("a provider that dies has failed: the engine goes on without it, and nothing is pending", async () => {
    const stack = await openProgram(programOf("create: async () => process.exit(3)"));
    const result = await stack.up();
    expect(result.exitCode).toBe(1);
    const { deployment } = await stack.exportStack();
    expect(deployment.pending_operations).toBeUndefined();
    expect((deployment.resources ?? []).map(({ urn }) => urn.split("::").at(-1))).not.toContain("x");
  });
});

/** A program with one resource `x`, whose provider travels as text. */
function programOf(provider: string, options = "{}", inputs = "{}"): string {
  return `const pulumi = require("@pulumi/pulumi");
    const text = ${JSON.stringify(`exports.handler = () => ({ ${provider} })`)};
    class X extends pulumi.CustomResource {
      constructor(name, inputs, options) { super("pulumi-nodejs:dynamic/x:X", name, { ...inputs, __provider: text }, options); }
    }
    const x = new X("x", ${inputs}, ${options});
    exports.id = x.id;`;
}

describe("native providers", () => {
  const hanging = { a: { inputs: { label: "a" } }, w: { inputs: { label: "w" }, dependsOn: ["a"] } };
  const openHanging = (): Promise<Stack> => openThings(hanging, { THINGS_HANG: "w" }, garden);

  test("Ctrl-C cancels the provider at once: what it has begun is finished, and is in the state", async () => {
    const stack = await openHanging();
    const controller = new AbortController();
    const running = stack.up({ signal: controller.signal });
    await cloudHolds("plant-2-w");
    controller.abort();
    expect(await running).toMatchObject({ exitCode: 1 });
    const { deployment } = await stack.exportStack();
    expect(deployment.pending_operations).toBeUndefined();
    expect(deployment.resources?.at(-1)).toMatchObject({ id: "plant-2-w" });
    expect(callsOf("Cancel")).toHaveLength(1);
  });

  test("a second Ctrl-C ends its process: what it had begun is pending", async () => {
    const stack = await openHanging();
    const controller = new AbortController();
    const running = stack.up({ terminate: controller.signal });
    await cloudHolds("plant-2-w");
    controller.abort();
    expect(await running).toMatchObject({ exitCode: 1 });
    const pids = recorded().flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    expect(pids.length).toBeGreaterThanOrEqual(2);
    expect(pids.filter(isAlive)).toEqual([]);
    expect((await stack.exportStack()).deployment.pending_operations).toMatchObject([{ type: "creating" }]);
  });

  test.each([
    [
      "a path without the program",
      "{name: aws, path: nowhere}",
      /nowhere.pulumi-resource-aws does not exist\. Correct/,
    ],
    ["a program that ends", "{name: aws, path: ends}", /the provider aws could not be started: it exited with code 3/],
  ])("%s", async (_, provider, message) => {
    const stack = await openProgram(
      programOf("").replace("pulumi-nodejs:dynamic/x:X", "aws:s3/bucket:Bucket"),
      "index.js",
      `plugins: {providers: [${provider}]}\n`,
    );
    const result = await stack.preview();
    expect(said(result)).toMatch(message);
    expect(result.exitCode).toBe(1);
  });

  test("one without a name or a path", async () => {
    await expect(openProgram("", "index.js", "plugins: {providers: [{name: aws}]}\n")).rejects.toThrow(
      "plugins.providers: each provider needs a name and a path",
    );
  });
});

describe("what the engine does not do is rejected, and says so", () => {
  const provider = "create: async (inputs) => ({ id: '1', outs: inputs })";
  const refusals: [what: string, source: string, message: RegExp][] = [
    [
      "another package",
      programOf(provider).replace("pulumi-nodejs:dynamic/x:X", "aws:s3/bucket:Bucket"),
      /the package aws,.*use the Pulumi CLI/,
    ],
    [
      "deletedWith of a component",
      "const pulumi = require('@pulumi/pulumi'); const group = (name, deletedWith) => " +
        "new pulumi.ComponentResource('my:mod:Group', name, {}, { deletedWith }); group('h', group('g'))",
      /deletedWith of a component of my:mod:Group 'h'.*use the Pulumi CLI/,
    ],
    [
      "replaceOnChanges",
      programOf(provider, "{ replaceOnChanges: ['y'] }"),
      /replaceOnChanges of .*use the Pulumi CLI/,
    ],
    [
      "time-outs",
      programOf(provider, "{ customTimeouts: { create: '1m' } }"),
      /customTimeouts of .*use the Pulumi CLI/,
    ],
    ["import", programOf(provider, "{ import: 'y' }"), /import of .*use the Pulumi CLI/],
    [
      "replacementTrigger",
      programOf(provider, "{ replacementTrigger: 'y' }"),
      /replacementTrigger|replacement trigger/i,
    ],
    ["transforms", programOf(provider, "{ transforms: [() => undefined] }"), /does not support transforms/],
    [
      "a stack reference",
      `new (require("@pulumi/pulumi").StackReference)("organization/x/y")`,
      /the package pulumi,.*use the Pulumi CLI/,
    ],
    [
      "an explicit provider",
      `const pulumi = require("@pulumi/pulumi"); new pulumi.ProviderResource("aws", "p", {})`,
      /the package aws,.*use the Pulumi CLI/,
    ],
    [
      "an invoke",
      `require("@pulumi/pulumi").runtime.invoke("aws:index:getRegion", {}).catch((e) => { throw e })`,
      /the package aws,.*use the Pulumi CLI/,
    ],
    [
      "an asset",
      programOf(provider, "{}", "{ file: new pulumi.asset.StringAsset('x') }"),
      /an asset, an archive or a resource.*use the Pulumi CLI/,
    ],
  ];
  test.each(refusals)("%s", async (_, source, message) => {
    const stack = await openProgram(source);
    const result = await stack.preview();
    expect(said(result)).toMatch(message);
    expect(result.exitCode).toBe(1);
  });

  test("a state of another version or with other secrets, and a runtime that is not Node's", async () => {
    const stack = await openThings({});
    await expect(stack.importStack({ version: 2 } as never)).rejects.toThrow("version 2");
    const cloudSecrets = { version: 3, deployment: { secrets_providers: { type: "service", state: {} } } } as never;
    await expect(stack.importStack(cloudSecrets)).rejects.toThrow("service");
    writeFileSync(path.join(dir, "Pulumi.yaml"), "name: x\nruntime: python\n");
    await expect(openStack({ projectDir: dir, stack: "dev", stateDir: dir, passphrase: "x" })).rejects.toThrow(
      "python",
    );
    writeFileSync(path.join(dir, "Pulumi.yaml"), "name: x\nruntime: {name: nodejs, options: {nodeargs: --inspect}}\n");
    await expect(openStack({ projectDir: dir, stack: "dev", stateDir: dir, passphrase: "x" })).rejects.toThrow(
      "the runtime's option nodeargs needs the Pulumi CLI",
    );
  });
});

describe("resources", () => {
  test("300 in one up, and again, and away: few of each call, all of them in the state", async () => {
    const names = Array.from({ length: 300 }, (_, i) => `n${i}`);
    const declared = Object.fromEntries(
      names.map((name, i) => [name, { inputs: { label: name }, ...(i % 10 > 0 && { from: `n${i - 1}` }) }]),
    );
    const stack = await openThings(declared);
    expect(await stack.up()).toMatchObject({ exitCode: 0, changes: { create: 301 } });
    expect(Object.keys(cloud())).toHaveLength(300);
    expect(callsOf("Create")).toHaveLength(300);
    expect((await stack.exportStack()).deployment.resources).toHaveLength(302);
    expect(await stack.up()).toMatchObject({ exitCode: 0, changes: { same: 301 } });
    expect(callsOf("Create")).toHaveLength(300);
    expect(await stack.destroy()).toMatchObject({ exitCode: 0, changes: { delete: 301 } });
    expect(cloud()).toEqual({});
    expect(callsOf("Delete")).toHaveLength(300);
  }, 180_000);

  test("one that is protected stays, with what it needs; what needs it goes", async () => {
    const declared = {
      a: { inputs: { label: "a" } },
      p: { inputs: { label: "p" }, from: "a", protect: true },
      z: { inputs: { label: "z" }, from: "p" },
    };
    const stack = await openThings(declared);
    await stack.up();
    const result = await stack.destroy();
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toContain('::p" cannot be deleted\n    because it is protected.');
    expect(Object.keys(cloud())).toEqual(["thing-1-a", "thing-2-p"]);
  });

  test("one that is only read is not deleted", async () => {
    writeFileSync(path.join(dir, "cloud.json"), JSON.stringify({ "thing-0": { label: "elsewhere", key: "k" } }));
    const stack = await openThings({ g: { get: "thing-0" } });
    const { exitCode, outputs, changes } = await stack.up();
    expect({ exitCode, changes }).toEqual({ exitCode: 0, changes: { create: 1 } });
    expect(outputs["g"]?.value).toEqual({ id: "thing-0", key: "k", label: "elsewhere" });
    expect((await stack.destroy()).exitCode).toBe(0);
    expect(Object.keys(cloud())).toEqual(["thing-0"]);
  });

  test("a replacement that must delete first takes along what cannot stay, in the order of needs", async () => {
    const source = (shape: string): string => `const pulumi = require("@pulumi/pulumi");
      const text = ${JSON.stringify(
        `exports.handler = () => ({
          diff: async (id, olds, news) => ({ changes: olds.shape !== news.shape, replaces: olds.shape !== news.shape ? ["shape"] : [] }),
          create: async (inputs) => { console.log("create " + inputs.label); return { id: "id-" + inputs.shape, outs: inputs }; },
          delete: async (id, props) => console.log("delete " + props.label) })`,
      )};
      class X extends pulumi.CustomResource {
        constructor(name, inputs, options) { super("pulumi-nodejs:dynamic/x:X", name, { label: name, ...inputs, __provider: text }, options); }
      }
      const a = new X("a", { shape: "${shape}" }, { deleteBeforeReplace: true });
      const b = new X("b", { shape: a.id });
      new X("c", { other: b.id });`;
    const stack = await openProgram(source("round"));
    expect((await stack.up()).exitCode).toBe(0);
    writeFileSync(path.join(dir, "program", "index.js"), source("square"));
    expect(await stack.preview()).toMatchObject({ exitCode: 0, changes: { replace: 2, same: 2 } });
    const { stdout, changes } = await stack.up();
    expect(changes).toEqual({ replace: 2, same: 2 });
    const done = Array.from(
      stdout.slice(stdout.indexOf("Diagnostics:")).matchAll(/(create|delete) \w/g),
      ([text]) => text,
    );
    expect(done).toEqual(["delete b", "delete a", "create a", "create b"]);
  });

  test("a stack of a pulumi.dynamic.Resource runs, and another provider takes it over under an alias", async () => {
    const stack = await openProgram(`const pulumi = require("@pulumi/pulumi");
      const create = async (inputs) => ({ id: "hook-1", outs: { label: inputs.label } });
      const remove = async () => { throw new Error("the team's own provider deletes it"); };
      new pulumi.dynamic.Resource({ create, delete: remove }, "x", { label: "one" });`);
    expect(await stack.up()).toMatchObject({ exitCode: 0, changes: { create: 2 } });
    expect(await stack.refresh()).toMatchObject({ exitCode: 0 });
    expect(await stack.up()).toMatchObject({ exitCode: 0, changes: { same: 2 } });
    const provider =
      "diff: async (id, olds, news) => ({ changes: olds.label !== news.label }), " +
      "update: async (id, olds, news) => ({ outs: { label: news.label, was: id } }), delete: async () => undefined";
    const alias = "{ aliases: [{ type: 'pulumi-nodejs:dynamic:Resource' }] }";
    writeFileSync(path.join(dir, "program", "index.js"), programOf(provider, alias, "{ label: 'two' }"));
    expect(await stack.up()).toMatchObject({ exitCode: 0, changes: { update: 1, same: 1 } });
    const taken = (await stack.exportStack()).deployment.resources?.at(-1);
    expect(taken).toMatchObject({ type: "pulumi-nodejs:dynamic/x:X", id: "hook-1", outputs: { was: "hook-1" } });
    expect(taken).not.toHaveProperty("aliases");
    expect(await stack.destroy()).toMatchObject({ exitCode: 0, changes: { delete: 2 } });
  });

  test("continueOnError: what does not need the failed one is made; nothing is deleted, and the run fails", async () => {
    await (await openThings({ old: { inputs: { label: "old" } } })).up();
    const refused = { inputs: { label: "refused" } };
    const stack = await openThings({
      r: refused,
      b: { inputs: { label: "b" }, from: "r" },
      c: { inputs: { label: "c" } },
    });
    const { exitCode, changes } = await stack.up({ continueOnError: true });
    expect({ exitCode, changes }).toEqual({ exitCode: 1, changes: { create: 1, same: 1 } });
    expect(Object.keys(cloud())).toEqual(["thing-1-old", "thing-2-c"]);
  });

  test("options that the state keeps: ignoreChanges, retainOnDelete; components around resources", async () => {
    const body = (label: string): string =>
      programOf(
        "create: async (inputs) => ({ id: '1', outs: inputs }), delete: async () => { throw new Error('deleted') }",
        "{ ignoreChanges: ['label'], retainOnDelete: true, parent: new pulumi.ComponentResource('my:mod:Group', 'g') }",
        `{ label: "${label}" }`,
      );
    const stack = await openProgram(body("one"), "src/prog.js");
    expect(await stack.up()).toMatchObject({ exitCode: 0, changes: { create: 3 } });
    const { resources = [] } = (await stack.exportStack()).deployment;
    expect(resources.at(-1)).toMatchObject({
      urn: "urn:pulumi:dev::other::my:mod:Group$pulumi-nodejs:dynamic/x:X::x",
      ignoreChanges: ["label"],
      retainOnDelete: true,
    });
    writeFileSync(path.join(dir, "program", "src", "prog.js"), body("two"));
    expect((await stack.up()).changes).toEqual({ same: 3 });
    expect(await stack.destroy()).toMatchObject({ exitCode: 0, changes: { delete: 3 } });
  });
});

test("deletedWith: the provider is not asked to delete what goes with another resource, which it is replaced with", async () => {
  const body = (name: string, isFirst = false): string =>
    programOf(
      `check: async (_, inputs) => ({ inputs }), create: async (inputs) => ({ id: inputs.label, outs: inputs }),
       delete: async (id) => { if (id === "one") throw new Error("asked"); }`,
      `{ deletedWith: new X("${name}", { label: "y" }, { deleteBeforeReplace: ${isFirst}, aliases: [{ name: "y" }] }) }`,
      '{ label: "one" }',
    );
  const stack = await openProgram(body("y"));
  expect(await stack.up()).toMatchObject({ exitCode: 0, changes: { create: 3 } });
  const urn = "urn:pulumi:dev::other::pulumi-nodejs:dynamic/x:X::y";
  const deletedWith = async () => (await stack.exportStack()).deployment.resources?.at(-1)?.deletedWith;
  expect(await deletedWith()).toBe(urn);
  const replaced = { exitCode: 0, changes: { same: 1, replace: 2 } };
  expect(await stack.up({ replace: [urn] })).toMatchObject(replaced);
  const file = path.join(dir, "program", "index.js");
  writeFileSync(file, body("y", true));
  const first = await stack.up({ replace: [urn] });
  expect(first).toMatchObject(replaced);
  expect(said(first)).toMatch(
    /x deleted original[^]*y deleted original[^]*y created replacement[^]*x created replacement/,
  );
  writeFileSync(file, body("z"));
  expect(await stack.up({ exclude: [urn.replace(/y$/, "x")] })).toMatchObject({ exitCode: 0, changes: { same: 3 } });
  expect(await deletedWith()).toBe(urn.replace(/y$/, "z"));
  expect(await stack.destroy()).toMatchObject({ exitCode: 0, changes: { delete: 3 } });
});

describe("what is said", () => {
  test("what program and provider print, and what the program logs, is among the diagnostics", async () => {
    const stack = await openProgram(`
      console.log("from the program"); console.error("to stderr");
      module.exports = async () => {
        // The engine ends the program when the resource fails: the warning must have arrived before.
        await require("@pulumi/pulumi").log.warn("a warning");
        ${programOf("create: async () => { console.log('from the provider'); throw new Error('no'); }")}
      };`);
    const streamed: string[] = [];
    const { exitCode, stdout, stderr } = await stack.up({
      onOutput: (text, stream) => streamed.push(`${stream}: ${text}`),
    });
    expect(exitCode).toBe(1);
    const diagnostics = stdout.slice(stdout.indexOf("Diagnostics:"));
    for (const text of [
      "    from the program\n",
      "    to stderr\n",
      "    from the provider\n",
      "    warning: a warning\n",
      "    error: no\n",
      "    error: update failed\n",
    ])
      expect(diagnostics).toContain(text);
    expect(stdout).toContain("    2 errored\n");
    expect(
      streamed
        .filter((text) => text.startsWith("stdout: "))
        .map((text) => text.slice(8))
        .join(""),
    ).toBe(stdout);
    expect(stderr).toMatch(/^This is the small engine .* not the Pulumi CLI\.\n$/);
  });

  test("a program that throws fails the run, and nothing is deleted for it", async () => {
    const stack = await openThings({ a: { inputs: { label: "a" } } });
    await stack.up();
    const broken = await openThings({ a: { inputs: { label: "a" }, from: "nothing" } });
    const { exitCode, stdout } = await broken.up();
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/error: Running program .* failed with an unhandled exception/);
    expect(Object.keys(cloud())).toEqual(["thing-1-a"]);
  });

  test("a check failure about no property in particular shows no value", async () => {
    const provider =
      "check: async (olds, inputs) => ({ inputs, failures: [{ property: '', reason: 'not like this' }] })";
    const stack = await openProgram(programOf(provider, "{}", "{ token: 'a-made-up-secret' }"));
    const result = await stack.preview();
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toContain("error: pulumi-nodejs:dynamic/x:X resource 'x' has a problem: not like this");
    expect(said(result)).not.toContain("a-made-up-secret");
  });

  test("a check failure shows the value as Go prints it", async () => {
    const provider =
      "check: async (olds, inputs) => ({ inputs, failures: [{ property: 'deep', reason: 'not like this' }] })";
    const inputs = "{ deep: { b: [1, 'x', true], a: { c: 'y' } } }";
    const result = await (await openProgram(programOf(provider, "{}", inputs))).preview();
    expect(result.stdout).toContain("property deep value {map[a:{map[c:{y}]} b:{[{1} {x} {true}]}]} has a problem");
  });

  test("the wrong passphrase fails the run, and says so", async () => {
    const options = { projectDir: things, stack: "dev", stateDir: dir, env: { THINGS: "{}" } };
    await (await openStack({ ...options, passphrase: "right" })).up();
    const result = await (await openStack({ ...options, passphrase: "wrong" })).preview();
    expect(result).toMatchObject({ exitCode: 1, stderr: "error: incorrect passphrase\n" });
  });
});
