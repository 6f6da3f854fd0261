#!/usr/bin/env node
import { problemOfNode } from "./node";
import { run } from "./run";
import { processTerminal } from "./terminal";

const problem = problemOfNode(process.versions.node);
if (problem !== undefined) {
  console.error(problem);
  process.exit(1);
}

// If the reader stops early, as in `… | head`, do not report an error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(1);
  });
}

run(process.argv.slice(2), processTerminal).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    // A bug in this package. Node would print all properties of the error, which may contain a secret.
    console.error(error instanceof Error ? error.stack : "an unknown error");
    process.exitCode = 1;
  },
);
