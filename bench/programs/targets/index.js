// Declares BENCH_TARGETS targets, with the timeout BENCH_TIMEOUT if that is set. ../nothing declares the same properties.
const { ZitadelTarget } = require("pulumi-zitadel-actions");

const count = Number(process.env.BENCH_TARGETS);
for (let i = 0; i < count; i++) {
  new ZitadelTarget(`hook-${i}`, {
    endpoint: `https://hooks.example.com/zitadel/${i}`,
    timeout: process.env.BENCH_TIMEOUT ?? "10s",
    restWebhook: { interruptOnError: true },
  });
}
