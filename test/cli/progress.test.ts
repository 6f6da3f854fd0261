import { progressOn } from "../../cli/progress";
import { startZitadel, type Zitadel } from "../../local/zitadel";
import { cli } from "../support/cli";
import { settingsFor, stackExport } from "../support/doctor";
import { webhook } from "../support/world";

// Reading the keys of many targets takes a while. That shows on standard error, and never on standard output.

let zitadel: Zitadel;

beforeAll(async () => {
  zitadel = await startZitadel();
  for (let index = 0; index < 120; index++) zitadel.add({ ...webhook, name: `hook ${index}` });
});
afterAll(() => zitadel.stop());

const doctor = (args: string[], isTerminal: { output?: boolean; messages?: boolean }) =>
  cli(["doctor", "-", ...args], { env: settingsFor(zitadel), input: stackExport([]), isTerminal });

/** What a terminal shows in the end: a carriage return goes back to the beginning of the line. */
function screen(written: string): string[] {
  const lines = written.split("\n").map((line) => {
    let shown = "";
    for (const part of line.split("\r")) shown = part + shown.slice(part.length);
    return shown.trimEnd();
  });
  expect(lines.pop()).toBe("");
  return lines;
}

test("on a terminal it is one line, which is written over and gone in the end", async () => {
  const { stderr } = await cli(["export"], { env: settingsFor(zitadel), isTerminal: { messages: true } });
  for (const done of [1, 60, 120]) expect(stderr).toContain(`\rreading keys ${done} of 120`);
  expect(screen(stderr)).toEqual([`Exported ${zitadel.url} (targets: 120, public keys: 0, executions: 0).`]);
});

test("what follows is shorter, and nothing is left of what was there before", async () => {
  const { stdout, stderr } = await doctor([], { messages: true });
  expect(stderr).toContain("\rconfirming targets 120 of 120");
  expect(screen(`${stderr}\n`)).toEqual([""]);
  expect(stdout).not.toContain("\r");
});

test("in a log it is a line for each tenth", async () => {
  const { stderr } = await cli(["export"], { env: settingsFor(zitadel) });
  const tenths = (what: string) => Array.from({ length: 10 }, (_, index) => `${what} ${(index + 1) * 12} of 120`);
  expect(stderr.split("\n").slice(0, -2)).toEqual([...tenths("reading keys"), ...tenths("confirming targets")]);
  expect(stderr).not.toContain("\r");
});

test("of little work a log says nothing", async () => {
  const few = await startZitadel();
  try {
    for (let index = 0; index < 99; index++) few.add({ ...webhook, name: `hook ${index}` });
    const { stderr } = await cli(["export"], { env: settingsFor(few) });
    expect(stderr.trim().split("\n")).toEqual([expect.stringMatching(/^Exported /)]);
  } finally {
    await few.stop();
  }
});

test("for a machine there is none, unless somebody looks", async () => {
  expect(await doctor(["--json"], {})).toMatchObject({ code: 3, stderr: "" });
  expect((await doctor(["--json"], { output: true })).stderr).toBe("");
  const watched = await doctor(["--json"], { messages: true });
  expect(watched.stderr).toContain("\rreading keys 120 of 120");
  expect(JSON.parse(watched.stdout)).toHaveProperty("findings");
  expect((await cli(["export", "--json"], { env: settingsFor(zitadel) })).stderr).toBe("");
});

test("a failure in the middle of it stands in a line of its own, and nothing is written over it", async () => {
  const body = { code: 7, message: "No matching permissions found (AUTH-5mWD2)" };
  zitadel.faults.add({ match: { operation: "searchKeys" }, skip: 40, fault: { kind: "answer", status: 403, body } });
  const { code, stderr } = await cli(["export"], { env: settingsFor(zitadel), isTerminal: { messages: true } });
  expect(code).toBe(1);
  expect(stderr).toContain("\rreading keys 20 of 120");
  expect(screen(stderr)).toEqual([expect.stringMatching(/ failed: ZITADEL answered 403 /)]);
});

test("what comes after the end is not shown", () => {
  let shown = "";
  const show = (text: string) => void (shown += text);
  const isTerminal = { output: false, messages: true };
  const progress = progressOn({
    env: {},
    isTerminal,
    columns: undefined,
    show,
    tell: show,
    read: () => Promise.resolve(Buffer.of()),
    print: () => Promise.resolve(),
    interrupted: () => new Promise(() => undefined),
  });
  progress.report("reading", 1, 2);
  progress.end();
  const before = shown;
  progress.report("reading", 2, 2);
  progress.end();
  expect({ before, shown }).toEqual({ before: "\rreading 1 of 2\r              \r", shown: before });
});
