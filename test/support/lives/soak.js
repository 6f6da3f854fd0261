// Many random lives from a seed of their own: `LIVES=5000 SEED=1 npm run soak`; without these 5000, and a random seed.
const { spawnSync } = require("node:child_process");
const { randomInt } = require("node:crypto");
const { join } = require("node:path");

const root = join(__dirname, "../../..");
const options = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
const jest = join(root, "node_modules/jest/bin/jest.js");
const env = { LIVES: "5000", SEED: String(randomInt(1_000_000_000)), ...process.env };
const { status } = spawnSync(process.execPath, [...options, jest, "test/lives.test.ts"], {
  cwd: root,
  env,
  stdio: "inherit",
});
process.exitCode = status ?? 1;
