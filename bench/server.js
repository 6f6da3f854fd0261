const { fork } = require("node:child_process");
const { on } = require("node:events");
const path = require("node:path");

/** Starts a mock server in a separate process. @param {number} latency in milliseconds, of each answer */
async function startZitadel(latency) {
  const child = fork(path.join(__dirname, "zitadel.js"), { env: { ...process.env, BENCH_LATENCY: String(latency) } });
  const says = async (about) => {
    for await (const [message] of on(child, "message")) if (about in message) return message[about];
  };
  return {
    address: await says("address"),
    /** Returns the number of requests of each kind since the last call. */
    requests: () => {
      child.send({ about: "requests" });
      return says("requests");
    },
    /** Resolves when `number` creates have arrived, counted from now. */
    creates: (number) => {
      child.send({ about: "creates", number });
      return says("creates");
    },
    stop: () => child.disconnect(),
  };
}

function configFor({ domain, port, accessToken }) {
  return {
    "zitadel-actions:domain": domain,
    "zitadel-actions:port": String(port),
    "zitadel-actions:insecure": "true",
    "zitadel-actions:accessToken": { value: accessToken, secret: true },
  };
}

module.exports = { configFor, startZitadel };
