import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../support/documents";

// .ci/repository.mjs, which a release runs before it packs.

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "repository-"));
  copyFileSync(join(root, "package.json"), join(folder, "package.json"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const manifest = (where: string) => JSON.parse(readFileSync(join(where, "package.json"), "utf8")) as object;

function run(variables: Record<string, string>): void {
  const env = { PATH: process.env["PATH"], ...variables };
  execFileSync(process.execPath, [join(root, ".ci", "repository.mjs")], { cwd: folder, env, stdio: "pipe" });
}

test("it writes repository, homepage and bugs of the repository that it runs in, and changes nothing else", () => {
  run({ GITHUB_SERVER_URL: "https://github.com", GITHUB_REPOSITORY: "example/hooks.js" });
  expect(manifest(folder)).toEqual({
    ...manifest(root),
    repository: { type: "git", url: "git+https://github.com/example/hooks.js.git" },
    homepage: "https://github.com/example/hooks.js#readme",
    bugs: { url: "https://github.com/example/hooks.js/issues" },
  });
});

test("npm finds nothing to correct in what it wrote", () => {
  run({ GITHUB_SERVER_URL: "https://github.com", GITHUB_REPOSITORY: "example/hooks" });
  const written = readFileSync(join(folder, "package.json"), "utf8");
  execFileSync("npm", ["pkg", "fix"], { cwd: folder, stdio: "pipe" });
  expect(manifest(folder)).toEqual(JSON.parse(written));
});

test.each([
  ["no repository", { GITHUB_SERVER_URL: "https://github.com" }],
  ["no server", { GITHUB_REPOSITORY: "example/hooks" }],
  ["a repository without an owner", { GITHUB_SERVER_URL: "https://github.com", GITHUB_REPOSITORY: "hooks" }],
  ["a server that is not a URL", { GITHUB_SERVER_URL: "github.com", GITHUB_REPOSITORY: "example/hooks" }],
])("with %s it fails, says which variables it needs, and writes nothing", (_what, variables) => {
  expect(() => run(variables)).toThrow(/Set GITHUB_SERVER_URL .* and GITHUB_REPOSITORY/);
  expect(manifest(folder)).toEqual(manifest(root));
});
