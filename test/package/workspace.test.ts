import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { read, snippets } from "../support/documents";
import { kept, openPlace, type Place, root } from "../support/installed";

// The workspace of docs/monorepos.md, installed by pnpm with the packed package, and previewed with the command of the installed package.

jest.setTimeout(600_000);

const page = read("docs/monorepos.md");
const own = "pulumi-zitadel-actions";

/** The snippet after which file name, as the page writes it. */
function files(): Record<string, string> {
  const names = ["pnpm-workspace.yaml", "packages/hooks/package.json", "packages/hooks/index.ts"];
  names.push("infra/package.json", "infra/tsconfig.json", "infra/Pulumi.yaml", "infra/index.ts");
  // test/docs/registry.test.ts tries the settings for Yarn and a registry.
  const all = snippets(page).filter(({ language, code }) => language !== "text" && !code.includes("npmRegistryServer"));
  expect(all).toHaveLength(names.length);
  return Object.fromEntries(names.map((name, index) => [name, all[index]?.code ?? ""]));
}

let place: Place;
let folder: string;
beforeAll(async () => {
  place = await openPlace();
  folder = await place.newFolder();
  const written = files();
  written["package.json"] = '{ "name": "root", "private": true }';
  // The package is not published: every dependency on it is this one.
  written["pnpm-workspace.yaml"] = `${written["pnpm-workspace.yaml"]}overrides: { ${own}: "file:${place.tarball}" }\n`;
  for (const [name, text] of Object.entries(written)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
});
afterAll(() => place.remove());

const infra = (name: string) => join(folder, "infra", name);

function run(args: readonly string[], cwd: string): Promise<{ code: number; text: string }> {
  const env = { ...process.env, ...kept, NODE_USE_SYSTEM_CA: "1" };
  return promisify(execFile)(process.execPath, args, { cwd, env }).then(
    ({ stdout, stderr }) => ({ code: 0, text: stdout + stderr }),
    (error: unknown) => {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, text: stdout + stderr };
    },
  );
}

async function install(): Promise<void> {
  const pnpm = join(root, "node_modules", "pnpm", "bin", "pnpm.mjs");
  const { code, text } = await run([pnpm, "install", "--no-frozen-lockfile", "--prefer-offline"], folder);
  expect({ code, text }).toMatchObject({ code: 0 });
}

/** Runs the program in `infra` with `try`, and without colours and wrapped lines. */
const tryProgram = () => {
  const command = join(folder, "packages", "hooks", "node_modules", own, "dist", "cli", "main.js");
  return run([command, "try"], join(folder, "infra"));
};

test("a component of a library deploys, and without the direct dependency or rootDir it fails as the page says", async () => {
  await install();
  const deployed = await tryProgram();
  expect(deployed).toMatchObject({ code: 0 });
  expect(deployed.text).toContain("example:hooks:AuditHook audit create");

  const tsconfig = await readFile(infra("tsconfig.json"), "utf8");
  await writeFile(infra("tsconfig.json"), tsconfig.replace(/,\s*"rootDir": ".."/, ""));
  const unrooted = await tryProgram();
  expect(unrooted.code).not.toBe(0);
  expect(unrooted.text).toContain("error TS5011");
  await writeFile(infra("tsconfig.json"), tsconfig);

  const manifest = JSON.parse(await readFile(infra("package.json"), "utf8")) as { dependencies: object };
  const dependencies = Object.fromEntries(Object.entries(manifest.dependencies).filter(([name]) => name !== own));
  await writeFile(infra("package.json"), JSON.stringify({ ...manifest, dependencies }));
  await install();
  const missing = await tryProgram();
  expect(missing.code).not.toBe(0);
  expect(missing.text).toContain(`Run \`npm install ${own}\` in `);
  expect(page.text).toContain("this project has it only through another package.");
  expect(missing.text).toContain("this project has it only through another package.");

  // One package.json for the whole repository.
  await writeFile(
    join(folder, "package.json"),
    JSON.stringify({ name: "root", private: true, dependencies: manifest.dependencies }),
  );
  await writeFile(infra("package.json"), JSON.stringify({ name: "infra", private: true }));
  await install();
  expect(await tryProgram()).toMatchObject({ code: 0 });
});
