// Measures the processor time of the provider process from the start of our code to its first request.
const { fork } = require("node:child_process");
const { once } = require("node:events");
const path = require("node:path");
const { configFor, startZitadel } = require("./server");

/**
 * Runs provider processes one after the other. Each creates a target on a mock server.
 *
 * @param {{ repeat: number, signal: AbortSignal }} options
 * @returns {Promise<{ milliseconds: number, files: number }[]>} for each process: the processor time, and the files of this package
 *   and of its libraries that it loaded
 */
async function measureFirstRequest({ repeat, signal }) {
  const zitadel = await startZitadel(0);
  try {
    const settings = Object.entries(configFor(zitadel.address)).map(([key, value]) => [key, value.value ?? value]);
    const rounds = [];
    // The first process reads all files for the first time.
    for (let i = -1; i < repeat; i++) {
      const process = fork(path.join(__dirname, "first-request.js"), {
        env: { NODE_COMPILE_CACHE: undefined },
        signal,
      });
      process.send({ settings: Object.fromEntries(settings), name: `target ${i}` });
      const [[round]] = await Promise.all([once(process, "message"), once(process, "exit")]);
      if (i >= 0) rounds.push(round);
    }
    return rounds;
  } finally {
    zitadel.stop();
  }
}

/** What Pulumi's provider process does, once it has loaded the SDK. */
async function provide({ settings, name }) {
  require("@pulumi/pulumi/runtime");
  const before = new Set(Object.keys(require.cache));
  const began = process.cpuUsage();
  require("node:diagnostics_channel").subscribe("http.client.request.start", () => {
    const { user, system } = process.cpuUsage(began);
    const files = Object.keys(require.cache).filter((file) => !before.has(file)).length;
    process.send({ milliseconds: (user + system) / 1000, files });
    process.exit();
  });
  // In the repository, the package resolves its own name, as for the programs in examples/.
  const { target } = require("node:module").createRequire(path.join(__dirname, "x.js"))(
    "pulumi-zitadel-actions/runtime",
  );
  await target.configure({ config: { get: (key) => settings[key] } });
  const args = { __logicalName: name, endpoint: "https://example.com", timeout: "10s", restWebhook: {} };
  const { inputs } = await target.check({}, args);
  await target.create(inputs);
}

if (require.main === module) process.once("message", provide);

module.exports = { measureFirstRequest };
