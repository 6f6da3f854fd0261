import { identityOf } from "../../provider/api/instance";
import { Client } from "../../provider/core/client";
import { type Command, exitCodes, NotUnderstood, type OptionValues } from "../command";
import { environmentHelp } from "../environment";
import { collectWithSigningKeys } from "../inventory";
import { fitted, paintFor, remark } from "../output";
import { type Progress, progressOn } from "../progress";
import { stackHelp, whereOf } from "../stack";
import type { Terminal } from "../terminal";
import { writeSide } from "../write-side";
import { diagnose } from "./diagnose";
import { instanceToExamine } from "./instance";
import { match, named, type Thing } from "./match";
import { notesOn } from "./notes";
import { placed, type Stack } from "./placement";
import { type Finding, onceRemoved } from "./problems";
import { planRemoval, remove } from "./removal";
import { asJson, asText, type Report } from "./report";
import { readStacks } from "./state";

const help = `Usage: npx pulumi-zitadel-actions doctor [--stack NAME]… [STACK-EXPORT]…
         [--instance NAME] [--remove ID]… [--json]

Compares the states of stacks with an instance: targets, public keys and
executions that no state knows, entries whose object is gone or that were
deployed to another address, signing keys, active public keys and lists of
targets that differ, targets that encrypt and have no active key, and creates
that were interrupted. Changes nothing without --remove.

  --stack NAME  a stack of the project in this folder: reads its state, its
                configuration and their secrets with the Pulumi CLI, and writes
                no file
  STACK-EXPORT  the output of \`pulumi stack export\`, or a backend's file of a
                stack; - is standard input. Give all stacks that manage the
                instance, exported while no deployment is running.
  --instance NAME
                compare the entries of this instance, a name in
                zitadel-actions:instances (default: the default instance)
  --remove ID   remove this from the instance: a target's id, a public key's
                (targetId/keyId) or an execution's (event/user.human.*). Fails
                if any of the exports has an entry of it or of another
                instance's object, or if ZITADEL would remove another object
                with it that you do not name too.
  --json        write the findings as JSON
  -h, --help    print this text

Signing keys are compared with --stack, and if an export shows its secrets.
Create one that only you can read, and remove it afterwards:

  (umask 077 && pulumi stack export --show-secrets --file FILE)

Examples:

  npx pulumi-zitadel-actions doctor --stack dev
  npx pulumi-zitadel-actions doctor --stack dev --instance eu
  pulumi stack export | npx pulumi-zitadel-actions doctor -

${stackHelp}

Without --stack and ZITADEL_DOMAIN, they come from the configuration of the last
deployment in the exports, as far as these show it. So do those of a named
instance, also with ZITADEL_DOMAIN. Otherwise:

${environmentHelp}

Without the permission to write targets, it never reports "gone", only "not
shown"; otherwise IAM_OWNER_VIEWER is enough. It never prints a signing key.

Exit code: 0 no problems, 3 problems found, 1 it failed, 2 wrong usage.`;

/** `doctor`: finds what was lost between the states of stacks and an instance. */
export const doctorCommand: Command = {
  summary: "compares stack exports with an instance, and finds what was lost",
  help,
  options: {
    stack: { type: "string", multiple: true },
    instance: { type: "string" },
    remove: { type: "string", multiple: true },
    json: { type: "boolean" },
  },
  takesArguments: true,
  run,
};

async function run(values: OptionValues, terminal: Terminal, args: readonly string[]): Promise<number> {
  const names = [...new Set(args)];
  const ids = (values["remove"] ?? []) as readonly string[];
  const json = values["json"] === true;
  const stackNames = [...new Set((values["stack"] ?? []) as readonly string[])];
  if (names.length + stackNames.length === 0)
    throw new NotUnderstood("doctor needs a stack: give --stack NAME, or a stack's export.");
  if (names.includes("")) throw new NotUnderstood("The name of a file is empty.");
  if (stackNames.includes("")) throw new NotUnderstood("--stack needs the name of a stack.");
  const name = values["instance"] as string | undefined;
  if (name === "") throw new NotUnderstood("--instance needs the name of an instance.");
  const read = await readStacks(stackNames, names, terminal);
  const { instance, ...from } = instanceToExamine(read.stacks, name, terminal);
  const stacks = read.stacks.map((stack) => placed(stack, name, instance));
  const progress = progressOn(terminal, { forMachines: json });
  const stop = new AbortController();
  try {
    const client = new Client(instance, { signal: stop.signal });
    const found = await examine(client, stacks, ids, terminal, progress);
    const notes = [...from.notes, ...notesOn(found.facts, read.open)];
    if (!json) for (const note of notes) remark(terminal, "note", note);
    const report = { where: whereOf(instance, name), ...found, notes };
    const text = () => fitted(terminal, "output", asText(report, paintFor(terminal, "output")));
    await terminal.print(json ? asJson(report) : text());
    return report.findings.length === 0 ? exitCodes.fine : exitCodes.findings;
  } finally {
    // If a part failed, cancel the other parts.
    stop.abort();
    progress.end();
  }
}

async function examine(
  client: Client,
  stacks: readonly Stack[],
  ids: readonly string[],
  terminal: Terminal,
  progress: Progress,
): Promise<Pick<Report, "facts" | "findings" | "removed">> {
  const ask = writeSide(client);
  const inventory = await collectWithSigningKeys(client, progress.report);
  const facts = await match(inventory, stacks, identityOf(client.instance), ask, progress.report);
  progress.end();
  const plan = await planRemoval(facts, ids, ask);
  const found = await diagnose(facts, ask, client.serverNow(), plan);
  for (const thing of plan) {
    await remove(client, facts, thing, (line) => terminal.tell(line));
    terminal.tell(`Removed ${named(thing)}.`);
  }
  return { facts, findings: found.flatMap((one) => after(one, plan)), removed: plan };
}

/** What remains of a finding after the removal. */
function after(finding: Finding, removed: readonly Thing[]): Finding[] {
  if (!removed.some(({ kind, id }) => kind === finding.resource && id === finding.id)) return [finding];
  return finding.problem === "createCarriedOut" ? [onceRemoved(finding)] : [];
}
