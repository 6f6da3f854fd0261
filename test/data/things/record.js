// Loaded into the program's host and into the provider (NODE_OPTIONS=--require): writes down that they run, and each call
// to the provider once it is answered. RECORD_FILE gets a JSON object a line. RECORD_AFTER names two resources, `b,p`: a check of the first
// begins once the program has registered the second, a provider.
const fs = require("fs");
const path = require("path");
const { createRequire } = require("module");
const { isMainThread } = require("worker_threads");

const write = (entry) => fs.appendFileSync(process.env.RECORD_FILE, JSON.stringify(entry) + "\n");
const ofProgram = createRequire(path.join(process.cwd(), "x.js"));
const isProvider = /dynamic-provider|pulumi-resource-/.test(process.argv[1] ?? "");

/** A message as JSON: its fields by name, without those that are not set. */
function fieldsOf(message) {
  const fields = {};
  for (const getter of Object.getOwnPropertyNames(Object.getPrototypeOf(message))) {
    const [, name, kind] = /^get(.+?)(List|Map|_as.*)?$/.exec(getter) ?? [];
    if (name === undefined || kind?.startsWith("_as")) continue;
    const value = message[getter]();
    if (value === undefined || value === "" || value === false || value === 0 || value.length === 0) continue;
    fields[name.toLowerCase()] =
      kind === "Map" ? Object.fromEntries(value.toArray()) : typeof value.toJavaScript === "function" ? value.toJavaScript() : value;
  }
  return fields;
}

const [later, earlier] = (process.env.RECORD_AFTER ?? ",").split(",");
const isRegistered = (line) => line.startsWith('{"registered"') && line.includes(`::${earlier}"`);

/** Resolves when a call's turn has come. */
function turn(name, { urn = "" }) {
  if (later === "" || name !== "check" || !urn.endsWith(`::${later}`)) return Promise.resolve();
  return new Promise((resolve) => {
    const look = () => {
      if (!fs.readFileSync(process.env.RECORD_FILE, "utf8").split("\n").some(isRegistered)) return;
      watcher.close();
      resolve();
    };
    const watcher = fs.watch(process.env.RECORD_FILE, look);
    look();
  });
}

if (isMainThread && /\/cmd\/|pulumi-resource-/.test(process.argv[1] ?? "")) write({ pid: process.pid });
if (isProvider) {
  const grpc = createRequire(ofProgram.resolve("@pulumi/pulumi/package.json"))("@grpc/grpc-js");
  const { addService } = grpc.Server.prototype;
  grpc.Server.prototype.addService = function (service, implementation) {
    const recorded = {};
    for (const name of Object.keys(service)) {
      recorded[name] = async (call, callback) => {
        const request = fieldsOf(call.request);
        await turn(name, request);
        implementation[name](call, (error, ...answer) => {
          write({ method: name[0].toUpperCase() + name.slice(1), request, error: error?.message ?? error?.details });
          callback(error, ...answer);
        });
      };
    }
    return addService.call(this, service, recorded);
  };
}
