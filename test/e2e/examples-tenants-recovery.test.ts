import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { recover, type Recovery } from "../../examples/tenants/service/recovery";
import { withPulumi } from "../../examples/tenants/service/stacks";
import type { How } from "../../examples/tenants/service/sweep";
import { startZitadel, type Zitadel } from "../../local/zitadel";
import { creating, stackExport, type Type } from "../support/doctor";
import { root } from "../support/documents";
import { done, tenantNamed } from "../support/tenants";

// What the service of examples/tenants does about locks, Ctrl-C and interrupted creates, without a program and an engine.

jest.setTimeout(60_000);

const projectDir = join(root, "examples", "tenants");
let output: string;
let stop: AbortController;
const how = (onOutput: How["onOutput"] = () => undefined): How => ({
  stop: stop.signal,
  signal: new AbortController().signal,
  onOutput: (text) => {
    output += text;
    onOutput(text);
  },
});
beforeEach(() => {
  output = "";
  stop = new AbortController();
});

/** A process that has ended, or one that runs until the test kills it. */
async function processThat(has: "ended" | "runs"): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["-e", has === "ended" ? "" : "setInterval(() => {}, 1000)"]);
  children.push(child);
  await once(child, has === "ended" ? "exit" : "spawn");
  return child;
}
const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill("SIGKILL")));

describe("the Automation API, with a CLI that answers what the test says", () => {
  // Answers as CLI 3.260 does. `up` fails as long as there is a lock; `cancel` removes the lock.
  const cli = `#!${process.execPath}
const fs = require("node:fs");
const lock = __dirname + "/lock";
const args = process.argv.slice(2).join(" ");
fs.appendFileSync(__dirname + "/commands", args + "\\n");
if (args.startsWith("version")) console.log("v3.260.0");
if (args.startsWith("config")) console.log("{}");
if (args.startsWith("stack history")) {
  const { result, age } = JSON.parse(fs.readFileSync(__dirname + "/history", "utf8"));
  const startTime = new Date(Date.now() - age).toISOString();
  console.log(JSON.stringify([{ kind: "update", result, startTime, resourceChanges: { create: 3 } }]));
}
if (args.startsWith("stack output")) process.kill(process.pid, "SIGINT");
if (args.startsWith("cancel")) fs.rmSync(lock);
if (args.startsWith("up") && fs.existsSync(lock)) {
  console.error("error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.");
  console.error("  file:///states/.pulumi/locks/1.json: created by " + fs.readFileSync(lock, "utf8") + " at 2026-11-26T17:55:12Z");
  process.exitCode = 255;
}
`;
  const path = process.env["PATH"] ?? "";
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tenants-cli-"));
    writeFileSync(join(folder, "pulumi"), cli);
    chmodSync(join(folder, "pulumi"), 0o755);
    process.env["PATH"] = folder + delimiter + path;
    history("succeeded");
  });
  afterEach(() => {
    process.env["PATH"] = path;
    rmSync(folder, { recursive: true });
  });

  /** The last update in the history, which began that many milliseconds ago. */
  const history = (result: string, age = 0) => writeFileSync(join(folder, "history"), JSON.stringify({ result, age }));
  const lockBy = (holder: string) => writeFileSync(join(folder, "lock"), holder);
  const commands = (name: string) =>
    readFileSync(join(folder, "commands"), "utf8")
      .split("\n")
      .filter((line) => line.startsWith(name)).length;
  const up = async (onOutput?: How["onOutput"]) => {
    const stack = await withPulumi(projectDir, () => "a token")(tenantNamed("acme"));
    // The commands after a successful `up` are interrupted in every test here.
    stop.abort();
    return stack.up(how(onOutput));
  };

  test("an up that succeeded before Ctrl-C ended the commands after it is done", async () => {
    expect(await up()).toEqual({ isDone: true, changes: { create: 3 } });
  });

  test.each([
    ["failed", () => history("failed")],
    ["was of an earlier run", () => history("succeeded", 60_000)],
  ])("it is not done if the last update %s", async (_what, last) => {
    last();
    expect(await up()).toEqual({ isDone: false, changes: {} });
  });

  test("the lock of a process that was killed is removed, and up runs again", async () => {
    const { pid } = await processThat("ended");
    lockBy(`root@${hostname()} (pid ${pid})`);
    expect(await up()).toMatchObject({ isDone: true });
    expect(output).toContain(`Removing the stack's lock: process ${pid} has ended without removing it.\n`);
    expect([commands("up"), commands("cancel --yes")]).toEqual([2, 1]);
  });

  test("the lock of a process that runs is removed only when it has ended", async () => {
    const holder = await processThat("runs");
    lockBy(`root@${hostname()} (pid ${holder.pid})`);
    const outcome = await up((text) => {
      if (!text.startsWith("Waiting for process")) return;
      expect(commands("cancel")).toBe(0);
      holder.kill("SIGKILL");
    });
    expect(outcome).toMatchObject({ isDone: true });
    expect(output).toContain(`Waiting for process ${holder.pid}, which is deploying this stack.\n`);
    expect(commands("cancel")).toBe(1);
  });

  test("the lock of another machine stays, and the error names the command that removes it", async () => {
    const { pid } = await processThat("ended");
    lockBy(`root@another-${hostname()} (pid ${pid})`);
    await expect(up()).rejects.toThrow(
      "another machine or user is deploying this stack. If it is no longer running, run this in the program's folder: pulumi cancel --yes --stack acme",
    );
    expect(commands("cancel")).toBe(0);
  });
});

