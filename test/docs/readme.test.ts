import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStage, programs } from "../support/deploy";
import { read, snippets } from "../support/documents";
import { resolves } from "../support/resolves";
import { event, headersOf, key } from "../support/webhook";

// The README's program is what people try first. The other tests of this folder check everything else in the documents.

const root = join(__dirname, "..", "..");

const text = readFileSync(join(root, "README.md"), "utf8");

/** What the README says `pulumi preview` prints. */
const [, shown = ""] = /```text\n( +Type[\s\S]*?)```/.exec(text) ?? [];

/** The resources in what a preview prints, as a tree on a terminal or a line each in a log: type, name, plan. */
function planned(printed: string): string[] {
  const rows = printed.matchAll(/^ \+ +(?:[├└]─ )?(\S+) +(\S+) +(create)\s*$/gm);
  return [...new Set([...rows].map(([, type, name, plan]) => `${type} ${name} ${plan}`))].sort();
}

/** The files of a new project, as docs/installing.md has them. */
const newProject = ["yaml", "json"].map((language) => {
  const [code = ""] = snippets(read("docs/installing.md")).flatMap((one) =>
    one.language === language ? one.code : [],
  );
  return [language === "yaml" ? "Pulumi.yaml" : "tsconfig.json", code] as const;
});

/** The lines of a preview's output from its outputs on. */
function summary(printed: string): string[] {
  const from = printed.slice(printed.indexOf("Outputs:"));
  return from
    .split("\n")
    .flatMap((line) => line.trim() || [])
    .slice(0, 4);
}

test("the first program of the README previews as it says, and deploys, unchanged", async () => {
  const [, program = ""] = /```ts\n([\s\S]*?)```/.exec(text) ?? [];
  const projectDir = mkdtempSync(join(programs, "readme-"));
  try {
    for (const [name, code] of newProject) writeFileSync(join(projectDir, name), code);
    writeFileSync(join(projectDir, "index.ts"), program);
    const stage = await openStage({ projectDir, zitadel: { resolves } });
    try {
      const unconfigured = await stage.run("preview");
      expect(unconfigured.exitCode).not.toBe(0);
      expect(unconfigured.text).toContain("pulumi config set hooks:endpoint");

      await stage.configure({ "hooks:endpoint": "https://example.com/zitadel" });
      const preview = await stage.run("preview");
      expect(preview).toMatchObject({ exitCode: 0, changes: { create: 3 }, requests: {} });
      expect(shown).not.toBe("");
      const stack = /hooks-[\w-]+/.exec(preview.stdout)?.[0] ?? "";
      expect(planned(preview.stdout)).toEqual(planned(shown.replace(/hooks-dev/, stack)));
      expect(summary(preview.stdout)).toEqual(summary(shown));

      const { exitCode, outputs } = await stage.run("up");
      const [target] = stage.zitadel.targets();
      expect({ exitCode, key: outputs["signingKey"] }).toMatchObject({
        exitCode: 0,
        key: { value: target?.signingKey, secret: true },
      });
      expect(stage.zitadel.executions()).toMatchObject([{ id: "event/user.human.*", targets: [target?.id] }]);
    } finally {
      await stage.close();
    }
  } finally {
    rmSync(projectDir, { recursive: true });
  }
});

test("the README is short, and no line of its prose is wider than a terminal", () => {
  const lines = text.trimEnd().split("\n");
  expect(lines.length).toBeLessThanOrEqual(150);
  expect(lines.filter((line) => line.length > 120)).toEqual([]);
});

test("the receiver's three lines in the README verify a delivery as they are", () => {
  const [, snippet = ""] = /```ts module\n(import \{ verify \}[\s\S]*?)```/.exec(text) ?? [];
  const file = join(root, "examples", `readme-${process.pid}.mjs`);
  const signed = Math.floor(Date.now() / 1_000);
  const before = `const body = ${JSON.stringify(JSON.stringify(event))};
const request = new Request("https://example.com", { method: "POST", body, headers: ${JSON.stringify(headersOf(JSON.stringify(event), key, signed))} });`;
  writeFileSync(file, `${before}\n${snippet}\nconsole.log(kind, JSON.stringify(payload));\n`);
  try {
    const env = { ...process.env, ZITADEL_SIGNING_KEY: key };
    const said = execFileSync(process.execPath, [file], { encoding: "utf8", env });
    expect(said.trim()).toBe(`event ${JSON.stringify(event)}`);
  } finally {
    rmSync(file);
  }
});
