import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { modulesOf } from "../support/bundled";
import { declarations } from "../support/declarations";
import { entries, filesOf, type Target } from "../support/entries";
import { packages, tree } from "../support/locked";

const root = join(__dirname, "..", "..");

function run(code: string): string {
  return execFileSync(process.execPath, ["-e", code], {
    cwd: join(root, "examples", "quickstart"),
    encoding: "utf8",
  }).trim();
}

/** The modules of packages that are loaded once the code says `done()`. */
function modulesLoaded(code: string): string[] {
  const files = run(`const done = () => console.log(JSON.stringify(Object.keys(require.cache))); ${code}`);
  return modulesOf(JSON.parse(files) as string[]).filter((module) => module.startsWith("node_modules"));
}

test("importing the main entry in a program loads none of its libraries", () => {
  const modules = modulesLoaded('require("pulumi-zitadel-actions"); done()');
  expect(modules.filter((module) => /^node_modules.(dataloader|got|zod|jose|@pulumi.policy)./.test(module))).toEqual(
    [],
  );
});

test.each(["index", "dynamic/runtime"])("nor do the types of %s in provider/", (entry) => {
  const { files, packages } = declarations(join(root, "dist", "provider", `${entry}.d.ts`));
  expect(files.length).toBeGreaterThan(1);
  expect(packages).toEqual(["@pulumi/pulumi"]);
});

test.each(["webhook", "local"])("the types of ./%s need no types of Pulumi's", (entry) => {
  const { files, packages } = declarations(join(root, "dist", entry, "index.d.ts"));
  expect(files.length).toBeGreaterThan(1);
  // Messages have their types from optional packages (test/package/types-receiver.test.ts); without these, they are JSON.
  const optional = /^(node:|@zitadel\/proto\/|@bufbuild\/protobuf$)/;
  expect(packages.filter((name) => !optional.test(name))).toEqual([]);
});

test("the rules load without @pulumi/policy, which a pack brings along", () => {
  const modules = modulesLoaded('require("pulumi-zitadel-actions/policies"); done()');
  expect(modules.filter((module) => /^node_modules.@pulumi.policy./.test(module))).toEqual([]);
});

test("a preview's provider process loads no HTTP client", () => {
  const modules = modulesLoaded(`
    const { target } = require("pulumi-zitadel-actions/runtime");
    target.configure({ config: { get: () => undefined } });
    target.check({}, { endpoint: "https://example.com", timeout: "10s", restAsync: {} }).then(done);`);
  expect(modules.filter((module) => /^node_modules.zod./.test(module))).not.toEqual([]);
  expect(modules.filter((module) => /^node_modules.(got|jose)./.test(module))).toEqual([]);
});

test("every entry of the exports is there, with its types, for old module resolution too", () => {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    main: string;
    types: string;
    exports: Record<string, Target>;
    typesVersions: Record<string, Record<string, string[]>>;
  };
  const files = [manifest.main, manifest.types, ...Object.values(manifest.exports).flatMap(filesOf)];
  for (const file of [...files, ...Object.values(manifest.typesVersions["*"] ?? {}).flat()]) {
    expect(() => readFileSync(join(root, file))).not.toThrow();
  }
  expect(manifest.exports["."]).toEqual({ types: manifest.types, default: manifest.main });
});

