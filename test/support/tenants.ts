import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Host, serve } from "../../examples/tenants/service/service";
import type { How, Outcome } from "../../examples/tenants/service/sweep";
import type { Tenant } from "../../examples/tenants/service/tenants";
import { root } from "./documents";

type Step = "preview" | "up" | "refresh";

/** A service of examples/tenants in a folder of its own, with stacks that do what a test says. */
export interface Service {
  /** What the definitions are from now on. */
  tenants: Tenant[];
  /** What a stack does; by default it is done. */
  react: (tenant: Tenant, act: Step, how: How) => Promise<Outcome> | Outcome;
  /** The tenants that were acted on, in the order in which they were begun. */
  readonly begun: string[];
  /** The most that ran at once. */
  readonly most: number;
  stop: AbortController;
  readonly cancel: AbortController;
  readonly folder: string;
  /** All that has been printed since the last run began. */
  readonly printed: string;
  run(args: readonly string[], screen?: { isTTY?: boolean; columns?: number }): Promise<number>;
  close(): void;
}

export const tenantNamed = (name: string): Tenant => ({
  name,
  domain: `${name}.example.com`,
  endpoint: `https://audit.example.com/${name}`,
  events: ["user.human"],
});

export const done: Outcome = { isDone: true, changes: { create: 3, same: 1 } };

export function openService(names: readonly string[]): Service {
  const folder = mkdtempSync(join(tmpdir(), "tenants-"));
  const begun: string[] = [];
  let [running, most, printed] = [0, 0, ""];
  const act = async (tenant: Tenant, step: Step, how: How) => {
    begun.push(tenant.name);
    most = Math.max(most, ++running);
    // Others get their turn before this one ends.
    await new Promise((resolve) => setImmediate(resolve));
    return Promise.resolve(service.react(tenant, step, how)).finally(() => running--);
  };
  const open: Host["open"] = (tenant) =>
    Promise.resolve({
      preview: (how) => act(tenant, "preview", how),
      up: (how) => act(tenant, "up", how),
      refresh: (how) => act(tenant, "refresh", how),
      exportStack: () => Promise.resolve({ deployment: null }),
      env: {},
    });
  const service: Service = {
    tenants: names.map(tenantNamed),
    react: () => done,
    begun,
    get most() {
      return most;
    },
    stop: new AbortController(),
    cancel: new AbortController(),
    folder,
    get printed() {
      return printed;
    },
    run: async (args, screen = {}) => {
      begun.length = 0;
      [most, printed] = [0, ""];
      writeFileSync(join(folder, "tenants.json"), JSON.stringify(service.tenants));
      const places = ["tenants.json", "journal.jsonl", "logs"].flatMap((name) => [
        `--${name.replace(/\..*/, "")}`,
        join(folder, name),
      ]);
      const write = (text: string) => (printed += text);
      const { stop, cancel } = service;
      const projectDir = join(root, "examples", "tenants");
      return serve([...places, ...args], {
        screen: { ...screen, write },
        open,
        projectDir,
        stop: stop.signal,
        cancel: cancel.signal,
      });
    },
    close: () => rmSync(folder, { recursive: true }),
  };
  return service;
}

/** What a journal says became of the tenants, line by line. */
export function journalIn(folder: string): { tenant: string; state: string }[] {
  const lines = readFileSync(join(folder, "journal.jsonl"), "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as { tenant: string; state: string });
}
