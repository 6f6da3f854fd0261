// Remembers what `dist` was built from: `npm run build` says when it begins and when it is done. `check` fails if something has changed since.
//
//   node build/sources.js begin|done|check
const { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } = require("node:fs");
const { join, relative } = require("node:path");

const root = join(__dirname, "..");
const folder = join(root, "dist", "repository");
const building = join(folder, "building.txt");
const built = join(folder, "built.txt");
const patterns = ["package.json", "package-lock.json", "tsconfig*.json"].concat(
  ["build", "cli", "local", "native", "policies", "provider", "webhook"].map((folder) => `${folder}/**/*`),
);

/** All sources, each with the time of its last change: a deleted one is missing. */
function sources() {
  const files = globSync(patterns, { cwd: root, withFileTypes: true }).filter((file) => file.isFile());
  const paths = files.map((file) => relative(root, join(file.parentPath, file.name))).sort();
  return paths.map((path) => `${path} ${statSync(join(root, path)).mtimeMs}\n`).join("");
}

/** Whether `dist` is there, and no source has changed since its build began. */
function isBuilt() {
  const parts = ["dist/cli/main.js", "plugin/provider.js"].map((file) => join(root, file));
  return [built, ...parts].every((file) => existsSync(file)) && readFileSync(built, "utf8") === sources();
}

const [, , step] = process.argv;
if (step === "begin") {
  mkdirSync(folder, { recursive: true });
  writeFileSync(building, sources());
} else if (step === "done") copyFileSync(building, built);
else if (!isBuilt()) {
  console.log("Building. This takes half a minute.");
  process.exitCode = 1;
}