/** Every file that is shipped beside what is bundled or compiled from these folders. */
const shipped = {
  documents: ["CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "package.json", "dist/esm/package.json"],
  licenses: ["dist/THIRD-PARTY-LICENSES.txt"],
  /** The entry points, and what they load later: each with its source map. */
  bundles: [
    ...["cli/main", "cli/run", "got", "local/deployment", "local/engine/program", "local/engine/stack", "local/index"],
    ...["local/zitadel/delivery/once", "local/zitadel/executions/words", "local/zitadel/index", "policies/index"],
    ...["policies/pack", "provider/api/errors", "provider/core/missing", "provider/core/misspelt"],
    ...["provider/core/plain-credentials", "provider/dynamic/runtime", "provider/index", "provider/lookup/calls"],
  ],
  /** What several bundles share. */
  chunk: /^dist\/chunks\/[A-Z0-9]{8}\.js(\.map)?$/,
  /** What the README leads to, as in the repository. */
  pages: ["docs", "examples"],
  /** The native provider, which `plugins.providers` in `Pulumi.yaml` names. */
  plugin: [
    ...["LICENSE", "THIRD-PARTY-LICENSES.txt", "provider.js", "schema.json"],
    ...["pulumi-resource-zitadel-actions", "pulumi-resource-zitadel-actions.cmd"],
  ].map((file) => `plugin/${file}`),
  /** The folder that `--policy-pack` names. */
  pack: ["policies/PulumiPolicy.yaml", "policies/package.json"],
  /** Not bundled, and as ES modules too, for runtimes that know nothing else. */
  modules: ["webhook"],
  /** What receivers share with the provider. */
  shared: ["provider/api/closest", "provider/execution/vocabulary"],
};

test("what is packed is the code that programs can load, its types, the documents, the examples and nothing else", () => {
  const [pack] = JSON.parse(
    execFileSync("npm", ["pack", "--dry-run", "--json", "--silent", "--ignore-scripts"], {
      cwd: root,
      encoding: "utf8",
    }),
  ) as [{ files: { path: string }[] }];
  const sourcesOf = (folders: readonly string[]) =>
    folders.flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => join(folder, file.slice(0, -3))),
    );
  const modules = [...sourcesOf(shipped.modules), ...shipped.shared];
  const types = entries().flatMap(({ declarations: files }) => files);
  const runtime = join(root, "dist", "provider", "dynamic", "runtime.d.ts");
  const declared = [...types, runtime].flatMap((file) => declarations(file).files).map((file) => relative(root, file));
  const compiled = [
    ...new Set(declared),
    ...modules.flatMap((source) => [`dist/${source}.js`, `dist/esm/${source}.js`]),
    ...shipped.bundles.flatMap((bundle) => [`dist/${bundle}.js`, `dist/${bundle}.js.map`]),
  ];
  const pages = shipped.pages.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      // What writes the pages stays here, and so does what tests put beside the examples for a while.
      .filter((path) => !/^docs.generate.|^examples.[^/]+[.][jt]s$|^examples.[^/]+[.]mjs$|[.]gitignore$/.test(path)),
  );
  const expected = [
    ...shipped.documents,
    ...shipped.licenses,
    ...pages,
    ...shipped.plugin,
    ...shipped.pack,
    ...compiled,
  ];
  const paths = pack.files.map(({ path }) => path);
  expect(paths.filter((path) => !shipped.chunk.test(path)).sort()).toEqual(expected.sort());
  expect(paths.filter((path) => shipped.chunk.test(path))).not.toEqual([]);
});

