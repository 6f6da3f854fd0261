// Loaded into every process that an end-to-end test starts, before anything else (`--require`): keeps what the process writes,
// before anybody filters it, in the folder RECORDS. A separate file there has the secrets that a mock server in the process reports.
const { subscribe } = require("node:diagnostics_channel");
const { appendFileSync } = require("node:fs");
const promises = require("node:fs/promises");
const { join } = require("node:path");
const { inspect } = require("node:util");

const keep = (kind, data) => appendFileSync(join(process.env.RECORDS, `${process.pid}.${kind}`), data);

for (const name of ["stdout", "stderr"]) {
  const stream = process[name];
  const { write } = stream;
  stream.write = function (chunk, ...rest) {
    keep("written", chunk);
    return write.call(this, chunk, ...rest);
  };
}

const { writeFile } = promises;
promises.writeFile = function (path, data, ...rest) {
  keep("written", `${path}\n${data}\n`);
  return writeFile.call(this, path, data, ...rest);
};

process.on("uncaughtExceptionMonitor", (error) => {
  keep("written", `${inspect(error, { showHidden: true, depth: Infinity })}\n`);
});

subscribe("pulumi-zitadel-actions:zitadel:secret", (told) => keep("secrets", `${JSON.stringify(told)}\n`));
