import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "..");

function run(code: string): string {
  return execFileSync(process.execPath, ["-e", code], {
    cwd: join(root, "examples", "quickstart"),
    encoding: "utf8",
  }).trim();
}

test("importing the main entry in a program loads neither got nor zod nor jose", () => {
  const loaded = run(
    `require("pulumi-zitadel-actions"); console.log(Object.keys(require.cache).filter((file) => /node_modules.(got|zod|jose)./.test(file)).length)`,
  );
  expect(loaded).toBe("0");
});

test("nor do its types", () => {
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, name = ""] of readFileSync(file, "utf8").matchAll(/(?:from|import\()\s*"([^"]+)"/g)) {
      if (name.startsWith(".")) visit(join(file, "..", `${name}.d.ts`));
      else expect(name).toBe("@pulumi/pulumi");
    }
  };
  visit(join(root, "dist", "provider", "index.d.ts"));
  expect(seen.size).toBeGreaterThan(1);
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
    exports: Record<string, string | Record<string, string>>;
    typesVersions: Record<string, Record<string, string[]>>;
  };
  const files = [
    manifest.main,
    manifest.types,
    ...Object.values(manifest.exports).flatMap((entry) => (typeof entry === "string" ? [entry] : Object.values(entry))),
  ];
  for (const file of [...files, ...Object.values(manifest.typesVersions["*"] ?? {}).flat()]) {
    expect(() => readFileSync(join(root, file))).not.toThrow();
  }
  expect(manifest.exports["."]).toEqual({ types: manifest.types, default: manifest.main });
});

test("what is packed is the compiled code with its data, the documents and nothing else", () => {
  const [pack] = JSON.parse(
    execFileSync("npm", ["pack", "--dry-run", "--json", "--silent", "--ignore-scripts"], {
      cwd: root,
      encoding: "utf8",
    }),
  ) as [{ files: { path: string }[] }];
  const others = pack.files
    .map(({ path }) => path)
    .filter((path) => !/^dist\/(provider|local)\/.*\.(js|d\.ts)$/.test(path));
  const words = ["event-types", "methods"].map((name) => `dist/local/zitadel/executions/${name}.json`);
  expect(others.sort()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", ...words, "package.json"]);
});
