// A stand-in of ZITADEL in a process of its own, as a server is: none of its work is done in the engine's.
const { startZitadel } = require("../dist/local");

// Ctrl-C reaches all processes; this one ends with its parent.
process.on("SIGINT", () => undefined);
process.once("disconnect", () => process.exit());

startZitadel({ latency: Number(process.env.BENCH_LATENCY) }).then((zitadel) => {
  const { domain, port, accessToken } = zitadel;
  process.on("message", () => {
    process.send({ ...zitadel.count(), maxConcurrentWrites: zitadel.maxConcurrentWrites });
    zitadel.clearRequests();
  });
  process.send({ domain, port, accessToken });
});
