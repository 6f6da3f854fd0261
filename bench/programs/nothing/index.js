// The floor: the same resources as in ../targets, with the same properties, and a provider that does nothing.
const pulumi = require("@pulumi/pulumi");

/** As short and as constant as the provider text in the state of a target. */
const forwarder = 'exports.handler=()=>require("module").createRequire(process.cwd()+"/x.js")("./provider.js").nothing';

const outputs = {
  endpoint: undefined,
  timeout: undefined,
  name: undefined,
  payloadType: undefined,
  restWebhook: undefined,
  restCall: undefined,
  restAsync: undefined,
  rotationTriggers: undefined,
  instance: undefined,
  signingKey: undefined,
  creationDate: undefined,
  changeDate: undefined,
};

class Thing extends pulumi.CustomResource {
  constructor(name, args) {
    const inputs = { ...outputs, ...args, __logicalName: name, __provider: forwarder };
    super("pulumi-nodejs:dynamic/nothing:Thing", name, inputs, { additionalSecretOutputs: ["signingKey"] });
  }
}

const count = Number(process.env.BENCH_TARGETS);
for (let i = 0; i < count; i++) {
  new Thing(`hook-${i}`, {
    endpoint: `https://hooks.example.com/zitadel/${i}`,
    timeout: "10s",
    restWebhook: { interruptOnError: true },
  });
}
