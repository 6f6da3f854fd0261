// Stands for the Pulumi CLI where there is none on the PATH: the few commands that pipelines use, on local/engine, with the state
// where a file backend has it. Whatever it does not know it refuses.
const { readFileSync, writeFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { fileURLToPath } = require("node:url");
const { parseArgs } = require("node:util");
const { openCrypter, openStack } = require("../../../dist/repository/internals");

const yaml = createRequire(require.resolve("@pulumi/pulumi/package.json"))("js-yaml");

const flag = { type: "boolean" };
const run = { "non-interactive": flag, color: { type: "string" }, refresh: flag };

/** Each command: its options beside --stack, and what it does; a number is the exit code. */
const commands = {
  preview: [
    // With `diff` the CLI shows values too; here it is names of properties either way.
    { ...run, diff: flag, "expect-no-changes": flag },
    async (stack, options) => {
      const { exitCode, changes } = await stack.preview(how(options));
      if (exitCode !== 0 || !options["expect-no-changes"]) return exitCode;
      if (Object.keys(changes).every((op) => op === "same")) return 0;
      console.error("error: no changes were expected for preview but changes were proposed");
      return 7;
    },
  ],
  up: [
    { ...run, yes: flag },
    async (stack, options) => {
      if (!options.yes) throw new Error("--yes must be passed in to proceed when running in non-interactive mode");
      const planned = await stack.preview(how(options));
      return planned.exitCode === 0 ? (await stack.up(how(options))).exitCode : planned.exitCode;
    },
  ],
  "stack export": [
    { "non-interactive": flag, "show-secrets": flag },
    async (stack, options) => {
      const { version, deployment } = await stack.exportStack();
      const crypter = await openCrypter(demand("PULUMI_CONFIG_PASSPHRASE"), deployment.secrets_providers.state.salt);
      const shown = options["show-secrets"] ? decrypted(deployment, crypter) : deployment;
      console.log(JSON.stringify({ version, deployment: shown }, undefined, 4));
    },
  ],
  config: [
    { "non-interactive": flag, json: flag, "show-secrets": flag },
    (_stack, { stack: name, json }) => {
      if (!json) throw new Error("the stand-in of pulumi lists a configuration only with --json");
      const entries = Object.entries(configOf(name)).map(([key, value]) => [key, { value: `${value}`, secret: false }]);
      console.log(JSON.stringify(Object.fromEntries(entries)));
    },
  ],
  "config get": [
    {},
    (_stack, { stack: name }, [key]) => {
      const { [key]: value } = configOf(name);
      if (value === undefined) throw new Error(`configuration key '${key}' not found for stack '${name}'`);
      console.log(value);
    },
  ],
  "config set": [
    {},
    (_stack, { stack: name }, [key, value]) => {
      const config = { ...configOf(name), [key.includes(":") ? key : `${projectName()}:${key}`]: value };
      writeFileSync(fileOf(name), yaml.dump({ ...yaml.load(readFileSync(fileOf(name), "utf8")), config }));
    },
  ],
};

const fileOf = (stack) => `Pulumi.${stack}.yaml`;
const projectName = () => yaml.load(readFileSync("Pulumi.yaml", "utf8")).name;
const configOf = (stack) => yaml.load(readFileSync(fileOf(stack), "utf8")).config ?? {};
const decrypted = (value, crypter) => {
  if (Array.isArray(value)) return value.map((item) => decrypted(item, crypter));
  if (typeof value !== "object" || value === null) return value;
  const { ciphertext, ...rest } = value;
  if (ciphertext !== undefined) return { ...rest, plaintext: crypter.decrypt(ciphertext) };
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, decrypted(inner, crypter)]));
};
const how = ({ refresh = false }) => ({
  refresh,
  onOutput: (text, stream) => process[stream].write(text),
});

function demand(name) {
  const { [name]: value = "" } = process.env;
  if (value === "") throw new Error(`${name} must be set: this is a stand-in, which keeps states in files alone`);
  return value;
}

async function main([first = "", ...rest]) {
  const isPair = `${first} ${rest[0]}` in commands || !(first in commands);
  const name = isPair ? `${first} ${rest.shift() ?? ""}` : first;
  if (!(name in commands)) throw new Error(`the stand-in of pulumi has no command ${name}`);
  const [options, act] = commands[name];
  const { values, positionals } = parseArgs({
    args: rest,
    options: { ...options, stack: { type: "string" } },
    allowPositionals: name.startsWith("config "),
  });
  if (values.stack === undefined) throw new Error("no stack selected; use --stack");
  if (Object.values(configOf(values.stack)).some((value) => typeof value !== "string" && typeof value !== "boolean"))
    throw new Error("the stand-in of pulumi reads plain texts of a configuration only");
  const stack = await openStack({
    projectDir: process.cwd(),
    stack: values.stack,
    stateDir: fileURLToPath(demand("PULUMI_BACKEND_URL")),
    passphrase: demand("PULUMI_CONFIG_PASSPHRASE"),
  });
  stack.setAllConfig(
    Object.fromEntries(Object.entries(configOf(values.stack)).map(([key, value]) => [key, `${value}`])),
  );
  return (await act(stack, values, positionals)) ?? 0;
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error) => {
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  },
);
