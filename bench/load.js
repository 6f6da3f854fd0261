// Many targets through one life: how long, how many requests, how much memory. See README.md.
const path = require("node:path");
const { performance } = require("node:perf_hooks");
const { parseArgs } = require("node:util");
const { openDeployment } = require("../dist/local");
const { watchProvider } = require("./memory");
const { configFor, startZitadel, withoutSettings } = require("./server");
const { table } = require("./statistics");

const steps = [
  { name: "create", run: "up", timeout: "10s", requests: (size) => ({ create: size }) },
  { name: "no-op up", run: "up", timeout: "10s", requests: () => ({}) },
  { name: "change all", run: "up", timeout: "20s", requests: (size) => ({ update: size }) },
  { name: "refresh", run: "refresh", timeout: "20s", requests: (size) => ({ search: Math.ceil(size / 1000) }) },
  { name: "destroy", run: "destroy", timeout: "20s", requests: (size) => ({ delete: size }) },
];

async function main() {
  const { values } = parseArgs({
    options: {
      sizes: { type: "string", default: "1000,5000" },
      latencies: { type: "string", default: "0,50" },
      engine: { type: "string" },
    },
  });
  const [sizes, latencies] = [values.sizes, values.latencies].map((list) => list.split(",").map(Number));
  const rows = [];
  for (const latency of latencies) for (const size of sizes) rows.push(...(await life(size, latency, values.engine)));
  console.log(table(["latency ms", "targets", "step", "s", "ms/target", "requests", "provider MB"], rows));
  const most = Math.max(...rows.map((row) => Number(row.at(-1))));
  console.log(`\nThe provider process held at most ${most} MB (goal: under 300).`);
  if (most >= 300) process.exitCode = 1;
}

async function life(size, latency, engine) {
  const zitadel = await startZitadel(latency);
  const env = (timeout) => ({ ...withoutSettings, BENCH_TARGETS: String(size), BENCH_TIMEOUT: timeout });
  const deployment = await openDeployment({
    projectDir: path.join(__dirname, "programs", "targets"),
    config: configFor(zitadel.address),
    env: env("10s"),
    parallel: 16,
    engine,
  });
  try {
    const rows = [];
    for (const step of steps) {
      deployment.setEnv(env(step.timeout));
      const began = performance.now();
      const peak = watchProvider();
      const { exitCode, stdout, stderr } = await deployment[step.run]();
      const seconds = (performance.now() - began) / 1000;
      const memory = peak();
      if (exitCode !== 0) throw new Error(`${step.name} of ${size} failed:\n${stdout}${stderr}`);
      const { maxConcurrentWrites, ...counts } = await zitadel.requests();
      const requests = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
      const wanted = step.requests(size);
      if (JSON.stringify(requests) !== JSON.stringify(wanted) || maxConcurrentWrites > 2) {
        throw new Error(
          `${step.name} of ${size}: ${JSON.stringify({ requests, maxConcurrentWrites })}, not ${JSON.stringify(wanted)}`,
        );
      }
      const words = Object.entries(requests)
        .map(([kind, count]) => `${count} ${kind}`)
        .join(", ");
      rows.push(
        [
          latency,
          size,
          step.name,
          seconds.toFixed(1),
          ((seconds * 1000) / size).toFixed(1),
          words || "none",
          memory.toFixed(0),
        ].map(String),
      );
      process.stderr.write(`${rows.at(-1).join("  ")}\n`);
    }
    return rows;
  } finally {
    await deployment.close();
    zitadel.stop();
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
