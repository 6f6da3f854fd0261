// Runs one `up` in a process of its own, which dies at once (SIGKILL) when it is about to write that a resource was created:
// ZITADEL has answered, and the state never learns of it. Arguments: the stack's options, its configuration, the resource's URN.
const { transformFileSync } = require("@swc/core");

require.extensions[".ts"] = (module, file) => {
  const options = { jsc: { target: "es2023", parser: { syntax: "typescript" } }, module: { type: "commonjs" } };
  module._compile(transformFileSync(file, options).code, file);
};
const { openStack } = require("../../local/engine/index.ts");
const { StateFile } = require("../../local/engine/state.ts");

const [stackOptions, config, urn] = process.argv.slice(2);
const { write } = StateFile.prototype;

StateFile.prototype.write = function (text) {
  const { resources = [] } = JSON.parse(text).checkpoint.latest;
  if (resources.some((resource) => resource.urn === urn)) process.kill(process.pid, "SIGKILL");
  return write.call(this, text);
};

openStack(JSON.parse(stackOptions)).then((stack) => {
  stack.setAllConfig(JSON.parse(config));
  return stack.up();
});
