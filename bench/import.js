// What importing the package costs a program that imports @pulumi/pulumi anyway.
const { spawn } = require("node:child_process");
const { once } = require("node:events");
const path = require("node:path");
const { performance } = require("node:perf_hooks");

/** Within the repository the package finds itself by its name, as in examples/. */
const root = path.join(__dirname, "..");

const sdk = 'require("@pulumi/pulumi");';
const both = `${sdk}
const began = performance.now();
require("pulumi-zitadel-actions");
console.log(performance.now() - began);`;

/** What a program must not pay for. */
const heavy = ["got", "zod", "jose"];

/** Names every file that is loaded after the SDK, whether by require or by import, and also a moment later. */
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
 *   in milliseconds: the import as seen from within, whole processes without and with it; what it loads; what it must not load
 */
async function measureImport({ repeat, signal }) {
  await run(both, signal); // so that all files have been read once
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
    heavy: heavy.filter((name) => files.some((file) => file.includes(`/node_modules/${name}/`))),
  };
}

async function run(script, signal) {
  const began = performance.now();
  const child = spawn(process.execPath, ["-e", script], { cwd: root, signal, stdio: ["ignore", "pipe", "inherit"] });
  let stdout = "";
  child.stdout.on("data", (text) => (stdout += text));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`a process that imports the package ended with status ${code}`);
  return { milliseconds: performance.now() - began, stdout };
}

module.exports = { measureImport };
