// Stands for npm and its registry where a pipeline runs `npm ci`: what that would bring is linked from this repository. (That the
// packed package installs is for test/package to show.) Everything else is left to the npm named by REAL_NPM, or refused.
const { spawnSync } = require("node:child_process");
const { existsSync, mkdirSync, symlinkSync, writeFileSync } = require("node:fs");
const { join, resolve } = require("node:path");

const root = join(__dirname, "..", "..", "..");

function main(args) {
  const [command, ...options] = args;
  const { REAL_NPM: npm } = process.env;
  if (command !== "ci") {
    if (npm === undefined) throw new Error(`the stand-in of npm does nothing but \`npm ci\`, not ${command}`);
    return spawnSync(npm, args, { stdio: "inherit" }).status ?? 1;
  }
  if (options.some((option) => option !== "--ignore-scripts")) throw new Error(`npm ci ${options.join(" ")}`);
  if (!existsSync("package-lock.json")) throw new Error("npm ci can only install with an existing package-lock.json");
  if (require(resolve("package.json")).name === "pulumi-zitadel-actions") {
    symlinkSync(join(root, "node_modules"), "node_modules");
    return 0;
  }
  mkdirSync("node_modules/@pulumi", { recursive: true });
  mkdirSync("node_modules/.bin");
  symlinkSync(join(root, "node_modules", "@pulumi", "pulumi"), "node_modules/@pulumi/pulumi");
  symlinkSync(root, "node_modules/pulumi-zitadel-actions");
  const cli = join(root, "dist", "cli", "main.js");
  writeFileSync("node_modules/.bin/pulumi-zitadel-actions", `#!/bin/sh\nexec node "${cli}" "$@"\n`, { mode: 0o755 });
  return 0;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
