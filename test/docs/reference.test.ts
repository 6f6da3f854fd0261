import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Printed } from "../../docs/generate/print";
import { moreExamples } from "../../docs/generate/marked";
import { complaints } from "../support/compiled";
import { type Document, pages, read, root } from "../support/documents";
import { printed } from "../support/reference";

// The generated documents match the doc comments, and TypeDoc has no warnings for the public API.

jest.setTimeout(120_000);

let made: Printed;
beforeAll(async () => {
  made = await printed();
});

/** The documents that are not what the doc comments make of them. */
function stale(documents: readonly Document[], there: readonly Document[]): string[] {
  const textOf = (path: string) => there.find((one) => one.path === path)?.text;
  return documents.filter(({ path, text }) => text !== textOf(path)).map(({ path }) => `${path}: run \`npm run docs\``);
}

describe("documents", () => {
  const sources = ["provider/execution/vocabulary.ts", "webhook/vocabulary.ts", "native/schema.json"];
  const programs = ["go/main.go", "python/__main__.py", "typescript/index.ts", "yaml/Pulumi.yaml"];
  const there = [
    ...pages(),
    ...[...sources, ...programs.map((name) => `examples/native/${name}`)].map((path) => read(path)),
  ];

  test("are as the doc comments say", () => {
    expect(stale(made.documents, there)).toEqual([]);
  });

  test("of resources are all made", () => {
    const paths = made.documents.map(({ path }) => path);
    const expected = there.map(({ path }) => path);
    expect([...paths].sort()).toEqual(
      expected.filter((path) => !path.startsWith("docs/") || path.startsWith("docs/resources/")).sort(),
    );
  });

  test("that are stale are found", () => {
    const changed = made.documents.map((one) => ({ ...one, text: one.text.replace("at most 2048", "at most 2049") }));
    expect(stale(made.documents, changed)).toEqual([
      "docs/resources/target.md: run `npm run docs`",
      "native/schema.json: run `npm run docs`",
    ]);
    expect(stale(made.documents, [])).toHaveLength(made.documents.length);
  });

  test("keep the examples that are written in them, and need a place for them", () => {
    const empty = moreExamples("a.md", undefined);
    const kept = empty.replace("\n\n", "\n\n### Another\n\n");
    expect(moreExamples("a.md", `# A\n\n${kept}\n\n## Inputs`)).toBe(kept);
    expect(() => moreExamples("a.md", "# A")).toThrow("a.md has no place for more examples");
    for (const { path, text } of made.documents.filter(({ text }) => text.startsWith("# Zitadel")))
      expect(moreExamples(path, text)).toContain("### ");
  });
});

test("every example of everything public compiles", () => {
  const names = made.examples.map(({ place }) => place);
  for (const name of ["ZitadelTarget", "listTargets", "expressWebhook", "startZitadel", "Stack"])
    expect(names).toContain(`the example of ${name}`);
  // Those for receivers and tests are ES modules: they wait at their top.
  expect(complaints(made.examples.map((example) => ({ ...example, marks: ["module"] })))).toEqual([]);
});

describe("TypeDoc", () => {
  test("has no warnings for the public API", () => {
    expect(made.warnings).toEqual([]);
  });

  test("warns about mistakes", async () => {
    const folder = await mkdtemp(join(tmpdir(), "reference-"));
    try {
      await writeFile(join(folder, "index.ts"), wrong);
      await writeFile(
        join(folder, "tsconfig.json"),
        JSON.stringify({ files: ["index.ts"], compilerOptions: { strict: true } }),
      );
      await writeFile(join(folder, "package.json"), JSON.stringify({ name: "wrong" }));
      const own = { entryPoints: ["index.ts"], tsconfig: "tsconfig.json", intentionallyNotExported: [] };
      const options = { extends: join(root, "typedoc.json"), ...own };
      await writeFile(join(folder, "typedoc.json"), JSON.stringify(options));
      const { warnings } = await printed(join(folder, "typedoc.json"));
      expect([...warnings].sort()).toEqual([
        "Encountered an unknown block tag @chnage",
        'Failed to resolve link to "Missing" in comment for Dangling',
        expect.stringMatching(/^Kept, .* is referenced by Unexported but not included in the documentation$/),
        expect.stringMatching(/^Undocumented.b \(Property\), .* does not have any documentation$/),
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  /** Each has one thing wrong with it, but the last: an alternative that is ruled out needs no words. */
  const wrong = `/** A. */
export interface Undocumented { b: string }
interface Kept { b: string }
/** C. */
export type Unexported = Kept[];
/** See {@link Missing}. */
export type Dangling = string;
/** D.\n * @chnage nothing */
export type Misspelt = string;
/** E. */
export type Fine = {
  /** B. */
  b: string; c?: never } | {
  /** C. */
  c: string; b?: never };
`;
});
