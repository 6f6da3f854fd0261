import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { declarations } from "./support/declarations";
import { filesOf, type Target } from "./support/entries";
import { packages, tree } from "./support/locked";

const root = join(__dirname, "..");

function run(code: string): string {
  return execFileSync(process.execPath, ["-e", code], {
    cwd: join(root, "examples", "quickstart"),
    encoding: "utf8",
  }).trim();
}

test("importing the main entry in a program loads none of its libraries", () => {
  const loaded = run(
    `require("pulumi-zitadel-actions"); console.log(Object.keys(require.cache).filter((file) => /node_modules.(dataloader|got|zod|jose|@pulumi.policy)./.test(file)).length)`,
  );
  expect(loaded).toBe("0");
});

test("nor do its types", () => {
  const { files, packages } = declarations(join(root, "dist", "provider", "index.d.ts"));
  expect(files.length).toBeGreaterThan(1);
  expect(packages).toEqual(["@pulumi/pulumi"]);
});

test.each(["webhook", "local"])("the types of ./%s need no types of Pulumi's", (entry) => {
  const { files, packages } = declarations(join(root, "dist", entry, "index.d.ts"));
  expect(files.length).toBeGreaterThan(1);
  // Messages have their types from optional packages (test/webhook-types.test.ts); without these, they are JSON.
  const optional = /^(node:|@zitadel\/proto\/|@bufbuild\/protobuf$)/;
  expect(packages.filter((name) => !optional.test(name))).toEqual([]);
});

test("the rules load without @pulumi/policy, which a pack brings along", () => {
  const loaded = run(
    `require("pulumi-zitadel-actions/policies"); console.log(Object.keys(require.cache).filter((file) => /@pulumi.policy./.test(file)).length)`,
  );
  expect(loaded).toBe("0");
});

test("a preview's provider process loads no HTTP client", () => {
  const loaded = run(`
    const { target } = require("pulumi-zitadel-actions/runtime");
    target.configure({ config: { get: () => undefined } });
    target.check({}, { endpoint: "https://example.com", timeout: "10s", restAsync: {} }).then(() =>
      console.log(Object.keys(require.cache).filter((file) => /node_modules.(got|jose)./.test(file)).length));`);
  expect(loaded).toBe("0");
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

/** Every file that is shipped beside what is compiled from these folders, and every compiled one that is not. */
const shipped = {
  documents: ["CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "package.json", "dist/esm/package.json"],
  data: ["dist/local/zitadel/executions/event-types.json", "dist/local/zitadel/executions/methods.json"],
  compiled: ["provider", "webhook", "cli", "local", "policies"],
  /** What the README leads to, as in the repository. */
  pages: ["docs", "examples"],
  /** The folder that `--policy-pack` names. */
  pack: ["policies/PulumiPolicy.yaml", "policies/package.json"],
  /** As an ES module too, for runtimes that know nothing else. */
  modules: ["webhook"],
  /** The names that the types of receivers share with the provider. */
  shared: ["provider/api/closest", "provider/execution/vocabulary"],
  /** Programs of this repository's own. */
  kept: ["local/demo", "local/gap", "local/gap-plot", "local/gap-receiver"],
};

test("what is packed is the code that programs can load, compiled, with its data, the documents, the examples and nothing else", () => {
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
  const outputs = (sources: readonly string[], folder: string) =>
    sources.flatMap((source) => [`${folder}/${source}.d.ts`, `${folder}/${source}.js`]);
  const sources = sourcesOf(shipped.compiled);
  const compiled = [
    ...outputs(
      sources.filter((source) => !shipped.kept.includes(source)),
      "dist",
    ),
    ...outputs([...sourcesOf(shipped.modules), ...shipped.shared], "dist/esm"),
  ];
  const pages = shipped.pages.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      // What writes the pages stays here, and so does what tests put beside the examples for a while.
      .filter((path) => !/^docs.generate.|^examples.[^/]+[.][jt]s$|^examples.[^/]+[.]mjs$|[.]gitignore$/.test(path)),
  );
  const expected = [...shipped.documents, ...pages, ...shipped.data, ...shipped.pack, ...compiled];
  expect(pack.files.map(({ path }) => path).sort()).toEqual(expected.sort());
  expect(sources).toEqual(expect.arrayContaining(shipped.kept));
});

test("the folder of the policy pack has the package's version, which Pulumi shows", () => {
  const versionIn = (file: string) =>
    (JSON.parse(readFileSync(join(root, file), "utf8")) as { version: string }).version;
  expect(versionIn("policies/package.json")).toBe(versionIn("package.json"));
});

test("what comes with the package is dataloader, got, jose, zod and theirs, no other", () => {
  expect(Object.keys(packages[""]?.dependencies ?? {})).toEqual(["dataloader", "got", "jose", "zod"]);
  expect(packages[""]?.optionalDependencies).toBeUndefined();
  const names = [...tree().keys()].map((place) => place.slice(place.lastIndexOf("node_modules/") + 13));
  expect(names.sort()).toEqual([
    "@keyv/serialize",
    "@sec-ant/readable-stream",
    "@sindresorhus/is",
    "@types/http-cache-semantics",
    "byte-counter",
    "cacheable-request",
    "chunk-data",
    "dataloader",
    "decompress-response",
    "get-stream",
    "got",
    "http-cache-semantics",
    "is-stream",
    "jose",
    "keyv",
    "lowercase-keys",
    "lowercase-keys",
    "mimic-response",
    "normalize-url",
    "responselike",
    "tagged-tag",
    "type-fest",
    "uint8array-extras",
    "zod",
  ]);
});

test("installing it runs no script, neither its own nor one of what comes with it", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object };
  const atInstall = ["preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare"];
  expect(Object.keys(scripts).filter((name) => atInstall.includes(name))).toEqual([]);
  expect([...tree()].filter(([, { hasInstallScript }]) => hasInstallScript === true)).toEqual([]);
  // The lock file does tell of such scripts: Node itself comes with one, for development.
  expect(packages["node_modules/node"]?.hasInstallScript).toBe(true);
});
