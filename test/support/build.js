// Before any test: makes a folder that the test files share, which test/support/remove.js removes; packs Pulumi's SDK; and builds `dist`, from
// which tests start programs and commands, if a source has changed since the last build.
const { execFileSync } = require("node:child_process");
const { mkdtempSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { make } = require("./packed.js");

const root = join(__dirname, "..", "..");

module.exports = () => {
  process.env.SHARED_FOLDER = mkdtempSync(join(tmpdir(), "shared-"));
  // `npm run test:unit` needs no build.
  if (process.env.UNIT !== undefined) return;
  make();
  const shell = process.platform === "win32";
  execFileSync("npm", ["run", "--silent", "build:if-needed"], { cwd: root, stdio: "inherit", shell });
};