test("no file names the folder that it was built in", () => {
  const here = JSON.stringify(root + sep).slice(1, -1);
  const built = ["dist", "plugin"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  expect(built.length).toBeGreaterThan(300);
  expect(built.filter((file) => readFileSync(file, "latin1").includes(here))).toEqual([]);
});

test("the package is no plugin of Pulumi's: the CLI would download one for each program of the dynamic provider", () => {
  expect(JSON.parse(readFileSync(join(root, "package.json"), "utf8"))).not.toHaveProperty("pulumi");
});

test("the bundle of the native provider contains the license of everything that it brings along", () => {
  const text = readFileSync(join(root, "plugin", "THIRD-PARTY-LICENSES.txt"), "utf8");
  for (const name of ["@grpc/grpc-js", "@pulumi/pulumi", "google-protobuf", "got", "jose", "zod"])
    expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\S+ \\(`, "m"));
});

test("the folder of the policy pack has the package's version, which Pulumi shows", () => {
  const versionIn = (file: string) =>
    (JSON.parse(readFileSync(join(root, file), "utf8")) as { version: string }).version;
  expect(versionIn("policies/package.json")).toBe(versionIn("package.json"));
});

test("what comes with the package is jose, which receivers load, and nothing else", () => {
  expect(Object.keys(packages[""]?.dependencies ?? {})).toEqual(["jose"]);
  expect(packages[""]?.optionalDependencies).toBeUndefined();
  expect([...tree().keys()]).toEqual(["node_modules/jose"]);
});

/** Packages that the libraries in the bundles need only for their types. */
const onlyTypes = ["@types/http-cache-semantics", "tagged-tag", "type-fest"];

test("the bundles contain the locked versions of got, zod, dataloader and theirs, and all of their licenses", () => {
  const places = ["got", "zod", "dataloader"].flatMap((name) => [
    `node_modules/${name}`,
    ...tree(`node_modules/${name}`).keys(),
  ]);
  const expected = places
    .map((place) => ({ name: place.slice(place.lastIndexOf("node_modules/") + 13), place }))
    .filter(({ name }) => !onlyTypes.includes(name))
    .map(({ name, place }) => `${name} ${packages[place]?.version ?? ""}`);
  const text = readFileSync(join(root, "dist", "THIRD-PARTY-LICENSES.txt"), "utf8");
  const parts = text.split(/^-{80}$/m).slice(1);
  const named = parts.map((part) => /^\n+(.*) \((?:MIT|BSD-2-Clause|ISC|Apache-2.0)\)\n/.exec(part)?.[1]);
  expect(named).toEqual([...new Set(expected)].sort());
  for (const part of parts) expect(part).toMatch(/(?:Copyright|©)[^]*"AS IS"/);
});

test.each([
  [
    "what a program and its tests load",
    ["pulumi-zitadel-actions", "pulumi-zitadel-actions/local", "pulumi-zitadel-actions/policies"],
  ],
  ["what the command loads", [join(root, "dist", "cli", "run.js")]],
])("%s has every module once, also what is loaded later", (_what, names) => {
  const files = JSON.parse(
    run(`
      for (const name of ${JSON.stringify(names)}) require(name);
      // What they load later, they require by a path from their own file.
      for (const file of Object.keys(require.cache))
        for (const [, later] of require("node:fs").readFileSync(file, "utf8").matchAll(/require[(]"([.][^"]+)"/g))
          if (file.startsWith(${JSON.stringify(join(root, "dist"))})) require("node:module").createRequire(file)(later);
      const isOurs = (file) => file.startsWith(${JSON.stringify(join(root, "dist"))}); // Pulumi has its own copies of some libraries
      console.log(JSON.stringify(Object.keys(require.cache).filter(isOurs)));`),
  ) as string[];
  const modules = modulesOf(files);
  expect(modules).toContain(join("provider", "api", "errors.ts"));
  expect(modules.length).toBe(new Set(modules).size);
});

test.each([
  // Pulumi's processes load this package.
  ["Pulumi's", "-r", require.resolve("source-map-support/register")],
  ["Node's", "--enable-source-maps"],
])("stack traces name files and lines of the sources, with %s source maps", (_whose, ...flags) => {
  const code = `
    const { target } = require("pulumi-zitadel-actions/runtime");
    target.check(undefined, {}).catch(({ stack }) => console.log(stack));`;
  const stack = execFileSync(process.execPath, [...flags, "-e", code], {
    cwd: join(root, "examples"),
    encoding: "utf8",
  });
  const [, line = ""] = /provider.dynamic.runtime[.]ts:(\d+)/.exec(stack) ?? [];
  const source = readFileSync(join(root, "provider", "dynamic", "runtime.ts"), "utf8").split("\n");
  expect(source[Number(line) - 1]).toContain("Object.keys(olds)");
});

test("so do those that the command prints", () => {
  const broken = 'data:text/javascript,Object.hasOwn = () => { throw new TypeError("broken on purpose"); };';
  const args = ["--import", broken, join(root, "dist", "cli", "main.js"), "doctor"];
  const { stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(stderr).toMatch(/^TypeError: broken on purpose\n[^]* at dispatch \(.*cli.run[.]ts:\d+/);
});

test("installing it runs no script, neither its own nor one of what comes with it", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object };
  const atInstall = ["preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare"];
  expect(Object.keys(scripts).filter((name) => atInstall.includes(name))).toEqual([]);
  expect([...tree()].filter(([, { hasInstallScript }]) => hasInstallScript === true)).toEqual([]);
  // The lock file does tell of such scripts: Node itself comes with one, for development.
  expect(packages["node_modules/node"]?.hasInstallScript).toBe(true);
});
