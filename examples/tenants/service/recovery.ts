import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import type { How, TenantStack } from "./sweep.ts";
import type { Tenant } from "./tenants.ts";

export interface Recovery {
  readonly how: How;
  /** When the first deployment began that could have left something behind; `undefined` if the journal has none. */
  readonly since: Date | undefined;
  /** The folder of the program, where the package is installed. */
  readonly projectDir: string;
  readonly say: (line: string) => void;
  /** How long ZITADEL may take to show a new object, in milliseconds. */
  readonly lag?: number;
}

/**
 * Removes what interrupted deployments created without recording it: the stack only has these creates as pending operations. Does
 * nothing if the stack has no such operations. Throws if it must not remove an object.
 */
export async function recover(tenant: Tenant, stack: TenantStack, recovery: Recovery): Promise<void> {
  const { how, since, projectDir, say, lag = 10_000 } = recovery;
  if (operationsOf(await stack.exportStack()).length === 0) return;
  // This needs the stack's lock, so it fails while another deployment runs. It settles all pending operations except creates.
  await refresh(stack, how, false);
  const exported = await stack.exportStack();
  const creates = operationsOf(exported);
  if (creates.length === 0) return;

  const input = JSON.stringify(exported);
  const env = { ...process.env, ...environmentOf(tenant), ...stack.env };
  const doctor = (args: readonly string[] = []) => runDoctor(args, { input, env, projectDir });
  const adopting = new Set(creates.filter(({ inputs }) => inputs?.["adopt"] === true).map(({ urn }) => urn));
  let { findings } = await doctor();
  if (findings.some(({ problem }) => problem === "createUnseen")) {
    await setTimeout(lag, undefined, { signal: how.signal });
    ({ findings } = await doctor());
  }
  const ids: string[] = [];
  for (const { problem, resource, id = "", name, creationDate = "", entries, todo } of findings) {
    // The stack's objects can be on another instance than the one that doctor looked at.
    if (problem === "createUnknown" || problem === "otherAddress")
      throw new Error(`${resource}: doctor cannot tell what was created. ${todo}`);
    // With `adopt: true`, the next `up` takes the object over.
    if (problem !== "createCarriedOut" || entries.some(({ urn }) => adopting.has(urn))) continue;
    if (since === undefined || new Date(creationDate) < since)
      throw new Error(
        `${resource} ${id} "${name ?? id}" matches an interrupted create, but the journal does not show that this service created it. ` +
          `If nothing else uses it, run: pulumi stack export --stack ${tenant.name} | npx pulumi-zitadel-actions doctor - --remove ${id}. ` +
          `Then, or if you keep it, run: pulumi refresh --clear-pending-creates --stack ${tenant.name}`,
      );
    ids.push(id);
  }
  if (ids.length > 0) {
    const { removed } = await doctor(ids.flatMap((id) => ["--remove", id]));
    for (const { resource, id, name } of removed)
      say(`removed ${resource} ${name ?? id}, which an interrupted deployment had created`);
  }
  await refresh(stack, how, true);
}

interface Operation {
  readonly urn: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

/** The resources of the pending operations in a stack's state. */
function operationsOf({ deployment }: { readonly deployment: unknown }): Operation[] {
  const { pending_operations: operations } = (deployment ?? {}) as { pending_operations?: { resource: Operation }[] };
  return (operations ?? []).map(({ resource }) => resource);
}

async function refresh(stack: TenantStack, how: How, clearPendingCreates: boolean): Promise<void> {
  const { isDone } = await stack.refresh({ ...how, clearPendingCreates });
  if (!isDone) throw new Error("the refresh after an interrupted deployment failed");
}

function environmentOf({ domain, port = 443, insecure = false }: Tenant) {
  return { ZITADEL_DOMAIN: domain, ZITADEL_PORT: String(port), ZITADEL_INSECURE: String(insecure) };
}

/** The part of doctor's report that is needed here. */
interface Report {
  readonly findings: readonly (Thing & {
    readonly problem: string;
    readonly creationDate?: string;
    readonly entries: readonly { readonly urn: string }[];
    readonly todo: string;
  })[];
  readonly removed: readonly Thing[];
}

interface Thing {
  readonly resource: string;
  readonly id?: string;
  readonly name?: string;
}

/** Runs `npx pulumi-zitadel-actions doctor` without npx. The export can contain secrets, so it is passed on standard input. */
async function runDoctor(
  args: readonly string[],
  { input, env, projectDir }: { input: string; env: NodeJS.ProcessEnv; projectDir: string },
): Promise<Report> {
  const manifest = createRequire(join(projectDir, "index.ts")).resolve("pulumi-zitadel-actions/package.json");
  const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as { bin: Record<string, string> };
  const script = join(dirname(manifest), bin["pulumi-zitadel-actions"] ?? "");
  const child = spawn(process.execPath, [script, "doctor", "-", "--json", ...args], { env });
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  // 3: it found problems.
  if (child.exitCode !== 0 && child.exitCode !== 3) throw new Error(stderr.trim() || "doctor was interrupted");
  return JSON.parse(stdout) as Report;
}
