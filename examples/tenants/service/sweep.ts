import type { Journal } from "./journal.ts";
import type { Progress } from "./progress.ts";
import { recover } from "./recovery.ts";
import type { Tenant } from "./tenants.ts";

/** A tenant's stack, with any tool that deploys it. If a step fails, it returns an outcome and does not throw. */
export interface TenantStack {
  preview(how: How): Promise<Outcome>;
  up(how: How): Promise<Outcome>;
  /** Reads all resources. With `clearPendingCreates`, also removes interrupted creates from the state. */
  refresh(how: How & { readonly clearPendingCreates: boolean }): Promise<Outcome>;
  /** Returns the state, as `pulumi stack export` does. */
  exportStack(): Promise<{ readonly deployment: unknown }>;
  /** The environment variables with the tenant's credential. */
  readonly env: Readonly<Record<string, string>>;
}

export type OpenStack = (tenant: Tenant) => Promise<TenantStack>;

export interface How {
  /** Is aborted by Ctrl-C, which at a terminal also reaches the commands that run. */
  readonly stop: AbortSignal;
  /** Cancels the step: Pulumi finishes and records what is in progress, and begins nothing else. */
  readonly signal: AbortSignal;
  /** Is called with everything that is printed. */
  readonly onOutput: (text: string) => void;
}

export interface Outcome {
  readonly isDone: boolean;
  /** The number of resources, by what happened to them. */
  readonly changes: Readonly<Record<string, number | undefined>>;
}

export interface Sweep {
  readonly act: "preview" | "up";
  readonly tenants: readonly Tenant[];
  readonly open: OpenStack;
  /** The folder of the tenants' program. */
  readonly projectDir: string;
  readonly parallel: number;
  /** Records each `up`. A preview is not recorded, because it changes nothing. */
  readonly journal: Journal;
  readonly fingerprint: (tenant: Tenant) => string;
  readonly progress: Progress;
  readonly log: (tenant: Tenant, text: string) => void;
  /** Begins no other tenant, and waits for those that run. */
  readonly stop: AbortSignal;
  /** Also cancels the tenants that run. */
  readonly cancel: AbortSignal;
}

/** The names of the tenants, by what happened to them. */
export interface Swept {
  readonly done: string[];
  readonly failed: string[];
  readonly left: string[];
}

/** Previews or applies all tenants, `parallel` of them at once. A tenant that fails does not stop the others. */
export async function sweep(all: Sweep): Promise<Swept> {
  const { tenants, parallel, stop } = all;
  const swept: Swept = { done: [], failed: [], left: [] };
  const waiting = tenants.values();
  const work = async (): Promise<void> => {
    for (const tenant of waiting) {
      if (stop.aborted) swept.left.push(tenant.name);
      else swept[(await actOn(tenant, all)) ? "done" : "failed"].push(tenant.name);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  all.progress.close();
  return swept;
}

async function actOn(tenant: Tenant, all: Sweep) {
  const { act, open, projectDir, journal, fingerprint, progress, log, stop, cancel } = all;
  const { name } = tenant;
  const began = performance.now();
  let output = "";
  const onOutput = (text: string): void => {
    log(tenant, text);
    output += text;
  };
  const note = (state: "begun" | "done" | "failed"): void => {
    const at = new Date().toISOString();
    if (act === "up") journal.record({ tenant: name, fingerprint: fingerprint(tenant), state, at });
  };
  progress.began(name);
  note("begun");
  let outcome: Outcome;
  try {
    const stack = await open(tenant);
    const how = { stop, signal: cancel, onOutput };
    const say = (line: string): void => {
      log(tenant, `${line}\n`);
      progress.say(`${name}: ${line}`);
    };
    if (act === "up") await recover(tenant, stack, { how, since: journal.unfinishedSince(name), projectDir, say });
    outcome = await stack[act](how);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // The message of a command contains its error, unless Ctrl-C ended the command.
    onOutput(`${stop.aborted || errorLine.test(message) ? "" : "error: "}${message}\n`);
    outcome = { isDone: false, changes: {} };
  }
  const { isDone, changes } = outcome;
  note(isDone ? "done" : "failed");
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  const reason = () => errorLine.exec(output)?.[0] ?? (stop.aborted ? "interrupted" : "failed without a reason");
  progress.ended(name, isDone, `${isDone ? wordsOf(changes) : reason()} (${seconds} s)`);
  return isDone;
}

/** The first error says why. Later ones only say that something failed. A lock is not the reason: see locks.ts. */
const errorLine = /\berror: (?!the stack is currently locked).*/;

function wordsOf(changes: Outcome["changes"]): string {
  const counted = Object.entries(changes).filter(([what, count]) => what !== "same" && (count ?? 0) > 0);
  return counted.map(([what, count]) => `${count ?? 0} ${what}`).join(", ") || "no changes";
}
