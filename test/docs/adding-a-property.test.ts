import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import type * as Export from "../../cli/export/targets";
import type * as Core from "../../provider/core/client";
import type { Send } from "../../provider/api/http";
import type * as Target from "../../provider/target/lifecycle";
import { read, root, snippets } from "../support/documents";
import { fakeClock, instanceFor } from "../support/provider";
import { printed } from "../support/reference";

// "Adding a property" in CONTRIBUTING.md: its changes are made to a copy of the sources. With all of them, the copy compiles, and sends,
// reads, compares, exports and documents the property. Without any one of them, the compiler or a test names the file.

jest.setTimeout(120_000);

/** What the example changes: pieces of files, and what replaces them. */
const changes = snippets(read("CONTRIBUTING.md"))
  .filter(({ language }) => language === "diff")
  .flatMap(({ code }) => {
    const [, path = "", hunks = ""] = /^--- (\S+)\n([\s\S]*)$/.exec(code) ?? [];
    return hunks.split("@@\n").map((hunk) => ({ path, before: linesOf(hunk, "+"), after: linesOf(hunk, "-") }));
  });

function linesOf(hunk: string, others: string): string {
  const lines = hunk.split("\n").filter((line) => !line.startsWith(others));
  return lines.map((line) => line.slice(1)).join("\n");
}

/** A file of the copy, without one of its changes. */
function textOf(path: string, forgotten?: (typeof changes)[number]): string {
  const its = changes.filter((change) => change.path === path && change !== forgotten);
  return its.reduce((text, { before, after }) => {
    if (text.split(before).length !== 2) throw new Error(`CONTRIBUTING.md: ${path} must have once: ${before}`);
    return text.replace(before, () => after);
  }, read(path).text);
}

const paths = [...new Set(changes.map(({ path }) => path))];
const pages = ["execution", "lookups", "target"].map((name) => `docs/resources/${name}.md`);
const made = [...pages, "native/schema.json"];
const folder = mkdtempSync(join(tmpdir(), "property-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(() => {
  const folders = ["cli", "docs", "local", "policies", "provider", "webhook"];
  for (const name of [
    ...folders,
    "package.json",
    ".prettierrc.json",
    "tsconfig.json",
    "tsconfig.build.json",
    "typedoc.json",
  ])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  for (const path of paths) writeFileSync(join(folder, path), textOf(path));
});

