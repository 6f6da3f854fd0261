import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Tenant } from "../examples/tenants/service/tenants";
import { engineOnThisMachine, startZitadel, type Zitadel } from "../local";
import { passphrase } from "../local/deployment";
import { programs } from "./support/deploy";
import { marks } from "./support/marks";
import { root } from "./support/documents";
import { journalIn } from "./support/tenants";
import { resolves } from "./support/resolves";
import { seen } from "./support/world";

// Runs examples/tenants as a process with twelve ZITADEL instances: one fails, and the service is interrupted and continues. If there is
// a `pulumi` CLI, this is service/main.ts, otherwise the same service with local/engine.

jest.setTimeout(900_000);

const names = Array.from({ length: 12 }, (_, index) => `tenant-${index + 1}`);
const wrong = "tenant-5";

let folder: string;
let instances: Map<string, Zitadel>;
let tokens: Record<string, string>;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  // The package finds itself by its name only from within its own folder.
  folder = mkdtempSync(join(programs, "tenants-"));
  cpSync(join(root, "examples", "tenants"), folder, { recursive: true });
  mkdirSync(join(folder, "states"));
  instances = new Map(await Promise.all(names.map(async (name) => [name, await startZitadel({ resolves })] as const)));
  tokens = Object.fromEntries(Array.from(instances, ([name, { accessToken }]) => [name, accessToken]));
});
afterAll(async () => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
  for (const zitadel of instances.values()) await zitadel.stop();
});

const tenants = (change: (tenant: Tenant) => Partial<Tenant> = () => ({})): Tenant[] =>
  Array.from(instances, ([name, { domain, port }]) => {
    const endpoint = `https://example.com/${name}`;
    const tenant = { name, domain, port, insecure: true, endpoint, events: ["user.human"] };
    return { ...tenant, ...change(tenant) };
  });

interface Run {
  readonly code: number | null;
  readonly text: string;
}

/** Runs the service to its end. `watch` is called with everything that has been printed, whenever there is more. */
async function run(args: readonly string[], watch: (text: string, child: ChildProcess) => void = () => undefined) {
  for (const zitadel of instances.values()) zitadel.clearRequests();
  const tokensFile = join(folder, "tokens.json");
  writeFileSync(tokensFile, JSON.stringify(tokens), { mode: 0o600 });
  const script =
    engineOnThisMachine() === "pulumi"
      ? join(folder, "service", "main.ts")
      : join(__dirname, "support", "tenants-engine.ts");
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^ZITADEL_|_PROXY$/i.test(name))),
    TENANT_TOKENS_FILE: tokensFile,
    PULUMI_CONFIG_PASSPHRASE: passphrase,
    PULUMI_BACKEND_URL: `file://${join(folder, "states")}`,
    PULUMI_HOME: join(folder, "home"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    NODE_COMPILE_CACHE: join(folder, "compile-cache"),
    PROJECT: folder,
    STATES: join(folder, "states"),
  };
  const quiet = "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON";
  const child = spawn(process.execPath, [quiet, script, ...args], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "pipe"],
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
  return { code, text } satisfies Run;
}

/** The tenants whose instances were asked for anything. */
const asked = () => [...instances].filter(([, zitadel]) => Object.keys(seen(zitadel)).length > 0).map(([name]) => name);
const deployed = () => [...instances].filter(([, zitadel]) => zitadel.executions().length > 0).map(([name]) => name);
const define = (all: readonly Tenant[]) => writeFileSync(join(folder, "tenants.json"), JSON.stringify(all));

test("a preview asks no instance, and changes nothing", async () => {
  define(tenants().slice(0, 2));
  expect(await run(["preview"])).toMatchObject({ code: 0, text: expect.stringContaining("2 done") as unknown });
  expect([asked(), deployed()]).toEqual([[], []]);
});

test("an up that is interrupted ends what it has begun, and the next one does the rest, but for the one that fails", async () => {
  define(tenants());
  tokens = { ...tokens, [wrong]: "a token that is none of this instance" };

  let isInterrupted = false;
  const first = await run(["up", "--parallel", "3"], (text, child) => {
    if (isInterrupted || !text.includes("[ 2/12]")) return;
    isInterrupted = true;
    child.kill("SIGINT");
  });
  expect(first).toMatchObject({ code: 130, text: expect.stringContaining("not begun") as unknown });
  const begun = [...new Set(journalIn(folder).map(({ tenant }) => tenant))];
  expect(begun.length).toBeGreaterThan(1);
  expect(begun.length).toBeLessThan(12);
  expect(deployed()).toEqual(names.filter((name) => begun.includes(name) && name !== wrong));
  expect(asked()).toEqual(names.filter((name) => begun.includes(name)));

  const done = journalIn(folder).filter(({ state }) => state === "done");
  const second = await run(["up", "--parallel", "3"]);
  expect(second.code).toBe(1);
  expect(second.text).toMatch(/\] tenant-5: error: .*401/);
  expect(second.text).toContain(
    `${11 - done.length} done, 1 failed, ${done.length} unchanged\n  failed: ${wrong}, see `,
  );
  expect(asked()).toEqual(names.filter((name) => !done.some(({ tenant }) => tenant === name)));
  expect(deployed()).toEqual(names.filter((name) => name !== wrong));
});

test("what has failed is tried again, and then there is nothing to do", async () => {
  tokens = { ...tokens, [wrong]: instances.get(wrong)?.accessToken ?? "" };
  expect(await run(["up"])).toMatchObject({
    code: 0,
    text: expect.stringMatching(/1 done, 11 unchanged\n$/) as unknown,
  });
  expect([asked(), deployed()]).toEqual([[wrong], names]);

  expect(await run(["up"])).toEqual({ code: 0, text: "12 unchanged\n" });
  expect(asked()).toEqual([]);
});

test("a tenant whose definition changes is deployed again, and no other", async () => {
  define(tenants(({ name }) => (name === "tenant-9" ? { endpoint: "https://example.com/new" } : {})));
  expect(await run(["up"])).toMatchObject({ code: 0, text: expect.stringMatching(/tenant-9: 1 update/) as unknown });
  expect(asked()).toEqual(["tenant-9"]);
  expect(instances.get("tenant-9")?.targets()).toMatchObject([{ endpoint: "https://example.com/new" }]);
});
