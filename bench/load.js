// Measures many targets from create to destroy: the time, the requests and the memory. See README.md.
/* global AbortController */
const path = require("node:path");
const { performance } = require("node:perf_hooks");
const { parseArgs } = require("node:util");
const { openDeployment } = require("../dist/local");
const { watchProvider } = require("./memory");
const { configFor, startZitadel } = require("./server");
const { table } = require("./statistics");

const memoryGoal = 300;

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
  for (const size of sizes) {
    const floor = await life({ size, program: "nothing", engine: values.engine });
    for (const latency of latencies) {
      const taken = await life({ size, program: "targets", latency, engine: values.engine });
      rows.push(...taken.map((row) => ({ ...row, size, latency, floor: floor.find(({ name }) => name === row.name) })));
    }
  }
  print(rows, sizes, latencies);
}

/** Runs a stack of `size` resources from create to destroy. If `latency` is given, it runs against a mock ZITADEL server. */
async function life({ size, program, latency, engine }) {
  const zitadel = latency === undefined ? undefined : await startZitadel(latency);
  const env = (timeout) => ({ BENCH_TARGETS: String(size), BENCH_TIMEOUT: timeout });
  const deployment = await openDeployment({
    projectDir: path.join(__dirname, "programs", program),
    config: configFor(zitadel?.address ?? { domain: "localhost", port: 1, accessToken: "none" }),
    env: env("10s"),
    parallel: 16,
    engine,
  });
  const take = async ({ name, run, timeout }, signal) => {
    deployment.setEnv(env(timeout));
    const peak = watchProvider();
    const began = performance.now();
    const { exitCode, stdout, stderr } = await deployment[run]({ signal });
    const seconds = (performance.now() - began) / 1000;
    const memory = peak();
    if ((exitCode === 0) === (signal !== undefined)) throw new Error(`${name} of ${size}:\n${stdout}${stderr}`);
    const row = { name, seconds, memory, requests: await counted(zitadel) };
    process.stderr.write(`${program} ${size}, ${latency ?? "no"} ms: ${name} ${seconds.toFixed(1)} s\n`);
    return row;
  };
  try {
    const rows = [];
    for (const step of steps) {
      rows.push(await take(step));
      if (zitadel !== undefined) verify(step.name, rows.at(-1).requests, step.requests(size));
    }
    if (zitadel !== undefined) rows.push(...(await interrupted(take, zitadel, size)));
    return rows;
  } finally {
    await deployment.close();
    zitadel?.stop();
  }
}

/** Cancels a create halfway. The next one must create exactly the rest. */
async function interrupted(take, zitadel, size) {
  const stop = new AbortController();
  zitadel.creates(size / 2).then(() => stop.abort());
  const [create] = steps;
  const half = await take({ ...create, name: "create, cancelled halfway" }, stop.signal);
  const made = half.requests.create ?? 0;
  if (made < size / 2 || made >= size) throw new Error(`cancelled after ${size / 2} creates, but ${made} were made`);
  const rest = await take({ ...create, name: "create, the rest" });
  verify(rest.name, rest.requests, { create: size - made });
  return [half, rest];
}

async function counted(zitadel) {
  if (zitadel === undefined) return {};
  const { maxConcurrentWrites, ...counts } = await zitadel.requests();
  if (maxConcurrentWrites > 2) throw new Error(`${maxConcurrentWrites} writes were in flight at once`);
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

function verify(step, requests, wanted) {
  if (JSON.stringify(requests) === JSON.stringify(wanted)) return;
  throw new Error(`${step}: ZITADEL saw ${JSON.stringify(requests)}, not ${JSON.stringify(wanted)}`);
}

function print(rows, sizes, latencies) {
  const perTarget = ({ seconds, size }) => (seconds * 1000) / size;
  const heads = ["latency ms", "targets", "step", "s", "ms/target", "times the floor", "requests", "MB", "floor's MB"];
  const cells = rows.map(({ latency, size, name, seconds, requests, memory, floor }) => [
    `${latency}`,
    `${size}`,
    name,
    seconds.toFixed(1),
    perTarget({ seconds, size }).toFixed(1),
    floor === undefined ? "" : (seconds / floor.seconds).toFixed(2),
    Object.entries(requests)
      .map(([kind, count]) => `${count} ${kind}`)
      .join(", ") || "none",
    memory.toFixed(0),
    floor === undefined ? "" : floor.memory.toFixed(0),
  ]);
  console.log(table(heads, cells));

  const [small, large] = [sizes[0], sizes.at(-1)];
  if (small !== large) {
    console.log(
      `\nms/target at ${large} against ${small}; in parentheses the floor's, which is Pulumi's and local/engine's:`,
    );
    for (const { name } of steps) {
      const at = (size, latency) =>
        rows.find((row) => row.name === name && row.size === size && row.latency === latency);
      const growth = latencies.map((latency) => {
        const [one, many] = [at(small, latency), at(large, latency)];
        const ours = perTarget(many) / perTarget(one);
        const floor = perTarget({ ...many.floor, size: large }) / perTarget({ ...one.floor, size: small });
        return `${latency} ms: ${ours.toFixed(2)} (${floor.toFixed(2)})`;
      });
      console.log(`${name.padEnd(12)}${growth.join(", ")}`);
    }
  }
  const most = Math.max(...rows.map(({ memory }) => memory));
  const floorMost = Math.max(...rows.map(({ floor }) => floor?.memory ?? 0));
  const verdict = most < memoryGoal ? "met" : "missed";
  console.log(
    `\nThe provider process held at most ${most.toFixed(0)} MB (goal: under ${memoryGoal}, ${verdict}); ` +
      `with a provider that does nothing, ${floorMost.toFixed(0)} MB.`,
  );
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
