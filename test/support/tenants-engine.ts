// examples/tenants with local/engine in the place of the Automation API: run by Node as a process, as service/main.ts is.
import { openStack } from "pulumi-zitadel-actions/local";
import { interrupts } from "../../examples/tenants/service/interrupts.ts";
import { serve } from "../../examples/tenants/service/service.ts";
import type { How, OpenStack } from "../../examples/tenants/service/sweep.ts";
import { configOf } from "../../examples/tenants/service/tenants.ts";
import { tokensIn } from "../../examples/tenants/service/tokens.ts";

const { PROJECT = "", STATES = "", PULUMI_CONFIG_PASSPHRASE = "", TENANT_TOKENS_FILE = "" } = process.env;
const tokenOf = tokensIn(TENANT_TOKENS_FILE);

const open: OpenStack = async (tenant) => {
  const env = { ZITADEL_ACCESS_TOKEN: tokenOf(tenant.name) };
  const stack = await openStack({
    projectDir: PROJECT,
    stack: tenant.name,
    stateDir: STATES,
    passphrase: PULUMI_CONFIG_PASSPHRASE,
    env: { ...env, PULUMI_NODEJS_TRANSPILE_ONLY: "true" },
  });
  stack.setAllConfig(configOf(tenant));
  const run = async (act: "preview" | "up" | "refresh", how: How) => {
    const { exitCode, changes } = await stack[act](how);
    return { isDone: exitCode === 0, changes };
  };
  return {
    preview: (how) => run("preview", how),
    up: (how) => run("up", how),
    refresh: (how) => run("refresh", how),
    exportStack: () => stack.exportStack(),
    env,
  };
};

void serve(process.argv.slice(2), {
  screen: process.stdout,
  open,
  projectDir: PROJECT,
  ...interrupts(process),
}).then((code) => (process.exitCode = code));
