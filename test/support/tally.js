// The end-to-end tests, and all others that meet secrets, with what was searched for them: `npm run marks`. Patterns of test files
// may be given.
const { spawnSync } = require("node:child_process");
const { mkdtempSync, readFileSync, rmSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");

const root = join(__dirname, "../..");
const options = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
const jest = join(root, "node_modules/jest/bin/jest.js");
const meetSecrets = [
  "e2e-",
  "demo",
  "examples",
  "doctor",
  "export",
  "lookups",
  "runtime",
  "settings",
  "authentication",
];
const errors = ["connection", "errors", "retries", "hostile", "target-", "execution-", "public-key-", "marks"];
const given = process.argv.slice(2);
const patterns = given.length > 0 ? given : [...meetSecrets, ...errors].map((name) => `test/${name}`);

const folder = mkdtempSync(join(tmpdir(), "marks-"));
try {
  const file = join(folder, "tally");
  const env = { ...process.env, MARKS_TALLY: file };
  const { status } = spawnSync(process.execPath, [...options, jest, ...patterns], { cwd: root, env, stdio: "inherit" });
  const tallies = readFileSync(file, "utf8").trim().split("\n").map(JSON.parse);
  print(tallies.filter(({ places }) => Object.keys(places).length > 0));
  console.log(status === 0 ? "None was found anywhere." : "The tests failed: see above what was found.");
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true });
}

function print(tallies) {
  const places = new Map();
  for (const [where, { texts, bytes }] of tallies.flatMap((tally) => Object.entries(tally.places))) {
    const sum = places.get(where) ?? { texts: 0, bytes: 0 };
    places.set(where, { texts: sum.texts + texts, bytes: sum.bytes + bytes });
  }
  const marks = tallies.reduce((sum, tally) => sum + tally.marks, 0);
  console.log(`\n${marks} secrets, looked for in what ${tallies.length} test files wrote:\n`);
  console.log("| where | texts | bytes |\n| --- | --- | --- |");
  for (const [where, { texts, bytes }] of [...places].sort()) console.log(`| ${where} | ${texts} | ${bytes} |`);
}
