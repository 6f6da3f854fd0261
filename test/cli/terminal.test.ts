import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { startZitadel, type Zitadel } from "../../local/zitadel";
import { binary, built, spawned } from "../support/cli";
import { settingsFor, stackExport } from "../support/doctor";
import { webhook } from "../support/world";

// The built command on real streams: a terminal, a pipe, and a pipe whose reader goes away.

let zitadel: Zitadel;
let env: Record<string, string>;

beforeAll(async () => {
  zitadel = await startZitadel();
  for (let index = 0; index < 100; index++) zitadel.add({ ...webhook, name: `hook ${index}` });
  env = { ...settingsFor(zitadel), TERM: "xterm" };
});
afterAll(() => zitadel.stop());

/** `script` of util-linux gives a command a terminal of its own. Most Linux machines have it, others another one or none. */
const { status, stdout: made } = spawnSync("script", ["--version"], { encoding: "utf8" });
const hasTerminals = status === 0 && made.includes("util-linux");
const onTerminal = hasTerminals ? test : test.skip;

onTerminal("on a terminal there are colours and progress, and the exit code is the same", async () => {
  const line = [process.execPath, binary, "doctor", "-"].map((word) => `'${word}'`).join(" ");
  const export_ = stackExport([]).replaceAll("'", "");
  const command = `printf %s '${export_}' | ${line}`;
  const { code, stdout } = await spawned(["script", "-qec", command, "/dev/null"], { ...env, SHELL: "/bin/sh" });
  expect(code).toBe(3);
  expect(stdout).toContain("\rreading keys 100 of 100");
  expect(stdout).toContain("\u001b[33mFound 100 problems.\u001b[39m");
});

test("in a pipe there is neither", async () => {
  const { code, stdout, stderr } = await built(["doctor", "-"], env, stackExport([]));
  expect(code).toBe(3);
  expect(stdout).toMatch(/\nFound 100 problems\.\n$/);
  expect(stdout + stderr).not.toMatch(/[\r\u001b]/); // eslint-disable-line no-control-regex -- escape codes begin with one
});

test("FORCE_COLOR and NO_COLOR count there as for Node itself", async () => {
  const forced = await built(["doctor", "-"], { ...env, FORCE_COLOR: "1" }, stackExport([]));
  expect(forced.stdout).toContain("\u001b[33mFound 100 problems.\u001b[39m");
  expect(forced.stderr).not.toContain("\r");
});

test("a reader that has seen enough is not reported as a failure", async () => {
  const line = [process.execPath, binary, "export"].map((word) => `'${word}'`).join(" ");
  const { stdout, stderr } = await spawned(["sh", "-c", `${line} | head -n 1`], env);
  expect(stdout).toMatch(/^\/\/ Everything of Actions v2 [^\n]*\n$/);
  expect(stderr).not.toContain("EPIPE");
});

test("a command that waits for what can no longer happen says so, and does not end with 0", async () => {
  const silent = `Object.defineProperty(process, "stdin", { value: new (require("node:stream").Readable)({ read() {} }) });`;
  const preload = join(await mkdtemp(join(tmpdir(), "stuck-")), "preload.cjs");
  await writeFile(preload, silent);
  const { code, stdout, stderr } = await spawned([process.execPath, "--require", preload, binary, "verify", "-"], {
    ZITADEL_SIGNING_KEY: "a-key",
  });
  await rm(dirname(preload), { recursive: true });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toBe(
    "The command cannot go on, because what it waited for can no longer happen. This is a bug: report it.\n",
  );
});
