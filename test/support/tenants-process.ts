import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Tenant } from "../../examples/tenants/service/tenants";
import { engineOnThisMachine, startZitadel, type Zitadel } from "../../local";
import { passphrase } from "../../local/deployment";
import { programs } from "./deploy";
import { root } from "./documents";
import { marks } from "./marks";
import { resolves } from "./resolves";
import { seen } from "./world";

/** examples/tenants in a folder of its own, as a process, with a mock ZITADEL server for each tenant. */
export interface TenantsProcess {
  readonly folder: string;
  readonly instances: ReadonlyMap<string, Zitadel>;
  /** The tenants' tokens, which a test can change. */
  tokens: Record<string, string>;
  /** Writes the definitions of the tenants, each with what `change` returns. */
  define(change?: (tenant: Tenant) => Partial<Tenant>, count?: number): void;
  /** Runs the service to its end. `watch` is called with everything that has been printed, whenever there is more. */
  run(args: readonly string[], watch?: (text: string, child: ChildProcess) => void): Promise<Run>;
  /** The tenants whose instances got any requests in the last run. */
  asked(): string[];
  /** The tenants whose instances have an execution. */
  deployed(): string[];
  close(): Promise<void>;
}

interface Run {
  readonly code: number | null;
  readonly text: string;
}

/** If there is a `pulumi` CLI, this runs service/main.ts, otherwise the same service with local/engine. */
export async function startTenants(names: readonly string[]): Promise<TenantsProcess> {
  // The package finds itself by its name only from within its own folder.
  const folder = mkdtempSync(join(programs, "tenants-"));
  cpSync(join(root, "examples", "tenants"), folder, { recursive: true });
  mkdirSync(join(folder, "states"));
  const started = names.map(async (name) => [name, await startZitadel({ resolves })] as const);
  const instances = new Map(await Promise.all(started));
  const running = new Set<ChildProcess>();
  const where = (is: (zitadel: Zitadel) => boolean) => names.filter((name) => is(instances.get(name) as Zitadel));

  const service: TenantsProcess = {
    folder,
    instances,
    tokens: Object.fromEntries(Array.from(instances, ([name, { accessToken }]) => [name, accessToken])),
    define: (change = () => ({}), count = names.length) => {
      const tenants = Array.from(instances, ([name, { domain, port }]) => {
        const endpoint = `https://example.com/${name}`;
        const tenant = { name, domain, port, insecure: true, endpoint, events: ["user.human"] };
        return { ...tenant, ...change(tenant) };
      });
      writeFileSync(join(folder, "tenants.json"), JSON.stringify(tenants.slice(0, count)));
    },
    run: async (args, watch = () => undefined) => {
      for (const zitadel of instances.values()) zitadel.clearRequests();
      const tokensFile = join(folder, "tokens.json");
      writeFileSync(tokensFile, JSON.stringify(service.tokens), { mode: 0o600 });
      const script =
        engineOnThisMachine() === "pulumi" ? join(folder, "service", "main.ts") : join(__dirname, "tenants-engine.ts");
      const env = {
        ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^ZITADEL_|_PROXY$/i.test(name))),
        TENANT_TOKENS_FILE: tokensFile,
        PULUMI_CONFIG_PASSPHRASE: passphrase,
        PULUMI_BACKEND_URL: `file://${join(folder, "states")}`,
        PULUMI_HOME: join(folder, "home"),
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        PROJECT: folder,
        STATES: join(folder, "states"),
      };
      const quiet = "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON";
      // A group of its own, so that a test can kill the service with all its processes, as the end of a container does.
      const child = spawn(process.execPath, [quiet, script, ...args], {
        cwd: folder,
        env,
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
      });
      running.add(child);
      let text = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (data: Buffer) => {
          text += data.toString();
          watch(text, child);
        });
      }
      const [code] = (await once(child, "close")) as [number | null];
      running.delete(child);
      rmSync(tokensFile);
      marks.write("what the service printed", text);
      for (const name of ["states", "logs"]) marks.writeFolder(`the service's ${name}`, join(folder, name));
      return { code, text };
    },
    asked: () => where((zitadel) => Object.keys(seen(zitadel)).length > 0),
    deployed: () => where((zitadel) => zitadel.executions().length > 0),
    close: async () => {
      for (const child of running) killAll(child);
      rmSync(folder, { recursive: true });
      for (const zitadel of instances.values()) await zitadel.stop();
    },
  };
  return service;
}

/** Kills a service and every process that it has started. */
export function killAll({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, "SIGKILL");
}
