#!/usr/bin/env node
import { sentence } from "../provider/api/errors";
import { problemOfNode } from "./node";
import type * as Run from "./run";
import { processTerminal } from "./terminal";

const problem = problemOfNode(process.versions.node);
if (problem !== undefined) {
  console.error(problem);
  process.exit(1);
}

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", ({ code = "for an unknown reason" }: NodeJS.ErrnoException) => {
    // If the reader stops early, as in `… | head`, do not report an error.
    if (stream === process.stdout && code !== "EPIPE")
      console.error(sentence("writing the output", code === "ENOSPC" ? "the disk is full (ENOSPC)" : code));
    process.exit(1);
  });
}

// Node ends with 0 when nothing is left that could still happen, also if a command waits for something.
const stuck = () => {
  console.error("The command cannot go on, because what it waited for can no longer happen. This is a bug: report it.");
  process.exitCode = 1;
};
process.once("beforeExit", stuck);

// Only for code that is loaded from now on, a stack trace has the names of files and lines in the sources.
process.setSourceMapsEnabled(true);
// eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would be too early, and import() would want the name of a file
const { run } = require("./run") as typeof Run;

run(process.argv.slice(2), processTerminal).then(
  (code) => {
    process.off("beforeExit", stuck);
    process.exitCode = code;
  },
  (error: unknown) => {
    process.off("beforeExit", stuck);
    // A bug in this package. Node would print all properties of the error, which may contain a secret.
    console.error(error instanceof Error ? error.stack : "an unknown error");
    process.exitCode = 1;
  },
);
