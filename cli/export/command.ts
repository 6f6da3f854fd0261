import { Client } from "../../provider/client";
import { oneLine } from "../../provider/errors";
import type { Command, OptionValues, Terminal } from "../command";
import type { Instance } from "../../provider/config";
import { environmentHelp, instanceOf } from "../environment";
import { collect, type Inventory } from "../inventory";
import { freeForWriting, writeNew } from "./file";
import { program } from "./program";

const help = `Usage: npx pulumi-zitadel-actions export [--out FILE]

Writes a Pulumi program in TypeScript that declares the targets, public keys and
executions of an instance. The first \`pulumi up\` of it takes them over and
changes nothing. The program holds no signing key and no credential.

  --out FILE   write to this file, which must not be there yet
               (default: standard output)
  -h, --help   print this text

${environmentHelp}

The user needs to read only: IAM_OWNER_VIEWER is enough. What cannot be declared
is told on standard error, and in the program.`;

/** `export`: an instance as a program. */
export const exportCommand: Command = {
  summary: "writes a program that declares what an instance has",
  help,
  options: { out: { type: "string" } },
  run,
};

async function run(values: OptionValues, terminal: Terminal): Promise<number> {
  const file = typeof values["out"] === "string" ? values["out"] : undefined;
  if (file === "") {
    terminal.tell(`--out needs the name of a file\n\n${help}`);
    return 2;
  }
  const instance = instanceOf(terminal);
  if (file !== undefined) await freeForWriting(file);
  const { text, notes, counts } = program(await read(instance));
  if (file === undefined) await terminal.print(text);
  else await writeNew(file, text);
  for (const note of notes) terminal.tell(`note: ${oneLine(note, Infinity)}`);
  const what = `targets: ${counts.targets}, public keys: ${counts.keys}, executions: ${counts.executions}`;
  terminal.tell(`Exported ${instance.origin}${file === undefined ? "" : ` to ${file}`} (${what}).`);
  return 0;
}

/** Reads an instance. Where a part of that fails, the other parts are given up. */
async function read(instance: Instance): Promise<Inventory> {
  const stop = new AbortController();
  try {
    return await collect(new Client(instance, { signal: stop.signal }));
  } finally {
    stop.abort();
  }
}
