// Declares the same targets as ../targets, with the native provider.
const pulumi = require("@pulumi/pulumi");
const { properties } = require("../../../native/schema.json").resources["zitadel-actions:index:Target"];

/** Every output, as a generated SDK declares them. */
const outputs = Object.fromEntries(Object.keys(properties).map((name) => [name, undefined]));

class Target extends pulumi.CustomResource {
  constructor(name, args) {
    super("zitadel-actions:index:Target", name, { ...outputs, ...args }, { additionalSecretOutputs: ["signingKey"] });
  }
}

const count = Number(process.env.BENCH_TARGETS);
for (let i = 0; i < count; i++) {
  new Target(`hook-${i}`, {
    endpoint: `https://hooks.example.com/zitadel/${i}`,
    timeout: "10s",
    restWebhook: { interruptOnError: true },
  });
}
