// Measures the start of a provider process until it has created its first target: of the native provider's bundle, and of Pulumi's own
// process for dynamic providers, which loads our code.
const { spawn } = require("node:child_process");
const { once } = require("node:events");
const path = require("node:path");
const { performance } = require("node:perf_hooks");
const { createInterface } = require("node:readline");
const { promisify } = require("node:util");
const grpc = require("@grpc/grpc-js");
const { Struct } = require("google-protobuf/google/protobuf/struct_pb");
const { ResourceProviderClient } = require("@pulumi/pulumi/proto/provider_grpc_pb");
const proto = require("@pulumi/pulumi/proto/provider_pb");
const { forwarder } = require("../dist/repository/internals");
const { cpuSecondsOf } = require("./cpu");
const { configFor, startZitadel } = require("./server");

/** How each process is started, and what it calls settings, types and properties. */
const contestants = {
  dynamic: {
    command: [process.execPath, require.resolve("@pulumi/pulumi/cmd/dynamic-provider")],
    variable: (key) => `pulumi-nodejs:config:${key}`,
    type: "pulumi-nodejs:dynamic/zitadel:Target",
    more: { __provider: forwarder("target"), __logicalName: "first" },
  },
  native: {
    command: [path.join(__dirname, "..", "plugin", "pulumi-resource-zitadel-actions")],
    variable: (key) => key.replace(":", ":config:"),
    type: "zitadel-actions:index:Target",
    more: {},
  },
};

/**
 * Starts the processes in turn, with a mock server for both.
 *
 * @param {{ repeat: number, signal: AbortSignal }} options
 * @returns {Promise<Record<"dynamic" | "native", { port: number, target: number, cpu: number }>[]>} for each round, in milliseconds:
 *   until the process tells its port, until its first target is created, and the processor time until then
 */
async function measureStartUp({ repeat, signal }) {
  const zitadel = await startZitadel(0);
  const engine = new grpc.Server();
  const port = await promisify(engine.bindAsync.bind(engine))("127.0.0.1:0", grpc.ServerCredentials.createInsecure());
  try {
    const rounds = [];
    // The first round reads all files for the first time.
    for (let i = -1; i < repeat; i++) {
      const round = {};
      const names = Object.keys(contestants);
      for (const name of i % 2 === 0 ? names : names.reverse())
        round[name] = await start(contestants[name], `127.0.0.1:${port}`, zitadel.address, signal);
      if (i >= 0) rounds.push(round);
    }
    return rounds;
  } finally {
    engine.forceShutdown();
    zitadel.stop();
  }
}

async function start({ command: [program, ...args], variable, type, more }, engine, address, signal) {
  const began = performance.now();
  const child = spawn(program, [...args, engine], {
    cwd: __dirname, // In the repository, the package resolves its own name, as for the programs in examples/.
    env: { ...process.env, NODE_COMPILE_CACHE: undefined },
    stdio: ["ignore", "pipe", "inherit"],
    signal,
  });
  const exited = once(child, "exit");
  try {
    const [line] = await once(createInterface({ input: child.stdout }), "line");
    const port = performance.now() - began;
    const client = new ResourceProviderClient(`127.0.0.1:${line}`, grpc.credentials.createInsecure());
    const call = (method, request) => promisify(client[method].bind(client))(request);
    const configure = new proto.ConfigureRequest().setAcceptsecrets(true).setAcceptresources(true);
    const settings = Object.entries(configFor(address)).map(([key, value]) => [key, value.value ?? value]);
    for (const [key, value] of settings) configure.getVariablesMap().set(variable(key), value);
    const named = settings.map(([key, value]) => [more.__provider === undefined ? key.split(":")[1] : key, value]);
    await call("configure", configure.setArgs(Struct.fromJavaScript(Object.fromEntries(named))));
    const urn = `urn:pulumi:dev::bench::${type}::first`;
    const target = { endpoint: "https://example.com", timeout: "10s", restWebhook: {}, ...more };
    const check = new proto.CheckRequest().setUrn(urn).setName("first").setType(type);
    check.setOlds(Struct.fromJavaScript({})).setNews(Struct.fromJavaScript(target));
    const checked = await call("check", check);
    const create = new proto.CreateRequest().setUrn(urn).setName("first").setType(type);
    await call("create", create.setProperties(checked.getInputs()));
    const result = { port, target: performance.now() - began, cpu: cpuSecondsOf(child.pid) * 1000 };
    client.close();
    return result;
  } finally {
    child.kill();
    await exited.catch(() => undefined); // stopped by the signal
  }
}

module.exports = { measureStartUp };
