// As many targets as the variable BENCH_TARGETS says, with the time-out of BENCH_TIMEOUT where that is set. ../nothing has the same shape.
const { ZitadelTarget } = require("pulumi-zitadel-actions");

const count = Number(process.env.BENCH_TARGETS);
for (let i = 0; i < count; i++) {
  new ZitadelTarget(`hook-${i}`, {
    endpoint: `https://hooks.example.com/zitadel/${i}`,
    timeout: process.env.BENCH_TIMEOUT ?? "10s",
    restWebhook: { interruptOnError: true },
  });
}
