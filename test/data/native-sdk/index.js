// What `pulumi package add` generates, as far as examples/native/typescript needs it: a class for each resource of the schema.
const pulumi = require("@pulumi/pulumi");
const { resources } = require(process.env.NATIVE_SCHEMA);

for (const [token, { properties }] of Object.entries(resources)) {
  const none = Object.fromEntries(Object.keys(properties).map((name) => [name, undefined]));
  exports[token.split(":").at(-1)] = class extends pulumi.CustomResource {
    constructor(name, args, opts) {
      super(token, name, { ...none, ...args }, opts);
    }
  };
}
