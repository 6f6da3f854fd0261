import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Zitadel } from "../../local/zitadel";
import { openStage, programs, type Stage } from "../support/deploy";
import { pages, root, snippets } from "../support/documents";
import { newKey } from "../support/keys";
import { resolves } from "../support/resolves";

// Every `program` in the pages deploys unchanged, and a second deployment changes nothing. Every `test` passes.

const marked = (mark: string) =>
  pages()
    .flatMap(snippets)
    .filter(({ marks }) => marks.includes(mark))
    .map(({ place, code }) => [place, code] as const);

// Each deployment compiles its program.
jest.setTimeout(300_000);

/** What is there before the program that takes it over. */
const before: Readonly<Record<string, (zitadel: Zitadel) => void>> = {
  "docs/migrating.md": (zitadel) => {
    const endpoint = "https://example.com/audit";
    const { id } = zitadel.add({ name: "audit", endpoint, timeout: "15s", restWebhook: {} });
    zitadel.setExecution({ event: { group: "user.human" } }, [id]);
  },
};

/** A target that encrypts is there before the key that belongs to it. */
const foreseen = /warning: Target .* encrypts \(PAYLOAD_TYPE_JWE\) but has no active public key\. .*/g;

/** What a program reads from beside itself. */
const files: Readonly<Record<string, () => string>> = {
  "claims.pub.pem": newKey.p256,
  "next.pub.pem": newKey.rsa,
};

async function inProject(code: string, act: (stage: Stage) => Promise<void>): Promise<void> {
  const projectDir = await mkdtemp(join(programs, "docs-"));
  try {
    await writeFile(join(projectDir, "Pulumi.yaml"), "name: docs\nruntime: nodejs\nmain: index.ts\n");
    await copyFile(join(root, "examples", "quickstart", "tsconfig.json"), join(projectDir, "tsconfig.json"));
    await writeFile(join(projectDir, "index.ts"), code);
    for (const [name, make] of Object.entries(files)) {
      if (code.includes(JSON.stringify(name))) await writeFile(join(projectDir, name), make());
    }
    const stage = await openStage({ projectDir, zitadel: { resolves } });
    await act(stage).finally(() => stage.close());
  } finally {
    await rm(projectDir, { recursive: true });
  }
}

test.each(marked("program"))("%s deploys, and deploys again without a change", async (place, code) => {
  const prepare = before[place.replace(/:\d+$/, "")];
  await inProject(code, async (stage) => {
    prepare?.(stage.zitadel);
    const onServer = () => ({ targets: stage.zitadel.targets(), executions: stage.zitadel.executions() });
    const there = onServer();

    const { exitCode, text } = await stage.run("up");
    expect({ exitCode, text }).toMatchObject({ exitCode: 0 });
    expect(text.replaceAll(foreseen, "")).not.toContain("warning");
    expect(stage.zitadel.targets()).not.toEqual([]);
    // With their dates of change: confirming that an object exists changes nothing.
    if (prepare !== undefined) expect(onServer()).toEqual(there);

    const again = await stage.run("up");
    expect({ exitCode: again.exitCode, requests: again.requests }).toEqual({ exitCode: 0, requests: {} });
  });
});

async function passes(code: string): Promise<boolean> {
  // The package finds itself by its name only from within its own folder.
  const folder = await mkdtemp(join(programs, "docs-"));
  try {
    const file = join(folder, "page.test.mts");
    await writeFile(file, code);
    // What would tell the provider of another server is left out.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^ZITADEL_|_PROXY$/i.test(name)));
    await promisify(execFile)(process.execPath, ["--test", file], { cwd: root, env });
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 1) throw error;
    console.error((error as { stdout: string }).stdout);
    return false;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test.each(marked("test"))("%s passes", async (_place, code) => {
  expect(await passes(code)).toBe(true);
});

test("a test of a page that fails is seen to fail", async () => {
  const silent = jest.spyOn(console, "error").mockImplementation(() => undefined);
  const code = 'import assert from "node:assert/strict";\nimport { test } from "node:test";\n';
  expect(await passes(`${code}test("one", () => assert.equal(1, 2));`)).toBe(false);
  expect(silent).toHaveBeenCalledWith(expect.stringContaining("Expected values to be strictly equal"));
  silent.mockRestore();
});
