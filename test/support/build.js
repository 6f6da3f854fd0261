// Before any test: makes a folder that the test files share, which test/support/remove.js removes; packs Pulumi's SDK; and builds `dist`, from
// which tests start programs and commands, if a source is newer than the last build.
const { execFileSync } = require("node:child_process");
const { existsSync, globSync, mkdirSync, mkdtempSync, statSync, utimesSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { dirname, join } = require("node:path");
const { make } = require("./packed.js");

const root = join(__dirname, "..", "..");
const stamp = join(root, "node_modules", ".cache", "built");
const sources = ["package.json", "package-lock.json", "tsconfig*.json"].concat(
  ["build", "cli", "local", "native", "policies", "provider", "webhook"].map((folder) => `${folder}/**/*`),
);

function isBuilt() {
  if (!existsSync(stamp) || ["dist/cli/main.js", "plugin/provider.js"].some((file) => !existsSync(join(root, file))))
    return false;
  const { mtimeMs: built } = statSync(stamp);
  return globSync(sources, { cwd: root }).every((file) => statSync(join(root, file)).mtimeMs < built);
}

module.exports = () => {
  process.env.SHARED_FOLDER = mkdtempSync(join(tmpdir(), "shared-"));
  // `npm run test:unit` needs no build.
  if (process.env.UNIT !== undefined) return;
  make();
  if (isBuilt()) return;
  const began = new Date();
  execFileSync("npm", ["run", "--silent", "build"], {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, "");
  utimesSync(stamp, began, began); // what changes meanwhile is newer
};
