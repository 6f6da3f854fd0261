import { cp, mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, dirname, join } from "node:path";
import ts from "typescript";
import manifest from "../../package.json";
import { read, snippets } from "../support/documents";
import { install, lifeOn, openPlace, type Place, type Project } from "../support/installed";
import { areOnPath } from "../support/processes";

// The packed package in the test runners that its users have, each as it is installed: the unit test of docs/testing.md, and a receiver.
// Also in Bun and TypeScript 7.

jest.setTimeout(600_000);
const bun = `@oven/bun-${process.platform}-${process.arch === "arm64" ? "aarch64" : process.arch}`;
const page = read("docs/testing.md");
const [unit] = snippets(page).filter(({ code }) => code.includes("setMocks"));
const [firstLine = "", ...rest] = (unit?.code ?? "").split("\n");
/** The first line of the test for each runner, from the page's table. */
const rows = [...page.text.matchAll(/^\| (\w+)[^|]*\| `(import \{[^`]*)` +\|/gm)];
const firstLines = new Map(rows.map(([, runner = "", line = ""]) => [runner, line]));
const tsconfig = JSON.stringify({
  compilerOptions: {
    strict: true,
    target: "es2022",
    module: "nodenext",
    isolatedModules: true, // The page says so: without it, ts-jest warns.
    skipLibCheck: true,
    types: ["node"],
  },
});
const jestConfig = 'module.exports = { preset: "ts-jest" };';
const receiver = read("test/data/installed/receiver.ts").text.split("\n").slice(1);
const ofTests = snippets(page).find(({ code }) => code.includes("createSender("))?.code ?? "";
const deliveries = ofTests.split("\n").filter((line) => line !== 'import { test } from "node:test";');
const esmConfig = snippets(page).find(({ code }) => code.includes("createDefaultEsmPreset"))?.code ?? "";

let place: Place;
let project: Project;
let requests = 0;
/** An instance that the environment names, to which nothing may be sent. */
const instance = createServer((_request, response) => {
  requests++;
  response.writeHead(500).end();
});

beforeAll(async () => {
  await new Promise<void>((resolve) => instance.listen(0, "127.0.0.1", resolve));
  place = await openPlace();
  project = await install(place, "npm", {
    "@pulumi/pulumi": manifest.peerDependencies["@pulumi/pulumi"],
    "@types/node": manifest.devDependencies["@types/node"],
    jest: "30.5.2",
    "ts-jest": "29.4.15",
    typescript: manifest.devDependencies.typescript,
    "typescript-7": "npm:typescript@7.0.2",
    vitest: "5.1.1",
    [bun]: "1.4.5",
  });
});
afterAll(async () => {
  instance.close();
  await place.remove();
});

/** A folder below the project's with the three tests for a runner. */
async function testsFor(runner: string, files: Readonly<Record<string, string>> = {}, name = runner): Promise<string> {
  const folder = join(project.folder, name);
  await mkdir(folder, { recursive: true });
  const imports = firstLines.get(runner) ?? "";
  const texts = {
    "hooks.test.ts": [imports, ...rest].join("\n"),
    "receiver.test.ts": [imports, ...receiver].join("\n"),
    "deliveries.test.ts": [imports, ...deliveries].join("\n"),
    ...files,
  };
  for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text);
  return folder;
}

const fileOf = (name: string, path: string) => join(project.folder, "node_modules", name, path);
const bunFile = () => fileOf(bun, "bin/bun");
const named = () => ({
  ZITADEL_DOMAIN: "127.0.0.1",
  ZITADEL_PORT: String((instance.address() as AddressInfo).port),
  ZITADEL_INSECURE: "true",
  ZITADEL_ACCESS_TOKEN: "a-made-up-token",
});

test("the page has a first line for each runner, and Jest's is the example's", () => {
  expect([...firstLines.keys()]).toEqual(["Jest", "Vitest", "Node", "Bun"]);
  expect(firstLines.get("Jest")).toBe(firstLine);
  expect(page.text).toContain('set `"isolatedModules": true` in `tsconfig.json`');
});

test.each([
  // What `npx jest` is without options.
  ["Jest", () => [[process.execPath, fileOf("jest", "bin/jest.js")]]],
  ["Vitest", () => [[process.execPath, fileOf("vitest", "vitest.mjs"), "run"]]],
  ["Node", () => [[process.execPath, "--test", "hooks.test.ts", "receiver.test.ts", "deliveries.test.ts"]]],
  // One process for all files: the mocks of one would be asked in the other too.
  ["Bun", () => ["hooks", "receiver", "deliveries"].map((file) => [bunFile(), "test", file])],
])("in %s", async (runner, commands) => {
  const folder = await testsFor(runner, { "jest.config.js": jestConfig, "tsconfig.json": tsconfig });
  const env = { ...named(), NO_COLOR: "1", FORCE_COLOR: undefined };
  const counts: number[] = [];
  for (const command of commands()) {
    // Some of them report on standard error.
    const said = await project.run(["sh", "-c", '"$@" 2>&1', "sh", ...command], { cwd: folder, env });
    expect(said).not.toContain("TS151002");
    counts.push(Number(/^\s*Tests:? +(\d+) passed|pass (\d+)$|^ *(\d+) pass$/m.exec(said)?.slice(1).find(Boolean)));
  }
  expect(counts.reduce((sum, count) => sum + count)).toBe(3);
  expect(requests).toBe(0);
});

test("in Jest with its defaults, where tests are JavaScript in CommonJS", async () => {
  const plain = join(project.folder, "plain");
  await mkdir(plain);
  await writeFile(join(plain, "package.json"), "{}");
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  for (const [name, lines] of Object.entries({ hooks: rest, receiver, deliveries })) {
    const { outputText } = ts.transpileModule([firstLine, ...lines].join("\n"), { compilerOptions });
    await writeFile(join(plain, `${name}.test.js`), outputText);
  }
  const command = ["sh", "-c", '"$@" 2>&1', "sh", process.execPath, fileOf("jest", "bin/jest.js")];
  expect(await project.run(command, { cwd: plain, env: named() })).toMatch(/^Tests: +3 passed/m);
  expect(requests).toBe(0);
});

test("in Jest with ES modules, as the page says", async () => {
  expect(page.text).toContain("run `NODE_OPTIONS=--experimental-vm-modules npx jest`");
  const files = { "package.json": '{ "type": "module" }', "jest.config.js": esmConfig, "tsconfig.json": tsconfig };
  const folder = await testsFor("Jest", files, "esm");
  const command = ["sh", "-c", '"$@" 2>&1', "sh", process.execPath, fileOf("jest", "bin/jest.js")];
  const env = { ...named(), NODE_OPTIONS: "--experimental-vm-modules" };
  expect(await project.run(command, { cwd: folder, env })).toMatch(/^Tests: +3 passed/m);
  expect(requests).toBe(0);
});

test("a unit test that is wrong fails", async () => {
  const folder = await testsFor("Jest", { "jest.config.js": jestConfig, "tsconfig.json": tsconfig });
  const wrong = [firstLine, ...rest].join("\n").replace('"claims-id"]', '"other-id"]');
  await writeFile(join(folder, "hooks.test.ts"), wrong);
  const run = project.run([process.execPath, fileOf("jest", "bin/jest.js"), "hooks"], { cwd: folder });
  await expect(run).rejects.toThrow("✕ the execution calls both targets, in this order");
});

test("two copies of the package in one program know each other's targets, and deploy as one", async () => {
  const other = join(project.folder, "other", "node_modules", "pulumi-zitadel-actions");
  await cp(join(project.folder, "node_modules", "pulumi-zitadel-actions"), other, { recursive: true });
  const token = "zitadel-actions:index:getTarget";
  expect(JSON.parse(await project.node(["two-copies.cjs"]))).toEqual({
    isSame: false,
    called: Array(2).fill(["a-id", "b-id"]),
    found: [token, token],
    areTargets: [true, true],
  });

  const [first, second, twice, last] = JSON.parse(await project.node(["deploy-copies.mjs"])) as object[];
  const made = { targets: ["a", "b"], executions: ["function/preaccesstoken: 2", "function/preuserinfo: 2"] };
  expect(first).toMatchObject({ exitCode: 0, ...made, found: "a" });
  expect(second).toMatchObject({ exitCode: 0, ...made, found: "a", requests: { search: 1 } });
  expect(twice).toMatchObject({
    said: expect.stringContaining("is also the condition of ZitadelExecution") as string,
  });
  expect(last).toMatchObject({ exitCode: 0, targets: [], executions: [] });
});

test.each([
  ["node16", "node16"],
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
])("its types compile with TypeScript 7 and module %s", async (format, resolution) => {
  const flags = ["--ignoreConfig", "--noEmit", "--strict", "--target", "es2022", "--types", "node"];
  const how = ["--module", format, "--moduleResolution", resolution];
  const compiler = fileOf("typescript-7", "bin/tsc");
  expect(await project.node([compiler, "--version"])).toMatch(/^Version 7\./);
  await project.node([compiler, ...flags, ...how, join("types", "program.ts")]);
});

test("a program that TypeScript 7 compiled ahead is deployed", async () => {
  const folder = join(project.folder, "compiled");
  await cp(join(project.folder, "typescript"), folder, { recursive: true });
  await writeFile(join(folder, "Pulumi.yaml"), "name: compiled\nruntime: nodejs\nmain: index.js\n");
  await writeFile(join(folder, "tsconfig.json"), tsconfig);
  await project.node([fileOf("typescript-7", "bin/tsc"), "--project", folder]);
  expect(await project.live(["compiled"])).toMatchObject({ life: lifeOn("24").life });
});

const withCli = areOnPath("pulumi", "pulumi-language-bun") ? test : test.skip;

withCli("Pulumi's CLI runs a program in Bun, and the provider in Node", async () => {
  const check = 'if (process.versions["bun"] === undefined) throw new Error("not Bun");\n';
  const program = join(project.folder, "bun", "index.ts");
  await writeFile(program, check + read("test/data/installed/esm/index.js").text);
  const PATH = [dirname(process.execPath), dirname(bunFile()), process.env["PATH"]].join(delimiter);
  const said = await project.run([process.execPath, "life.mjs", "bun"], { env: { PATH } });
  expect(JSON.parse(said)).toEqual(lifeOn("24"));
});
