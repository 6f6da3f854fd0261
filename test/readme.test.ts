import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openStage, programs } from "./support/deploy";

// What the documents say is there, is there.

const root = join(__dirname, "..");

test.each(["README.md", "CONTRIBUTING.md", "bench/README.md"])("every file that %s links to exists", (name) => {
  const text = readFileSync(join(root, name), "utf8");
  const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, link = ""]) => link);
  const missing = links.filter((link) => !existsSync(join(root, dirname(name), link)));
  expect(missing).toEqual([]);
});

test("every npm script that is named exists", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const text = ["README.md", "CONTRIBUTING.md", "bench/README.md"].map((name) =>
    readFileSync(join(root, name), "utf8"),
  );
  const named = [...text.join("\n").matchAll(/npm run ([\w:]+)/g)].map(([, script = ""]) => script);
  expect(named.filter((script) => !(script in scripts))).toEqual([]);
  expect(named).toContain("gap");
});

test("the first program of the README previews and deploys as it stands", async () => {
  const [, program = ""] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];
  const projectDir = mkdtempSync(join(programs, "readme-"));
  try {
    writeFileSync(join(projectDir, "Pulumi.yaml"), "name: readme\nruntime: nodejs\nmain: index.ts\n");
    writeFileSync(join(projectDir, "tsconfig.json"), readFileSync(join(root, "examples/quickstart/tsconfig.json")));
    writeFileSync(join(projectDir, "index.ts"), program);
    const stage = await openStage({ projectDir });
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
