const { fork } = require("node:child_process");
const { once } = require("node:events");
const path = require("node:path");
const { settingKeys } = require("../dist/provider/config");

/** Starts a stand-in in a process of its own. @param {number} latency in milliseconds, of each answer */
async function startZitadel(latency) {
  const child = fork(path.join(__dirname, "zitadel.js"), { env: { ...process.env, BENCH_LATENCY: String(latency) } });
  const [address] = await once(child, "message");
  return {
    address,
    /** How many of which kind since the last question. */
    requests: async () => {
      child.send("requests");
      return (await once(child, "message"))[0];
    },
    stop: () => child.disconnect(),
  };
}

/** What this shell is set up for is another server. */
const withoutSettings = Object.fromEntries(
  Object.values(settingKeys).flatMap((name) => (name === undefined ? [] : [[name, undefined]])),
);

function configFor({ domain, port, accessToken }) {
  return {
    "zitadel:domain": domain,
    "zitadel:port": String(port),
    "zitadel:insecure": "true",
    "zitadel:accessToken": { value: accessToken, secret: true },
  };
}

module.exports = { configFor, startZitadel, withoutSettings };
