// As many targets as the variable BENCH_TARGETS says. ../nothing has the same shape.
const { ZitadelTarget } = require("pulumi-zitadel-actions");

const count = Number(process.env.BENCH_TARGETS);
for (let i = 0; i < count; i++) {
  new ZitadelTarget(`hook-${i}`, {
    endpoint: `https://hooks.example.com/zitadel/${i}`,
    timeout: "10s",
    restWebhook: { interruptOnError: true },
  });
}
