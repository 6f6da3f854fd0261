import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { read, root } from "../support/documents";

// docs/architecture.md says which folder imports which. `npm run lint` forbids everything else; here, the page is compared with the
// imports that are there, and the linter with code that it must reject.

const roots = ["cli", "local", "native", "policies", "provider", "webhook"];

interface Cruised {
  readonly modules: readonly {
    readonly source: string;
    readonly dependencies: readonly { readonly resolved: string }[];
  }[];
  readonly summary: { readonly violations: readonly Violation[] };
}

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

/** What `npm run lint` does with the imports of a folder. */
function lint(folder: string, folders: readonly string[], form: "json" | "err") {
  const bin = join(root, "node_modules", ".bin", "depcruise");
  const args = [bin, ...folders, "--output-type", form];
  return spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8", maxBuffer: 2 ** 26 });
}

function cruise(folder: string, folders: readonly string[]): Cruised {
  const { stdout, stderr } = lint(folder, folders, "json");
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Cruised;
}

const page = read("docs/architecture.md").text;

const namesIn = (cell = "") => [...cell.matchAll(/`([\w./-]+)`/g)].map(([, name = ""]) => name);

/** The rows of the table of folders. */
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => line.split("|"))
  .map(([, folders, purpose = "", imports]) => ({
    folders: namesIn(folders),
    purpose: purpose.trim(),
    imports: namesIn(imports),
  }));

/** Whether a file is that file, or in that folder. */
const isIn = (file: string, name: string) => (name.endsWith("/") ? file.startsWith(name) : file === name);

describe("the table of folders", () => {
  const { modules, summary } = cruise(root, roots);
  const own = modules.filter(({ source }) => roots.some((one) => source.startsWith(`${one}/`)));

  test("has one row for every file", () => {
    const files = roots.flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => `${folder}/${file}`),
    );
    expect(files.length).toBeGreaterThan(200);
    const rowsOf = (file: string) => rows.filter(({ folders }) => folders.some((name) => isIn(file, name)));
    expect(files.filter((file) => rowsOf(file).length !== 1)).toEqual([]);
    expect(own.map(({ source }) => source)).toEqual(expect.arrayContaining(files));
  });

  test("says what each folder does", () => {
    for (const { folders, purpose } of rows)
      expect([folders, purpose]).toEqual([folders, expect.stringMatching(/\.$/)]);
  });

  test("permits every import that there is, and no file is in a circle", () => {
    expect(summary.violations).toEqual([]);
  });

  test.each(rows.map((row) => [row.folders.join(", "), row] as const))(
    "names nothing that %s does not import",
    (_, row) => {
      const imported = own
        .filter(({ source }) => row.folders.some((name) => isIn(source, name)))
        .flatMap(({ source, dependencies }) => {
          const home = row.folders.find((name) => isIn(source, name)) ?? "";
          return dependencies.map(({ resolved }) => resolved).filter((file) => !isIn(file, home));
        });
      expect(row.imports.filter((name) => !imported.some((file) => isIn(file, name)))).toEqual([]);
    },
  );
});

describe("the linter", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "layers-"));
    for (const file of [".dependency-cruiser.mjs", "tsconfig.json", "docs/architecture.md"])
      cpSync(join(root, file), join(folder, file));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (file: string, text: string) => {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  const violations = () =>
    cruise(folder, ["provider"]).summary.violations.map(({ from, to, rule }) => `${from} -> ${to}: ${rule.name}`);

  test.each([
    ["a value", 'import { b } from "../core/b";\nexport const a = b;\n'],
    ["a type", 'import type { B } from "../core/b";\nexport type A = B;\n'],
    ["a type in place", 'export type A = import("../core/b").B;\n'],
    ["a type that it exports", 'export type { B } from "../core/b";\n'],
    ["a module when it is needed", 'export const a = () => require("../core/b") as unknown;\n'],
  ])("rejects an import of %s from a layer above", (_, text) => {
    write("provider/api/a.ts", text);
    write("provider/core/b.ts", "export const b = 1;\nexport type B = 1;\n");
    expect(violations()).toEqual(["provider/api/a.ts -> provider/core/b.ts: imports-of-provider/api/"]);
    expect(lint(folder, ["provider"], "err").status).not.toBe(0);
  });

  test("rejects a circle of files, also of types", () => {
    write("provider/api/a.ts", 'import type { B } from "./b";\nexport interface A {\n  b?: B;\n}\n');
    write("provider/api/b.ts", 'import type { A } from "./a";\nexport interface B {\n  a?: A;\n}\n');
    expect(violations().map((one) => one.replace(/^.*: /, ""))).toContain("no-circles");
    expect(lint(folder, ["provider"], "err").status).not.toBe(0);
  });

  test("rejects an import of another resource's lifecycle", () => {
    write("provider/target/lifecycle.ts", 'import type { C } from "../execution/lifecycle";\nexport type T = C;\n');
    write("provider/execution/lifecycle.ts", "export type C = 1;\n");
    expect(violations()).toEqual([
      "provider/target/lifecycle.ts -> provider/execution/lifecycle.ts: imports-of-provider/target/",
    ]);
  });

  test("rejects a row that names what is above it", () => {
    const table = page.replace(/^(\| `provider\/api\/`.*\|) *\|$/m, "$1 `provider/core/` |");
    expect(table).not.toBe(page);
    write("docs/architecture.md", table);
    write("provider/api/a.ts", "export const a = 1;\n");
    const { status, stderr } = lint(folder, ["provider"], "err");
    expect(stderr).toContain("provider/api/ cannot import provider/core/, which has no row below it");
    expect(status).not.toBe(0);
  });
});

describe("a newcomer's question", () => {
  const questions = page
    .split("\n")
    .map((line) => /^\| ([^|`]+\?) +\| (.+) \|$/.exec(line))
    .flatMap((match) => (match === null ? [] : [[match[1] ?? "", match[2] ?? ""] as const]));

  test("is one of those that new developers asked", () => {
    expect(questions.map(([question]) => question)).toEqual([
      'Where is "60s equals 1m" decided?',
      "Where is the limit of writes?",
      "Where are names made?",
      "What happens on a 429?",
      "How do I add a property?",
      "Where is the lock-out guard?",
      "Where do messages lose secrets?",
      "Which providers are Pulumi's own?",
      "What do the provider processes of a run tell each other?",
      "Where is decided whether an object may be deleted?",
      "Where is the signing key rotated?",
      "How does the native provider reach the lifecycles?",
      "Which source of a setting wins?",
      "Which process loads which bundle?",
    ]);
  });

  test.each(questions)("%s names at most two files, and what to look for in each", (_, answer) => {
    const named = [...answer.matchAll(/`(\w+)`[^`]*? in `([\w./-]+)`/g)];
    const files = namesIn(answer).filter((name) => name.includes("/"));
    expect(files.length).toBeLessThanOrEqual(2);
    expect(named.map(([, , file]) => file)).toEqual(files);
    for (const [, name = "", file = ""] of named)
      expect(readFileSync(join(root, file), "utf8")).toMatch(new RegExp(`\\b${name}\\b`));
  });
});
