// Runs the TypeScript program of this folder as Pulumi's program host does, with mocks in the place of the engine: prints what it declares.
const pulumi = require("@pulumi/pulumi");
const { typeScriptRequireStrings } = require("@pulumi/pulumi/tsutils");
const { join } = require("node:path");

const { tsnodeRequire, typescriptRequire } = typeScriptRequireStrings();
require(tsnodeRequire).register({ compiler: typescriptRequire, project: "tsconfig.json" });
const declared = [];
const mocks = {
  newResource({ type, name, inputs }) {
    declared.push(`${type} ${name}`);
    return { id: `${name}-id`, state: inputs };
  },
  call: () => ({}),
};
pulumi.runtime
  .setMocks(mocks, process.argv[2], "dev", true)
  .then(() => {
    pulumi.runtime.setAllConfig(JSON.parse(process.argv[3]));
    return pulumi.runtime.runInPulumiStack(() => require(join(process.cwd(), "index.ts")));
  })
  .then(() => pulumi.runtime.disconnect())
  .then(() => console.log(JSON.stringify(declared)));
