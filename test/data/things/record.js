// Loaded into the program's host and into the provider (NODE_OPTIONS=--require): writes down that they run, and each call
// to the provider once it is answered. RECORD_FILE gets a JSON object a line.
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

if (isMainThread && /\/cmd\/|pulumi-resource-/.test(process.argv[1] ?? "")) write({ pid: process.pid });
if (isProvider) {
  const grpc = createRequire(ofProgram.resolve("@pulumi/pulumi/package.json"))("@grpc/grpc-js");
  const { addService } = grpc.Server.prototype;
  grpc.Server.prototype.addService = function (service, implementation) {
    const recorded = {};
    for (const name of Object.keys(service)) {
      recorded[name] = (call, callback) =>
        implementation[name](call, (error, ...answer) => {
          write({ method: name[0].toUpperCase() + name.slice(1), request: fieldsOf(call.request), error: error?.message ?? error?.details });
          callback(error, ...answer);
        });
    }
    return addService.call(this, service, recorded);
  };
}
