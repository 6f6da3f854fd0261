import { CommandError, ConcurrentUpdateError, LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import { unlocked } from "./locks.ts";
import type { How, OpenStack, Outcome } from "./sweep.ts";
import { configOf } from "./tenants.ts";

/** Opens the tenants' stacks with Pulumi's Automation API, in the backend that the CLI is logged in to. Creates a stack if needed. */
export function withPulumi(workDir: string, tokenOf: (tenant: string) => string): OpenStack {
  return async (tenant) => {
    const env = { ZITADEL_ACCESS_TOKEN: tokenOf(tenant.name) };
    // Do not check the types of the same program for each tenant: that would take a third of the time and memory.
    const envVars = { ...env, PULUMI_NODEJS_TRANSPILE_ONLY: "true" };
    const stack = await LocalWorkspace.createOrSelectStack({ stackName: tenant.name, workDir }, { envVars });
    await configure(stack, configOf(tenant));
    return {
      preview: (how) => outcomeOf(async () => (await stack.preview(options(how))).changeSummary),
      up: (how) => outcomeOf(() => unlocked(stack, how, () => up(stack, how))),
      refresh: ({ clearPendingCreates, ...how }) => {
        const refresh = () => stack.refresh({ ...options(how), clearPendingCreates });
        return outcomeOf(async () => (await unlocked(stack, how, refresh)).summary.resourceChanges);
      },
      exportStack: () => stack.exportStack(),
      env,
    };
  };
}

/** Replaces the stack's whole configuration. */
async function configure(stack: Stack, config: Record<string, string>): Promise<void> {
  const gone = Object.keys(await stack.getAllConfig()).filter((key) => !(key in config));
  if (gone.length > 0) await stack.removeAllConfig(gone);
  await stack.setAllConfig(Object.fromEntries(Object.entries(config).map(([key, value]) => [key, { value }])));
}

async function up(stack: Stack, how: How): Promise<Outcome["changes"] | undefined> {
  const began = Date.now();
  try {
    return (await stack.up(options(how))).summary.resourceChanges;
  } catch (error) {
    // At a terminal, Ctrl-C also ends the commands with which the Automation API reads the result of a successful `up`: read it again.
    const isInterrupted = how.stop.aborted && !(error instanceof ConcurrentUpdateError);
    const last = isInterrupted ? await stack.info(false) : undefined;
    // The start is in whole seconds.
    const isOurs = last?.kind === "update" && last.startTime.getTime() > began - 1_000;
    if (isOurs && last.result === "succeeded") return last.resourceChanges;
    throw error;
  }
}

function options({ signal, onOutput }: How) {
  return { signal, onOutput, onError: onOutput, color: "never" } as const;
}

async function outcomeOf(run: () => Promise<Outcome["changes"] | undefined>): Promise<Outcome> {
  try {
    return { isDone: true, changes: (await run()) ?? {} };
  } catch (error) {
    // The CLI has printed the reason, and `onOutput` has it.
    if (error instanceof CommandError) return { isDone: false, changes: {} };
    throw error;
  }
}
