// Runs one `up` in a process of its own, so that a test can kill it. The stack's options are the only argument.
const { transformFileSync } = require("@swc/core");

require.extensions[".ts"] = (module, file) => {
  const options = { jsc: { target: "es2023", parser: { syntax: "typescript" } }, module: { type: "commonjs" } };
  module._compile(transformFileSync(file, options).code, file);
};
const { openStack } = require("../../../local/engine/index.ts");

openStack(JSON.parse(process.argv[2])).then((stack) => {
  stack.setAllConfig({ "things:salt": { value: "s4lt", secret: true } });
  return stack.up({ onOutput: (text, stream) => process[stream].write(text) });
});
