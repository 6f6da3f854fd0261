import { perhaps } from "../provider/api/closest";
import { oneLine, ZitadelError } from "../provider/api/errors";
import { parse } from "./arguments";
import { type Command, exitCodes, NotUnderstood } from "./command";
import { doctorCommand } from "./doctor/command";
import { exportCommand } from "./export/command";
import { sendCommand } from "./send/command";
import { tryCommand } from "./try/command";
import { verifyCommand } from "./verify/command";
import { zitadelCommand } from "./zitadel/command";
import { fail } from "./output";
import type { Terminal } from "./terminal";
import { version } from "./version";

/** All commands, by their names. */
export const commands: Readonly<Record<string, Command>> = {
  export: exportCommand,
  doctor: doctorCommand,
  verify: verifyCommand,
  send: sendCommand,
  try: tryCommand,
  zitadel: zitadelCommand,
};

const program = "npx pulumi-zitadel-actions";

const help = `Usage: ${program} <command> [options]

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`)
  .join("\n")}

  -h, --help  print this text; after a command, the help of that command
  --version   print the version of the package

Exit code: 0 success, 1 failed, 2 wrong usage, 3 success, but with findings.`;

/** Runs a command line. Returns the exit code. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    if (!(error instanceof ZitadelError)) throw error;
    fail(terminal, oneLine(error.message, Infinity));
    return exitCodes.failed;
  }
}

async function dispatch([name = "", ...rest]: readonly string[], terminal: Terminal): Promise<number> {
  if (name === "--help" || name === "-h") return terminal.print(`${help}\n`).then(() => exitCodes.fine);
  if (name === "--version") return terminal.print(`${version()}\n`).then(() => exitCodes.fine);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    if (name !== "") fail(terminal, noCommand(name));
    terminal.tell(help);
    return exitCodes.notUnderstood;
  }
  try {
    const { values, positionals } = parse(command, rest);
    if (values["help"] === true) return await terminal.print(`${command.help}\n`).then(() => exitCodes.fine);
    return await command.run(values, terminal, positionals);
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
    // Print only the usage: the whole help would hide the message.
    const [usage = ""] = command.help.split("\n\n");
    fail(terminal, oneLine(error.message, Infinity));
    terminal.tell(`\n${usage}\n\nFor details, run ${program} ${name} --help.`);
    return exitCodes.notUnderstood;
  }
}

function noCommand(name: string): string {
  // Something so long may be a key.
  if (name.length > 30) return "Unknown command.\n";
  const what = oneLine(JSON.stringify(name));
  return `Unknown command ${what}.${perhaps(name, [...Object.keys(commands), "--help", "--version"])}\n`;
}
