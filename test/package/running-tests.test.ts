import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "../support/documents";
import { spawned } from "../support/cli";
import { faster } from "../support/records";

// How the tests are run. The end-to-end tests spend most of their time in Node processes that load the same files: a compile cache makes that
// faster.

const script = 'console.log(require("node:module").getCompileCacheDir())';

test("the cache lies in node_modules, which is never committed, unless the environment names another place", () => {
  expect(process.env["NODE_COMPILE_CACHE"]).toBeDefined();
  const print = "require('./jest.config.js'); console.log(process.env.NODE_COMPILE_CACHE)";
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  const place = (more: object) => {
    const options = { cwd: root, env: { ...env, ...more }, encoding: "utf8" } as const;
    return execFileSync(process.execPath, ["-e", print], options).trim();
  };
  expect(place({})).toBe(`${root}/node_modules/.cache/node-compile`);
  expect(place({ NODE_COMPILE_CACHE: "/elsewhere" })).toBe("/elsewhere");
});

test("processes that a test starts use it, also those with an environment of their own", async () => {
  const { NODE_COMPILE_CACHE } = faster();
  const inherited = execFileSync(process.execPath, ["-e", script], { encoding: "utf8" });
  const { stdout: own } = await spawned([process.execPath, "-e", script], {});
  for (const folder of [inherited, own]) expect(folder.startsWith(NODE_COMPILE_CACHE)).toBe(true);
});

test("Pulumi's SDK loads TypeScript and npm's Arborist when a function is serialized, which comes to the same", () => {
  // The program finds the SDK by its name only from within this repository.
  const folder = mkdtempSync(join(root, "node_modules", ".cache", "program-"));
  const file = join(folder, "host.js");
  const functions = `
    const { automation } = require("@pulumi/pulumi");
    const native = [].map.bind([]);
    const one = () => native();
    module.exports = [(number) => number + 1, () => automation.LocalWorkspace, () => one()];`;
  writeFileSync(join(folder, "functions.js"), functions);
  // Opens the session, then loads the program.
  const host = `
    const loaded = () => ["typescript", "@npmcli/arborist"].map((name) => require.cache[require.resolve(name)] !== undefined);
    const ofHost = require("node:module").createRequire(require.resolve("@pulumi/pulumi/cmd/run/run.d.ts"));
    const { runtime } = require("@pulumi/pulumi");
    (async () => {
      await ofHost("../../runtime/closure/v8Hooks").isInitializedAsync();
      const before = loaded();
      const texts = [];
      for (const each of require("./functions.js"))
        texts.push(await runtime.serializeFunction(each).then(({ text }) => text, ({ message }) => message));
      const packages = (await runtime.computeCodePaths()).size;
      console.log(JSON.stringify({ before, after: loaded(), texts, packages }));
    })();`;
  writeFileSync(file, host);
  const run = (env?: NodeJS.ProcessEnv) =>
    JSON.parse(execFileSync(process.execPath, [file], { cwd: root, encoding: "utf8", env })) as Serialized;
  const [late, plain] = [run(), run({})];
  rmSync(folder, { recursive: true });
  expect([late.before, late.after, plain.before]).toEqual([
    [false, false],
    [true, true],
    [true, true],
  ]);
  expect({ ...late, before: [] }).toEqual({ ...plain, before: [] });
  expect(late.texts[2]).toMatch(/functions\.js\(\d+,\d+\): referenced\n.*functions\.js/);
});

interface Serialized {
  readonly before: readonly boolean[];
  readonly after: readonly boolean[];
  readonly texts: readonly string[];
}

test("what traces calls is loaded when tracing starts, which comes to the same", () => {
  const script = `
    const tracing = require("@pulumi/pulumi/cmd/run/tracing");
    const { trace } = require("@opentelemetry/api");
    const loaded = () => require.cache[require.resolve("@opentelemetry/sdk-trace-node")] !== undefined;
    const before = loaded();
    tracing.start("http://127.0.0.1:9/");
    const span = trace.getTracer("test").startSpan("one");
    console.log(JSON.stringify({ before, after: loaded(), isRecording: span.isRecording(), resource: span.resource.attributes["service.name"] }));
    process.exit();`;
  const start = (env?: NodeJS.ProcessEnv) =>
    JSON.parse(execFileSync(process.execPath, ["-e", script], { cwd: root, encoding: "utf8", env })) as object;
  const traced = { after: true, isRecording: true, resource: "nodejs-runtime" };
  expect([start(), start({})]).toEqual([
    { before: false, ...traced },
    { before: true, ...traced },
  ]);
});

test("Pulumi's SDK is loaded out of one file, whole, and only that of this repository", () => {
  const script = `
    const pulumi = require("@pulumi/pulumi");
    const files = Object.values(require.cache).filter(({ filename }) => /node_modules/.test(filename));
    let stack = "";
    try { new pulumi.CustomResource(); } catch (error) { ({ stack } = error); }
    console.log(JSON.stringify({ names: Object.keys(pulumi).sort(), unloaded: files.filter(({ loaded }) => !loaded).length, stack }));`;
  const load = (env?: NodeJS.ProcessEnv) =>
    JSON.parse(execFileSync(process.execPath, ["-e", script], { cwd: root, encoding: "utf8", env })) as Loaded;
  const [packed, plain] = [load(), load({})];
  expect({ ...packed, stack: "" }).toEqual({ ...plain, stack: "", unloaded: 0 });
  expect(packed.stack).toMatch(/new CustomResource \(.*\.cache.sdk.*sdk\.js:/);
  expect(plain.stack).toMatch(/new CustomResource \(.*@pulumi.pulumi.resource\.js:/);
});

interface Loaded {
  readonly names: readonly string[];
  readonly unloaded: number;
  readonly stack: string;
}

/** Runs Jest as npx and editors start it. */
function bareJest(...args: readonly string[]): string {
  const jest = join(root, "node_modules", "jest", "bin", "jest.js");
  const { NODE_OPTIONS: _, ...env } = process.env;
  return execFileSync(process.execPath, [jest, ...args], { cwd: root, env, encoding: "utf8", stdio: "pipe" });
}

test("Jest cannot run in one process without the flags of npm's scripts, and says what to run", () => {
  expect(() => bareJest("-i", "test/webhook/tokens")).toThrow("run `npm test -- -i test/webhook/tokens`");
});

test("Jest also runs without the flags of npm's scripts, as npx and editors start it", () => {
  const result = bareJest("--json", "test/webhook/tokens");
  expect(JSON.parse(result)).toMatchObject({ success: true, numPassedTests: expect.any(Number) as number });
});

test("`npm run test:unit` runs the tests of the provider, the receiver and the mock server, or those of them that are named", () => {
  const listed = (...args: readonly string[]) => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const command = `${scripts["test:unit"]} --listTests ${args.join(" ")}`;
    const lines = execFileSync("sh", ["-c", command], { cwd: root, encoding: "utf8" }).trim().split("\n");
    return lines.map((file) => relative(join(root, "test"), file));
  };
  const folders = new Set(listed().map((file) => /^(?:local\/)?[^/]+/.exec(file)?.[0]));
  expect([...folders].sort()).toEqual(["local/zitadel", "provider", "webhook"]);
  expect(listed("api/server-time")).toEqual(["provider/api/server-time.test.ts"]);
});
