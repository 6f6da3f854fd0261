// Runs a mock ZITADEL server in a separate process, as a real server would be, so that its work is not counted as the engine's.
const { startZitadel } = require("../dist/local");

// Ctrl-C reaches all processes. This one ignores it, and ends with its parent.
process.on("SIGINT", () => undefined);
process.once("disconnect", () => process.exit());

startZitadel({ latency: Number(process.env.BENCH_LATENCY) }).then((zitadel) => {
  const { domain, port, accessToken } = zitadel;
  const answers = {
    requests: () => {
      process.send({ requests: { ...zitadel.count(), maxConcurrentWrites: zitadel.maxConcurrentWrites } });
      zitadel.clearRequests();
    },
    /** Reports when this many creates have arrived, counted from now. */
    creates: ({ number }) => {
      let left = number;
      const when = () => {
        if (--left === 0) process.send({ creates: number });
        return false;
      };
      zitadel.faults.add({ match: { operation: "create", when }, fault: { kind: "hang" } });
    },
  };
  process.on("message", (question) => answers[question.about](question));
  process.send({ address: { domain, port, accessToken } });
});
