import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import manifest from "../package.json";
import { install, lifeOn, nodeOf, openPlace, type Place, type Project, root } from "./support/installed";

// The packed package, installed by `npm install` in a new folder, with the newest Pulumi SDK of the range.

jest.setTimeout(600_000);
const range = manifest.peerDependencies["@pulumi/pulumi"];
const nodes = ["22", "24", "26"] as const;
let place: Place;
let project: Project;
const nodeFiles = new Map<string, string>();

beforeAll(async () => {
  place = await openPlace();
  const { typescript } = manifest.devDependencies;
  project = await install(place, "npm", { "@pulumi/pulumi": range, typescript });
  for (const major of nodes) nodeFiles.set(major, await nodeOf(place, major));
});
afterAll(() => place.remove());

test("the SDK beside it is at least as new as the one of this repository", async () => {
  const [major, minor = 0] = versionOf(await project.version("@pulumi/pulumi"));
  const [ownMajor, ownMinor] = versionOf(manifest.devDependencies["@pulumi/pulumi"]);
  expect(major).toBe(ownMajor);
  expect(minor).toBeGreaterThanOrEqual(Number(ownMinor));
});

const versionOf = (version: string): number[] => version.split(".").map(Number);

test.each(nodes)("on Node %s it serves programs in CommonJS, as ES modules and in TypeScript", async (major) => {
  const node = nodeFiles.get(major);
  const results = await Promise.all([".", "esm", "typescript"].map((program) => project.live(program, node)));
  expect(results).toEqual([lifeOn(major), lifeOn(major), lifeOn(major)]);
});

test.each(nodes)("on Node %s what can be required can be imported by name", async (major) => {
  const entries = JSON.parse(await project.node(["entries.cjs"], nodeFiles.get(major))) as Record<string, Names>;
  expect(Object.keys(entries)).toEqual(Object.keys(manifest.exports).flatMap(entryOf));
  for (const { required, onlyRequired } of Object.values(entries)) {
    expect(required.length).toBeGreaterThan(0);
    expect(onlyRequired).toEqual([]);
  }
});

interface Names {
  readonly required: readonly string[];
  readonly onlyRequired: readonly string[];
}

const entryOf = (path: string): string[] => (path.endsWith(".json") ? [] : [manifest.name + path.slice(1)]);

test.each([
  ["node10", "commonjs", ["program.ts"]],
  ["node16", "node16", ["program.cts", "program.mts"]],
  ["bundler", "esnext", ["program.ts"]],
])(
  "its types are found with moduleResolution %s, and are right down to those of its dependencies",
  async (resolution, module, files) => {
    const types = join(project.folder, "types");
    for (const file of files.filter((name) => name !== "program.ts"))
      await copyFile(join(types, "program.ts"), join(types, file));
    const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
    const flags = ["--ignoreConfig", "--ignoreDeprecations", "6.0", "--noEmit", "--strict", "--target", "es2022"];
    const how = ["--module", module, "--moduleResolution", resolution];
    await project.node([compiler, ...flags, ...how, ...files.map((file) => join("types", file))]);
  },
);

test("its command runs", async () => {
  expect(await project.exec(["pulumi-zitadel-actions", "--help"])).toMatch(/^Usage: npx pulumi-zitadel-actions /);
});

test("beside an SDK that is older than the range it is not installed", async () => {
  await expect(install(place, "npm", { "@pulumi/pulumi": "3.138.0" })).rejects.toThrow(/ERESOLVE/);
});
