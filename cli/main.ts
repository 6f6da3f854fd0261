#!/usr/bin/env node
import { parseArgs } from "node:util";
import { text } from "node:stream/consumers";
import type { Command, OptionValues, Terminal } from "./command";
import { doctorCommand } from "./doctor/command";
import { oneLine, ZitadelError } from "../provider/errors";
import { exportCommand } from "./export/command";

const commands: Readonly<Record<string, Command>> = { export: exportCommand, doctor: doctorCommand };

const help = `Usage: npx pulumi-zitadel-actions <command> [options]

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`)
  .join("\n")}

npx pulumi-zitadel-actions <command> --help says more.`;

/** Runs a command line. Returns the exit code: 1 where the command failed, 2 where it was not understood. */
export async function run([name = "", ...rest]: readonly string[], terminal: Terminal): Promise<number> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    if (name === "--help" || name === "-h") return terminal.print(`${help}\n`).then(() => 0);
    if (name !== "") terminal.tell(`There is no command ${JSON.stringify(name)}.`);
    terminal.tell(help);
    return 2;
  }
  const parsed = parse(command, rest, terminal);
  if (parsed === undefined) return 2;
  const { values, positionals } = parsed;
  if (values["help"] === true) return terminal.print(`${command.help}\n`).then(() => 0);
  try {
    return await command.run(values, terminal, positionals);
  } catch (error) {
    if (!(error instanceof ZitadelError)) throw error;
    terminal.tell(oneLine(error.message, Infinity));
    return 1;
  }
}

interface Parsed {
  readonly values: OptionValues;
  readonly positionals: readonly string[];
}

/** What is given, or `undefined` where that was not understood: then the person has been told. */
function parse(command: Command, args: readonly string[], terminal: Terminal): Parsed | undefined {
  try {
    return parseArgs({
      args: [...args],
      options: { ...command.options, help: { type: "boolean", short: "h" } },
      allowPositionals: command.takesArguments ?? false,
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith("ERR_PARSE_ARGS_") !== true) throw error;
    terminal.tell(`${message}\n\n${command.help}`);
    return undefined;
  }
}

const terminal: Terminal = {
  env: process.env,
  read: () => text(process.stdin),
  // A failure is an event of the stream, which is told below.
  print: (text) =>
    new Promise((resolve) => {
      process.stdout.write(text, (error) => {
        if (!error) resolve();
      });
    }),
  tell: (line) => console.error(line),
};

if (require.main === module) {
  // A reader that has seen enough, as in `… | head`, is no failure to report.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(1);
  });
  run(process.argv.slice(2), terminal).then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      // A mistake of ours. Node would print all that the error carries, and that may be a secret.
      console.error(error instanceof Error ? error.stack : "an unknown error");
      process.exitCode = 1;
    },
  );
}
