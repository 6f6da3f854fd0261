import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../support/documents";
import { Editor } from "../support/editor";

// The cost of importing and installing the package. Each budget is a little above today's size. If a change needs more, raise the
// budget in that change. If a change makes it much smaller, lower it.

interface Size {
  readonly files: number;
  readonly bytes: number;
}

const budgets = {
  /** What `import "pulumi-zitadel-actions"` adds to a program beside `@pulumi/pulumi`. */
  program: { files: 6, bytes: 38_500 },
  /** What the provider process loads until it sends its first request. Half of it is the HTTP client. */
  provider: { files: 3, bytes: 836_000 },
  /** What it adds to what the program's compiler reads. */
  types: { files: 18, bytes: 96_000 },
  /** What a receiver loads before the first JWT comes, with the adapters for every framework. A quarter of it are names of methods and events. */
  webhook: { files: 31, bytes: 166_000 },
  /** Nearly half of it are the names of methods and events, which programs read too. */
  webhookTypes: { files: 24, bytes: 120_000 },
  /** What is downloaded, and what it takes on a disk, source maps included. Only jose comes on top. */
  tarball: { files: 540, bytes: 1_370_000 },
  installed: { files: 540, bytes: 5_850_000 },
  /** What of it is the native provider, with everything that it uses. An archive of a release has nothing else. */
  plugin: { files: 6, bytes: 1_500_000 },
  /** How much of what is installed is docs/ and examples/. */
  documents: { files: 140, bytes: 506_000 },
} as const satisfies Record<string, Size>;

/** What is wrong with a size: it is above its budget, or so far below that the budget holds nothing. */
function outside(name: keyof typeof budgets, { files, bytes }: Size): string[] {
  const budget = budgets[name];
  const said = `${name}: ${files} files with ${bytes} bytes; the budget in test/package/size.test.ts is ${budget.files} with ${budget.bytes}`;
  if (files > budget.files || bytes > budget.bytes)
    return [`${said}. Load it later, or leave it out; if it is worth it, raise the budget.`];
  return bytes < budget.bytes * 0.8 ? [`${said}. Lower it, lest it be used up unseen.`] : [];
}

/** The files that Node loads for a program, without those that it loads for another one. */
function loaded(code: string, without = ""): string[] {
  const program = (what: string) => `
    const seen = [];
    require("node:module").registerHooks({ load: (url, context, next) => (seen.push(url), next(url, context)) });
    (async () => { ${what}; })().then(() => console.log(JSON.stringify(seen)));`;
  const run = (what: string) => {
    const args = ["--no-warnings", "-e", program(what)];
    const said = execFileSync(process.execPath, args, { cwd: join(root, "examples"), encoding: "utf8" });
    return (JSON.parse(said) as string[]).filter((url) => url.startsWith("file:")).map((url) => fileURLToPath(url));
  };
  const known = new Set(run(without));
  return [...new Set(run(code))].filter((file) => !known.has(file));
}

function sizeOf(files: readonly string[]): Size {
  return { files: files.length, bytes: files.reduce((sum, file) => sum + statSync(file).size, 0) };
}

const notOurs = (files: readonly string[]): string[] =>
  files.filter((file) => !file.startsWith(join(root, "dist") + sep)).map((file) => relative(root, file));

test("what a program loads is ours alone, and within its budget", () => {
  const files = loaded('require("pulumi-zitadel-actions")', 'require("@pulumi/pulumi")');
  expect(notOurs(files)).toEqual([]);
  expect(outside("program", sizeOf(files))).toEqual([]);
});

test("so is what the provider process loads until its first request, which two bundles contain", () => {
  const files = loaded(
    `const { target } = require("pulumi-zitadel-actions/runtime");
    const settings = { domain: "localhost", port: "1", insecure: "true", accessToken: "none" };
    target.configure({ config: { get: (key) => settings[key.replace("zitadel-actions:", "")] } });
    const args = { name: "n", endpoint: "https://example.com", timeout: "10s", restAsync: {} };
    await target.create(args).catch(() => undefined)`,
    'require("@pulumi/pulumi")',
  );
  expect(notOurs(files)).toEqual([]);
  expect(outside("provider", sizeOf(files))).toEqual([]);
});

test.each([
  ["required", 'require("pulumi-zitadel-actions/webhook")'],
  ["imported", 'await import("pulumi-zitadel-actions/webhook")'],
])("so is what a receiver loads, %s", (_how, code) => {
  const files = loaded(code);
  expect(notOurs(files)).toEqual([]);
  expect(outside("webhook", sizeOf(files))).toEqual([]);
});

test("a receiver loads jose when the first JWT comes, and not before", () => {
  const verify = (payloadType: string) => `
    const { createHmac } = require("node:crypto");
    const { instanceKeys, verifyRaw } = require("pulumi-zitadel-actions/webhook");
    const body = ${JSON.stringify({ JSON: '{"event_type":"user.added"}', JWT: "e30.e30.e30" })}["${payloadType}"];
    const time = Math.floor(Date.now() / 1000);
    const v1 = createHmac("sha256", "k").update(time + "." + body).digest("hex");
    const options = { signingKey: "k", ...("${payloadType}" === "JWT" && { instanceKeys: { keys: [] } }) };
    await verifyRaw(body, { "zitadel-signature": "t=" + time + ",v1=" + v1 }, options).catch(() => undefined)`;
  expect(notOurs(loaded(verify("JSON")))).toEqual([]);
  expect(notOurs(loaded(verify("JWT"))).every((file) => file.startsWith(join("node_modules", "jose")))).toBe(true);
  expect(notOurs(loaded(verify("JWT")))).not.toEqual([]);
});

test.each([
  ["types", "pulumi-zitadel-actions"],
  ["webhookTypes", "pulumi-zitadel-actions/webhook"],
] as const)("%s that the compiler reads are within their budget", (name, entry) => {
  const editor = new Editor(`import * as all from "${entry}"; void all;`);
  expect(editor.complaints()).toEqual([]);
  const files = editor.program.getSourceFiles().map(({ fileName }) => fileName);
  expect(outside(name, sizeOf(files.filter((file) => file.startsWith(join(root, "dist")))))).toEqual([]);
});

test("what is downloaded and installed is within its budget", () => {
  const args = ["pack", "--dry-run", "--json", "--silent", "--ignore-scripts"];
  const [pack] = JSON.parse(execFileSync("npm", args, { cwd: root, encoding: "utf8" })) as [
    { entryCount: number; size: number; unpackedSize: number; files: { path: string; size: number }[] },
  ];
  const sizeIn = (folders: RegExp): Size => {
    const files = pack.files.filter(({ path }) => folders.test(path));
    return { files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) };
  };
  expect([
    ...outside("tarball", { files: pack.entryCount, bytes: pack.size }),
    ...outside("installed", { files: pack.entryCount, bytes: pack.unpackedSize }),
    ...outside("plugin", sizeIn(/^plugin\//)),
    ...outside("documents", sizeIn(/^(docs|examples)\//)),
  ]).toEqual([]);
});
