// A stand-in of ZITADEL in a process of its own, as a server is: none of its work is done in the engine's.
const { startZitadel } = require("../dist/local");

// Ctrl-C reaches all processes; this one ends with its parent.
process.on("SIGINT", () => undefined);
process.once("disconnect", () => process.exit());

startZitadel({ latency: Number(process.env.BENCH_LATENCY) }).then((zitadel) => {
  const { domain, port, accessToken } = zitadel;
  const answers = {
    requests: () => {
      process.send({ requests: { ...zitadel.count(), maxConcurrentWrites: zitadel.maxConcurrentWrites } });
      zitadel.clearRequests();
    },
    /** Says so once that many creates have come in from now on. */
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