describe("an interrupted create", () => {
  let zitadel: Zitadel;
  let refreshes: boolean[];
  let said: string[];
  beforeEach(async () => {
    zitadel = await startZitadel();
    [refreshes, said] = [[], []];
  });
  afterEach(() => zitadel.stop());

  const hook = { name: "audit-1a2b3c4", endpoint: "https://example.com/", timeout: "10s", restWebhook: {} };

  /** Recovers a stack whose state has these creates as pending operations. */
  const recoverFrom = (pending: [Type, object][], more: Partial<Recovery> = {}, isRefreshed = true) => {
    const operations = pending.map(([type, inputs]) => creating(type, "audit", inputs));
    const { domain, port, accessToken } = zitadel;
    const stack = {
      preview: () => Promise.reject(new Error("not to be called")),
      up: () => Promise.reject(new Error("not to be called")),
      refresh: ({ clearPendingCreates }: { readonly clearPendingCreates: boolean }) => {
        refreshes.push(clearPendingCreates);
        return Promise.resolve(isRefreshed ? done : { isDone: false, changes: {} });
      },
      exportStack: () => Promise.resolve(JSON.parse(stackExport([], operations)) as { deployment: unknown }),
      env: { ZITADEL_ACCESS_TOKEN: accessToken },
    };
    const say = (line: string) => said.push(line);
    const recovery = { how: how(), since: new Date(0), projectDir, say, lag: 1, ...more };
    return recover({ ...tenantNamed("acme"), domain, port, insecure: true }, stack, recovery);
  };

  test("is removed together with what it needs, and then from the state", async () => {
    const { id } = zitadel.add(hook);
    zitadel.setExecution({ event: { group: "user.human" } }, [id]);
    const condition = { event: { group: "user.human" } };
    await recoverFrom([
      ["Target", hook],
      ["Execution", { condition, targets: [id] }],
    ]);
    expect([zitadel.targets(), zitadel.executions(), refreshes]).toEqual([[], [], [false, true]]);
    expect(said).toEqual([
      "removed execution event/user.human.*, which an interrupted deployment had created",
      "removed target audit-1a2b3c4, which an interrupted deployment had created",
    ]);
  });

  test("with adopt: true keeps the object, which up then takes over", async () => {
    zitadel.add(hook);
    await recoverFrom([["Target", { ...hook, adopt: true }]]);
    expect([zitadel.targets().length, refreshes, said]).toEqual([1, [false, true], []]);
  });

  test.each([
    ["is older than this service's deployment", new Date(Date.now() + 60_000)],
    ["is of a stack that the journal does not know", undefined],
  ])("keeps an object that %s, and says which commands to run", async (_what, since) => {
    const { id } = zitadel.add(hook);
    await expect(recoverFrom([["Target", hook]], { since })).rejects.toThrow(
      `target ${id} "audit-1a2b3c4" matches an interrupted create, but the journal does not show that this service created it. ` +
        `If nothing else uses it, run: pulumi stack export --stack acme | npx pulumi-zitadel-actions doctor - --remove ${id}. ` +
        "Then, or if you keep it, run: pulumi refresh --clear-pending-creates --stack acme",
    );
    expect([zitadel.targets().length, refreshes]).toEqual([1, [false]]);
  });

  test("whose object ZITADEL does not show is looked for once more, and then removed from the state", async () => {
    await recoverFrom([["Target", hook]]);
    expect([zitadel.count().search, refreshes, said]).toEqual([2, [false, true], []]);
  });

  test("is left alone while another deployment has the stack's lock, that is, if the first refresh fails", async () => {
    zitadel.add(hook);
    await expect(recoverFrom([["Target", hook]], {}, false)).rejects.toThrow(
      "the refresh after an interrupted deployment failed",
    );
    expect([zitadel.targets().length, zitadel.requests, refreshes]).toEqual([1, [], [false]]);
  });

  test("is not there in most stacks, which are not refreshed", async () => {
    await recoverFrom([]);
    expect([refreshes, zitadel.requests]).toEqual([[], []]);
  });
});
