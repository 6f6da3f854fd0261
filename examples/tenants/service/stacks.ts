import { CommandError, LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import type { How, OpenStack, Outcome } from "./sweep.ts";
import { configOf } from "./tenants.ts";

/** Opens the tenants' stacks with Pulumi's Automation API, in the backend that the CLI is logged in to. Creates a stack if needed. */
export function withPulumi(workDir: string, tokenOf: (tenant: string) => string): OpenStack {
  return async (tenant) => {
    const stack = await LocalWorkspace.createOrSelectStack(
      { stackName: tenant.name, workDir },
      { envVars: { ZITADEL_ACCESS_TOKEN: tokenOf(tenant.name) } },
    );
    await configure(stack, configOf(tenant));
    return {
      preview: (how) => outcomeOf(async () => (await stack.preview(options(how))).changeSummary),
      up: (how) => outcomeOf(async () => (await stack.up(options(how))).summary.resourceChanges),
    };
  };
}

/** Replaces the stack's whole configuration. */
async function configure(stack: Stack, config: Record<string, string>): Promise<void> {
  const gone = Object.keys(await stack.getAllConfig()).filter((key) => !(key in config));
  if (gone.length > 0) await stack.removeAllConfig(gone);
  await stack.setAllConfig(Object.fromEntries(Object.entries(config).map(([key, value]) => [key, { value }])));
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
