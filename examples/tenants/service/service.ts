import { appendFileSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Journal } from "./journal.ts";
import { Progress, type Screen } from "./progress.ts";
import { type OpenStack, sweep, type Swept } from "./sweep.ts";
import { fingerprintOf, readTenants, shareOf, type Tenant } from "./tenants.ts";

const usage = `Usage: node service/main.ts preview|up [options]

Previews or applies the stacks of all tenants that are not done yet.

  --tenants <file>    read the definitions of the tenants (default: tenants.json)
  --journal <file>    record what is done (default: journal.jsonl)
  --logs <folder>     write the output of each stack (default: logs)
  --parallel <n>      deploy at most n tenants at once (default: 4)
  --share <i/n>       deploy only the tenants of worker i of n
  --all               also deploy tenants that the journal records as done

Ctrl-C begins no other tenant and waits for those that run. A second Ctrl-C
cancels them.
Exit codes: 0 all done, 1 some failed, 2 wrong options, 130 interrupted.
`;

/** What the service needs from its environment. */
export interface Host {
  readonly screen: Screen;
  readonly open: OpenStack;
  /** The folder of the tenants' program. */
  readonly projectDir: string;
  readonly stop: AbortSignal;
  readonly cancel: AbortSignal;
}

/** Runs a command line and returns the exit code. */
export async function serve(args: readonly string[], host: Host): Promise<number> {
  if (args.includes("--help")) {
    host.screen.write(usage);
    return 0;
  }
  let settings: Settings;
  try {
    settings = read(args);
  } catch (error) {
    host.screen.write(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  const { act, tenants, journal, logs, parallel, all } = settings;
  const program = programIn(host.projectDir);
  const fingerprint = (tenant: Tenant) => fingerprintOf(tenant, program);
  const due = tenants.filter((tenant) => all || !journal.isDone(tenant.name, fingerprint(tenant)));
  const progress = new Progress(host.screen, due.length);
  const { open, projectDir, stop, cancel } = host;
  const log = logsIn(logs, due);
  if (due.length > 0) progress.say(`${act} of ${due.length} tenants, at most ${parallel} at once`);
  const how = { act, tenants: due, open, projectDir, parallel, journal, fingerprint, progress, log, stop, cancel };
  const swept = await sweep(how);
  host.screen.write(summaryOf(swept, tenants.length - due.length, logs));
  if (swept.left.length > 0 || cancel.aborted) return 130;
  return swept.failed.length > 0 ? 1 : 0;
}

interface Settings {
  readonly act: "preview" | "up";
  readonly tenants: readonly Tenant[];
  readonly journal: Journal;
  readonly logs: string;
  readonly parallel: number;
  readonly all: boolean;
}

function read(args: readonly string[]): Settings {
  const text = (value: string) => ({ type: "string", default: value }) as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      tenants: text("tenants.json"),
      journal: text("journal.jsonl"),
      logs: text("logs"),
      parallel: text("4"),
      share: text("1/1"),
      all: { type: "boolean", default: false },
    },
  });
  const [act, ...more] = positionals;
  if ((act !== "preview" && act !== "up") || more.length > 0) throw new Error("the command must be preview or up");
  const parallel = Number(values.parallel);
  if (!Number.isInteger(parallel) || parallel < 1) throw new Error("--parallel must be an integer of at least 1");
  const [index = 0, of = 0] = values.share.split("/").map(Number);
  if (!/^\d+\/\d+$/.test(values.share) || index < 1 || index > of) throw new Error("--share must look like 1/4");
  const tenants = shareOf(readTenants(values.tenants), { index, of });
  return { act, tenants, journal: new Journal(values.journal), logs: values.logs, parallel, all: values.all };
}

/** The program of all tenants. If it changes, every stack is deployed again. */
function programIn(folder: string): string {
  return ["Pulumi.yaml", "index.ts"].map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
}

function logsIn(folder: string, tenants: readonly Tenant[]): (tenant: Tenant, text: string) => void {
  mkdirSync(folder, { recursive: true });
  const fileOf = ({ name }: Tenant) => join(folder, `${name}.log`);
  for (const tenant of tenants) rmSync(fileOf(tenant), { force: true });
  return (tenant, text) => appendFileSync(fileOf(tenant), text);
}

function summaryOf({ done, failed, left }: Swept, unchanged: number, logs: string): string {
  const counts = { done: done.length, failed: failed.length, "not begun": left.length, unchanged };
  const words = Object.entries(counts).flatMap(([what, count]) => (count > 0 ? [`${count} ${what}`] : []));
  const again = failed.map((name) => `  failed: ${name}, see ${join(logs, `${name}.log`)}\n`).join("");
  return `${words.join(", ") || "no tenants"}\n${again}`;
}
