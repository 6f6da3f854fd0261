// Runs many random tests: `RUNS=5000 NATIVE_RUNS=1000 PROCESS_RUNS=200 SEED=1 npm run soak`. These numbers are the default, with a
// random seed.
const { spawnSync } = require("node:child_process");
const { randomInt } = require("node:crypto");
const { join } = require("node:path");

const root = join(__dirname, "../../..");
const options = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
const jest = join(root, "node_modules/jest/bin/jest.js");
const numbers = { RUNS: "5000", NATIVE_RUNS: "1000", PROCESS_RUNS: "200" };
const env = { ...numbers, SEED: String(randomInt(1_000_000_000)), ...process.env };
const { status } = spawnSync(process.execPath, [...options, jest, "--runInBand", "test/e2e/random"], {
  cwd: root,
  env,
  stdio: "inherit",
});
process.exitCode = status ?? 1;
