// Measures what importing the package costs a program that imports @pulumi/pulumi anyway.
const { existsSync, readFileSync } = require("node:fs");
const { spawn } = require("node:child_process");
const { once } = require("node:events");
const path = require("node:path");
const { performance } = require("node:perf_hooks");
const { fileURLToPath } = require("node:url");

/** In the repository, the package resolves its own name, as the programs in examples/ do. */
const root = path.join(__dirname, "..");

const sdk = 'require("@pulumi/pulumi");';
const both = `${sdk}
const began = performance.now();
require("pulumi-zitadel-actions");
console.log(performance.now() - began);`;

/** Libraries that importing the package must not load. */
const heavy = ["got", "zod", "jose"];

/** Lists every file that is loaded after the SDK, by require or by import, also a moment later. */
const listing = `${sdk}
const loaded = [];
require("node:module").registerHooks({
  load(url, context, next) {
    loaded.push(url);
    return next(url, context);
  },
});
require("pulumi-zitadel-actions");
setTimeout(() => console.log(JSON.stringify(loaded)), 200);`;

/**
 * @param {{ repeat: number, signal: AbortSignal }} options
 * @returns {Promise<{ rounds: { inside: number, alone: number, together: number }[], files: string[], heavy: string[] }>}
 *   in milliseconds: the import measured within the process, and whole processes without and with it; the files that it loads; those
 *   of them that it must not load
 */
async function measureImport({ repeat, signal }) {
  await run(both, signal); // to read all files once
  const rounds = [];
  for (let i = 0; i < repeat; i++) {
    const order = i % 2 === 0 ? [sdk, both] : [both, sdk];
    const results = new Map();
    for (const script of order) results.set(script, await run(script, signal));
    rounds.push({
      inside: Number(results.get(both).stdout),
      alone: results.get(sdk).milliseconds,
      together: results.get(both).milliseconds,
    });
  }
  const files = JSON.parse((await run(listing, signal)).stdout);
  return {
    rounds,
    files,
    heavy: heavy.filter((name) => files.flatMap(modulesIn).some((module) => module.includes(`node_modules/${name}/`))),
  };
}

/** The modules in a file: those of a bundle are in its source map. */
function modulesIn(url) {
  const map = url.startsWith("file:") ? `${fileURLToPath(url)}.map` : "";
  return existsSync(map) ? JSON.parse(readFileSync(map, "utf8")).sources : [url];
}

async function run(script, signal) {
  const began = performance.now();
  const child = spawn(process.execPath, ["-e", script], { cwd: root, signal, stdio: ["ignore", "pipe", "inherit"] });
  let stdout = "";
  child.stdout.on("data", (text) => (stdout += text));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`a process that imports the package exited with code ${code}`);
  return { milliseconds: performance.now() - began, stdout };
}

module.exports = { measureImport };
