import type { Journal } from "./journal.ts";
import type { Progress } from "./progress.ts";
import type { Tenant } from "./tenants.ts";

/** A tenant's stack, with any tool that deploys it. If a step fails, it returns an outcome and does not throw. */
export interface TenantStack {
  preview(how: How): Promise<Outcome>;
  up(how: How): Promise<Outcome>;
}

export type OpenStack = (tenant: Tenant) => Promise<TenantStack>;

export interface How {
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

async function actOn(tenant: Tenant, { act, open, journal, fingerprint, progress, log, cancel }: Sweep) {
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
    outcome = await stack[act]({ signal: cancel, onOutput });
  } catch (error) {
    onOutput(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    outcome = { isDone: false, changes: {} };
  }
  const { isDone, changes } = outcome;
  note(isDone ? "done" : "failed");
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  progress.ended(name, isDone, `${isDone ? wordsOf(changes) : reasonIn(output)} (${seconds} s)`);
  return isDone;
}

/** The first error. Later ones only say that something failed. */
function reasonIn(output: string): string {
  return /\berror: .*/.exec(output)?.[0] ?? "failed without a reason";
}

function wordsOf(changes: Outcome["changes"]): string {
  const counted = Object.entries(changes).filter(([what, count]) => what !== "same" && (count ?? 0) > 0);
  return counted.map(([what, count]) => `${count ?? 0} ${what}`).join(", ") || "no changes";
}
