import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStage, programs } from "./support/deploy";
import { resolves } from "./support/resolves";
import { event, headersOf, key } from "./support/webhook";

// The README's program is what people try first. test/docs-* look at everything else in the documents.

const root = join(__dirname, "..");

test("the first program of the README previews and deploys as it stands", async () => {
  const [, program = ""] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];
  const projectDir = mkdtempSync(join(programs, "readme-"));
  try {
    writeFileSync(join(projectDir, "Pulumi.yaml"), "name: readme\nruntime: nodejs\nmain: index.ts\n");
    writeFileSync(join(projectDir, "tsconfig.json"), readFileSync(join(root, "examples/quickstart/tsconfig.json")));
    writeFileSync(join(projectDir, "index.ts"), program);
    const stage = await openStage({ projectDir, zitadel: { resolves } });
    try {
      expect(await stage.run("preview")).toMatchObject({ exitCode: 0, changes: { create: 3 }, requests: {} });
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

test("the receiver's three lines in the README verify a delivery as they stand", () => {
  const text = readFileSync(join(root, "README.md"), "utf8");
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
