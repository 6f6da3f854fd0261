import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { openStack } from "../../local/engine";
import { startZitadel, type Zitadel } from "../../local/zitadel";
import { configFor, programs } from "../support/deploy";
import { doctor, settingsFor, urnOf } from "../support/doctor";
import { marks } from "../support/marks";
import { recorded } from "../support/records";

let zitadel: Zitadel;
let folder: string;

beforeEach(async () => {
  zitadel = await startZitadel();
  folder = await mkdtemp(join(tmpdir(), "doctor-"));
});
afterEach(async () => {
  await zitadel.stop();
  await rm(folder, { recursive: true });
});

const target = { endpoint: "https://example.com/hook", timeout: "10s", restWebhook: {} };
const script = join(__dirname, "..", "..", "dist", "cli", "main.js");

/** A stack that declares a target that is kept, and after it one that is lost. */
const options = () => ({
  projectDir: join(programs, "targets"),
  stack: "dev",
  stateDir: folder,
  passphrase: "a throwaway stack",
  env: { TARGETS: JSON.stringify({ kept: target, lost: { ...target, dependsOn: ["kept"] } }) },
});

async function open() {
  const stack = await openStack(options());
  stack.setAllConfig(configFor(zitadel));
  return stack;
}

/** Runs `up` with an engine that is killed between the answer to the create of `lost` and the write of that to the state. */
async function upAndKill(): Promise<void> {
  const urn = urnOf("Target", "lost").replace("::project::", "::targets::");
  const args = [JSON.stringify(options()), JSON.stringify(configFor(zitadel)), urn];
  const script = join(__dirname, "..", "data", "killed-engine.js");
  const engine = spawn(process.execPath, [script, ...args], { stdio: "ignore", env: process.env });
  expect(await once(engine, "exit")).toEqual([null, "SIGKILL"]);
}

/** Runs the built command, as a shell would, with an export on its standard input. */
async function built(args: string[], input: string) {
  const child = spawn(process.execPath, [script, "doctor", "-", ...args], {
    env: { ...recorded(), ...settingsFor(zitadel) },
  });
  child.stdin.end(input);
  const closed = once(child, "close");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code: child.exitCode, stdout, stderr };
}

test("a target whose create the state never learnt of is found by the name that was sent, removed, and created again", async () => {
  await upAndKill();
  const [kept, lost] = zitadel.targets();
  expect([kept?.name, lost?.name]).toEqual([
    expect.stringMatching(/^kept-[0-9a-f]{7}$/),
    expect.stringMatching(/^lost-[0-9a-f]{7}$/),
  ]);

  const checkpoint = join(folder, ".pulumi", "stacks", "targets", "dev.json");
  const first = await doctor([checkpoint, "--json"], settingsFor(zitadel));
  expect(first.code).toBe(3);
  const { findings } = JSON.parse(first.stdout) as { findings: object[] };
  expect(findings).toMatchObject([{ problem: "createCarriedOut", id: lost?.id, name: lost?.name }]);
  expect(findings).toHaveLength(1);

  const id = lost?.id ?? "";
  const exported = async () => JSON.stringify(await (await open()).exportStack());
  const removed = await built(["--remove", id], await exported());
  expect(removed.code).toBe(3); // the state does not know yet
  expect(removed.stderr).toContain(`Removed target ${id} "${lost?.name ?? ""}".\n`);
  expect(zitadel.targets()).toMatchObject([{ id: kept?.id }]);

  expect((await (await open()).refresh({ clearPendingCreates: true })).exitCode).toBe(0);
  expect(await (await open()).up()).toMatchObject({ exitCode: 0, changes: { create: 1, same: 2 } });
  const last = await built([], await exported());
  expect(last.stderr).toMatch(/^note: Secrets are encrypted in standard input, [^\n]+\n$/);
  expect(last).toMatchObject({ code: 0, stdout: expect.stringMatching(/\nFound no problems\.\n$/) as string });
  marks.writeFolder("the folder of a stack", folder);
});
