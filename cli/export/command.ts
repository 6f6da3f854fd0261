import { Client } from "../../provider/core/client";
import type { Instance } from "../../provider/api/instance";
import { oneLine } from "../../provider/api/errors";
import { type Command, exitCodes, NotUnderstood, type OptionValues } from "../command";
import { environmentHelp, instanceOf } from "../environment";
import { collect, type Inventory } from "../inventory";
import { type Progress, progressOn } from "../progress";
import { configOfStack, instanceIn, stackHelp, whereOf } from "../stack";
import { remark } from "../output";
import type { Terminal } from "../terminal";
import { deletedAmong, writeSide } from "../write-side";
import { importFile } from "./import-file";
import { freeForWriting, writeNew } from "./new-file";
import { program } from "./program";
import { asJson, asText, type Format, notesOf } from "./report";

const help = `Usage: npx pulumi-zitadel-actions export [--stack NAME] [--instance NAME]
         [--format FORMAT] [--out FILE] [--json]

Writes a Pulumi program in TypeScript that declares the targets, public keys and
executions of an instance. Its first \`pulumi up\` takes them over and changes
nothing. With --format import-file, it writes the file that \`pulumi import
--file\` reads instead, for a program in any language with the native provider.
Neither contains a signing key or a credential. Before you deploy it, delete
from it what another stack or tool manages.

  --stack NAME     take the settings of this stack of the project in this folder
  --instance NAME  export this instance of zitadel-actions:instances, for a
                   program that declares everything on it. Without --stack, its
                   settings are those of the selected stack
  --format FORMAT  typescript (default) or import-file
  --out FILE       write to this file, which must not exist yet
                   (default: standard output)
  --json           write what is declared and what is left out as JSON, with the
                   program or the import file in it unless --out names a file
  -h, --help       print this text

${stackHelp}

Without --stack and --instance:

${environmentHelp}

Read permission is enough (IAM_OWNER_VIEWER). With a user that may write, export
also recognizes deleted targets that ZITADEL still lists, and leaves them out.
Notes on standard error and in the program say what could not be declared.

Examples:

  npx pulumi-zitadel-actions export --out index.ts
  npx pulumi-zitadel-actions export --stack dev --instance eu --out index.ts
  npx pulumi-zitadel-actions export --format import-file --out import.json

Exit code: 0 exported, 1 failed, 2 wrong usage.`;

/** `export`: writes an instance as a program. */
export const exportCommand: Command = {
  summary: "writes a program that declares what an instance has",
  help,
  options: {
    stack: { type: "string" },
    instance: { type: "string" },
    format: { type: "string" },
    out: { type: "string" },
    json: { type: "boolean" },
  },
  run,
};

async function run(values: OptionValues, terminal: Terminal): Promise<number> {
  const file = typeof values["out"] === "string" ? values["out"] : undefined;
  const json = values["json"] === true;
  if (file === "") throw new NotUnderstood("--out needs the name of a file.");
  const [stack, name] = [values["stack"], values["instance"]] as readonly (string | undefined)[];
  if (stack === "") throw new NotUnderstood("--stack needs the name of a stack.");
  if (name === "") throw new NotUnderstood("--instance needs the name of an instance.");
  const format = formatOf(values["format"], name);
  const instance = await instanceToExport(stack, name, terminal);
  if (file !== undefined) await freeForWriting(file);
  const { inventory, deleted } = await read(instance, progressOn(terminal, { forMachines: json }));
  const where = whereOf(instance, name);
  const written = program(inventory, deleted, name, where.externalDomain);
  const text = format === "typescript" ? written.text : `${JSON.stringify(importFile(written), undefined, 2)}\n`;
  if (file !== undefined) await writeNew(file, text);
  const report = { where, file, format, program: written };
  if (json) {
    await terminal.print(asJson(report));
    return exitCodes.fine;
  }
  if (file === undefined) await terminal.print(text);
  for (const note of notesOf(written)) remark(terminal, "note", oneLine(note, Infinity));
  terminal.tell(asText(report));
  return exitCodes.fine;
}

function formatOf(format: OptionValues[string], instance: string | undefined): Format {
  if (format === undefined || format === "typescript") return "typescript";
  if (format !== "import-file") throw new NotUnderstood("--format takes typescript or import-file.");
  // An import has only the type and the id of each object, so the provider reads it from its own instance.
  if (instance !== undefined)
    throw new NotUnderstood(
      "--format import-file takes no --instance, because `pulumi import` reads the instance of `zitadel-actions:domain`.",
    );
  return format;
}

async function instanceToExport(
  stack: string | undefined,
  name: string | undefined,
  terminal: Terminal,
): Promise<Instance> {
  // The environment's instance has no name: only a stack's settings say which instance one is.
  if (stack === undefined && name === undefined) return instanceOf(terminal);
  const from = stack === undefined ? "the selected stack" : `stack ${stack}`;
  return instanceIn(await configOfStack(stack, terminal), from, name, terminal);
}

/** Reads an instance, and which of its targets are deleted. If a part of that fails, the other parts are cancelled. */
async function read(
  instance: Instance,
  progress: Progress,
): Promise<{ readonly inventory: Inventory; readonly deleted: ReadonlySet<string> }> {
  const stop = new AbortController();
  try {
    const client = new Client(instance, { signal: stop.signal });
    const inventory = await collect(client, progress.report);
    const deleted = await deletedAmong(inventory.targets, writeSide(client), progress.report);
    return { inventory, deleted: new Set(deleted.map(({ id }) => id)) };
  } finally {
    stop.abort();
    progress.end();
  }
}