test("the example touches nine files", () => {
  const section =
    read("CONTRIBUTING.md")
      .text.split(/^## /m)
      .find((text) => text.startsWith("Adding a property")) ?? "";
  for (const path of [...paths, ...made]) expect(section).toContain(`\`${path}\``);
  expect(section).toContain("These nine files");
  expect([...paths, ...made]).toHaveLength(9);
});

describe("the compiler", () => {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), (name) => ts.sys.readFile(name)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root);
  let forgotten: (typeof changes)[number] | undefined;
  const isChanged = (name: string) => forgotten !== undefined && name === join(folder, forgotten.path);
  const readFile = (name: string) =>
    isChanged(name) ? textOf(forgotten?.path ?? "", forgotten) : ts.sys.readFile(name);
  const entries = ["provider/index.ts", "provider/dynamic/runtime.ts", "cli/export/command.ts"];
  const service = ts.createLanguageService({
    getScriptFileNames: () => entries.map((path) => join(folder, path)),
    getScriptVersion: (name) => (isChanged(name) ? JSON.stringify(forgotten) : "with all changes"),
    getScriptSnapshot: (name) => {
      const text = readFile(name);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => folder,
    getCompilationSettings: () => options,
    getDefaultLibFileName: (given) => ts.getDefaultLibFilePath(given),
    fileExists: (name) => ts.sys.fileExists(name),
    readFile,
  });

  /** What is wrong with these files. */
  function complaints(files: readonly string[]): string[] {
    return files.flatMap((path) =>
      service
        .getSemanticDiagnostics(join(folder, path))
        .map(({ messageText }) => `${path}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`),
    );
  }

  test("accepts all changes together", () => {
    forgotten = undefined;
    const files =
      service
        .getProgram()
        ?.getSourceFiles()
        .map(({ fileName }) => fileName.slice(folder.length + 1)) ?? [];
    const own = files.filter((path) => /^(provider|cli)\//.test(path));
    expect(own).toEqual(expect.arrayContaining(paths));
    expect(complaints(own)).toEqual([]);
  });

  test.each(changes.map((change, index) => [change.path, index]))("finds that %s lacks change %i", (path, index) => {
    forgotten = changes[index];
    // Of an input without documentation, the table says that the inputs lack it.
    if (path === "provider/target/args.ts")
      expect(complaints(["provider/target/schema.ts"])).toContainEqual(
        "provider/target/schema.ts: Object literal may only specify known properties, and 'description' does not exist in type 'TableOf<ZitadelTargetArgs>'.",
      );
    else expect(complaints([path])).toContainEqual(expect.stringMatching(/\bdescription\b/));
  });
});

describe("the copy", () => {
  const load = (path: string): unknown => jest.requireActual(join(folder, path));
  const date = "2026-07-01T12:00:00Z";
  const signingKey = "k".repeat(36);
  const inputs = {
    name: "hook",
    endpoint: "https://example.com",
    timeout: "10s",
    restCall: {},
    payloadType: "PAYLOAD_TYPE_JSON",
  };
  let shown: object;
  let bodies: unknown[];

  /** A client of a server that shows one target, and answers every write. */
  function client() {
    const { Client } = load("provider/core/client") as typeof Core;
    bodies = [];
    const send: Send = ({ path, body = "{}" }) => {
      const isSearch = path.endsWith("/search");
      if (!isSearch) bodies.push(JSON.parse(body));
      const page = { pagination: { totalResult: "1" }, targets: [shown] };
      const answer = isSearch ? page : { id: "1", creationDate: date, changeDate: "2026-07-02T12:00:00Z", signingKey };
      return Promise.resolve({
        status: 200,
        headers: { date: "Wed, 01 Jul 2026 12:00:00 GMT" },
        body: JSON.stringify(answer),
      });
    };
    const instance = instanceFor({ url: "https://zitadel.example.com", accessToken: "token" });
    return new Client(instance, { send, clock: fakeClock() });
  }

  test("sends the property, compares it, reads it and exports it", async () => {
    const { targetLifecycle: lifecycle } = load("provider/target/lifecycle") as typeof Target;
    const { declareTargets } = load("cli/export/targets") as typeof Export;
    const context = { client: client(), warn: () => undefined, info: () => undefined };
    const described = { ...inputs, description: "Audit" };
    expect(
      lifecycle.check({ olds: undefined, news: described, logicalName: "a", claim: () => undefined }).failures,
    ).toEqual([]);
    const { id, state } = await lifecycle.create(context, described);
    expect(lifecycle.diff(state, described).changes).toBe(false);
    expect(lifecycle.diff(state, inputs).changes).toBe(true);
    await lifecycle.update(context, id, state, inputs);
    await lifecycle.update(context, id, state, { ...inputs, description: "Log" });
    expect(bodies).toEqual([
      expect.objectContaining({ description: "Audit" }),
      { description: "" },
      { description: "Log" },
    ]);
    const row = { id: "1", name: "hook", endpoint: "https://example.com", timeout: "10s", description: "Other" };
    const dates = { creationDate: date, changeDate: date };
    shown = { ...row, restCall: {}, payloadType: "PAYLOAD_TYPE_JSON", signingKey, ...dates };
    expect(await lifecycle.read(context, id, state)).toMatchObject({
      inputs: { description: "Other" },
      state: { description: "Other" },
    });
    const targets = declareTargets([{ ...row, restCall: {}, ...dates }], new Set(), () => "hook");
    expect(targets.blocks[0]?.declaration?.properties).toMatchObject({ description: { text: "Other" } });
  });

  test("documents it, so the pages that were not made anew are out of date", async () => {
    const { documents } = await printed(undefined, folder);
    const stale = documents.filter(({ path, text }) => text !== read(path).text);
    expect(stale.map(({ path }) => path).sort()).toEqual(made);
    for (const { text } of stale) expect(text).toContain("What the target is for");
  });
});
