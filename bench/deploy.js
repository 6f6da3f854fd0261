// Times the steps of a deployment: of targets, with and without latency and with the native provider, and of the same number of resources
// that do nothing.
const { Buffer } = require("node:buffer");
const path = require("node:path");
const { performance } = require("node:perf_hooks");
const { openDeployment } = require("../dist/local");
const { cpuSeconds } = require("./cpu");
const { configFor, startZitadel } = require("./server");

/** The latency of each answer of ZITADEL, in milliseconds. */
const latency = 50;
/** The provider's default. */
const maxConcurrentWrites = 2;
/** The same for all contestants: the engine's default. */
const parallel = 16;

/** The contestants, each with its own stack. All others are compared with the floor. */
const contestants = [
  { name: "floor", program: "nothing" },
  { name: "ours", program: "targets", latency: 0 },
  { name: "late", program: "targets", latency },
  { name: "native", program: "native", latency: 0 },
];

/** The requests that a step with `size` targets must send, by kind, and how long they take with latency, in seconds. */
const steps = [
  { name: "preview", run: "preview", requests: () => ({}), waiting: () => 0 },
  {
    name: "create",
    run: "up",
    requests: (size) => ({ create: size }),
    waiting: (size) => (Math.ceil(size / maxConcurrentWrites) * latency) / 1000,
  },
  { name: "no-op up", run: "up", requests: () => ({}), waiting: () => 0 },
  {
    name: "refresh",
    run: "refresh",
    requests: (size) => ({ search: Math.ceil(size / 1000) }),
    waiting: (size) => (Math.ceil(size / 1000) * latency) / 1000,
  },
  {
    name: "destroy",
    run: "destroy",
    requests: (size) => ({ delete: size }),
    waiting: (size) => (Math.ceil(size / maxConcurrentWrites) * latency) / 1000,
  },
];

/**
 * Runs one round. All contestants finish a step before any begins the next, so that other work on the machine affects all equally.
 *
 * @param {object} options
 * @param {number} options.size How many resources.
 * @param {number} options.turn Decides which contestant begins.
 * @param {readonly string[]} [options.who] Names of contestants. Default: all.
 * @param {readonly string[]} [options.what] Names of steps. Default: all.
 * @param {string | undefined} options.engine
 * @param {AbortSignal} options.signal
 * @returns {Promise<{
 *   engine: string,
 *   times: Record<string, Record<string, { wall: number, cpu: number }>>,
 *   bytes: Record<string, number>,
 * }>} seconds by step and contestant, and the size of each contestant's state
 */
async function round({ size, turn, who, what, engine, signal }) {
  const runners = [];
  try {
    for (const contestant of contestants.filter(({ name }) => who?.includes(name) ?? true)) {
      runners.push(await start({ ...contestant, size, engine }));
    }
    const times = {};
    const bytes = {};
    for (const step of steps.filter(({ name }) => what?.includes(name) ?? true)) {
      times[step.name] = {};
      for (let i = 0; i < runners.length; i++) {
        const runner = runners[(i + turn) % runners.length];
        times[step.name][runner.name] = await runner.take(step, signal);
      }
      if (step.name !== "create") continue;
      for (const { name, deployment } of runners) {
        bytes[name] = Buffer.byteLength(JSON.stringify(await deployment.exportStack()));
      }
    }
    return { engine: runners[0].deployment.engine, times, bytes };
  } finally {
    for (const runner of runners) await runner.stop();
  }
}

/** Opens a stack, and a server if the contestant needs one. */
async function start({ name, program, latency, size, engine }) {
  const zitadel = latency === undefined ? undefined : await startZitadel(latency);
  try {
    const deployment = await openDeployment({
      projectDir: path.join(__dirname, "programs", program),
      // All have the same settings, because the settings are part of the state.
      config: configFor(zitadel?.address ?? { domain: "localhost", port: 1, accessToken: "none" }),
      env: { BENCH_TARGETS: String(size) },
      parallel,
      engine,
    });
    const take = async (step, signal) => {
      const [began, cpu] = [performance.now(), cpuSeconds()];
      const result = await deployment[step.run]({ signal });
      const time = { wall: (performance.now() - began) / 1000, cpu: cpuSeconds() - cpu };
      signal.throwIfAborted();
      const where = `${step.name} of ${size} (${name})`;
      if (result.exitCode !== 0) throw new Error(`${where} failed:\n${result.stdout}${result.stderr}`);
      verify(where, step, size, result.changes, await zitadel?.requests());
      return time;
    };
    const stop = async () => {
      await deployment.close();
      zitadel?.stop();
    };
    return { name, deployment, take, stop };
  } catch (error) {
    zitadel?.stop();
    throw error;
  }
}

/** Throws if a step did something else than its name says: then its time means nothing. */
function verify(where, step, size, changes, requests) {
  const expected = { preview: "create", create: "create", destroy: "delete" }[step.name] ?? "same";
  if (changes[expected] !== size + 1) {
    throw new Error(`${where}: not ${size + 1} times ${expected}, but ${JSON.stringify(changes)}`);
  }
  if (requests === undefined) return;
  const wanted = step.requests(size);
  for (const kind of ["create", "get", "update", "delete", "search", "token", "other"]) {
    if (requests[kind] === (wanted[kind] ?? 0)) continue;
    throw new Error(`${where}: ZITADEL saw ${JSON.stringify(requests)}, not ${JSON.stringify(wanted)}`);
  }
}

module.exports = { latency, round, steps };
