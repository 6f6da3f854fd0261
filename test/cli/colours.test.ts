import { startZitadel, type Zitadel } from "../../local/zitadel";
import { type Around, cli } from "../support/cli";
import { encrypted, entry, settingsFor, stackExport } from "../support/doctor";
import { webhook } from "../support/world";

// Output is coloured only on a terminal, for each stream separately, unless the environment says otherwise.

let zitadel: Zitadel;

beforeAll(async () => {
  zitadel = await startZitadel();
});
afterAll(() => zitadel.stop());

/** A stack with one problem and one note. */
async function diagnosis(around: Around) {
  const { id } = zitadel.add({ ...webhook, name: "hook" });
  zitadel.add({ ...webhook, name: "lost" });
  const input = stackExport([entry("Target", "hook", id, { outputs: { signingKey: encrypted } })]);
  const came = await cli(["doctor", "-"], { ...around, env: { ...settingsFor(zitadel), ...around.env }, input });
  for (const target of zitadel.targets()) zitadel.remove(target.id);
  expect(came.code).toBe(3);
  return came;
}

const escape = "\u001b[";
const both = { output: true, messages: true };
const xterm = { TERM: "xterm" };

test.each([
  ["a terminal", { isTerminal: both, env: xterm }, { stdout: true, stderr: true }],
  ["a pipe behind a terminal", { isTerminal: { messages: true }, env: xterm }, { stdout: false, stderr: true }],
  ["messages in a file", { isTerminal: { output: true }, env: xterm }, { stdout: true, stderr: false }],
  ["no terminal at all", { env: xterm }, { stdout: false, stderr: false }],
  ["NO_COLOR", { isTerminal: both, env: { ...xterm, NO_COLOR: "1" } }, { stdout: false, stderr: false }],
  ["a terminal without colours", { isTerminal: both, env: { TERM: "dumb" } }, { stdout: false, stderr: false }],
  ["FORCE_COLOR without a terminal", { env: { ...xterm, FORCE_COLOR: "1" } }, { stdout: true, stderr: true }],
  ["FORCE_COLOR=0", { isTerminal: both, env: { ...xterm, FORCE_COLOR: "0" } }, { stdout: false, stderr: false }],
] as const)("%s", async (_, around, expected) => {
  const { stdout, stderr } = await diagnosis(around);
  expect({ stdout: stdout.includes(escape), stderr: stderr.includes(escape) }).toEqual(expected);
});

test("what is in colour says the same as what is not", async () => {
  const plain = (text: string) => text.replaceAll(/\u001b\[\d+m/g, "").replaceAll(/\d{18}|\d{4}-\S+Z/g, "…"); // eslint-disable-line no-control-regex -- escape codes begin with one
  const [coloured, without] = [await diagnosis({ isTerminal: { output: true }, env: xterm }), await diagnosis({})];
  expect(plain(coloured.stdout)).toBe(plain(without.stdout));
  expect(plain(coloured.stderr)).toBe(plain(without.stderr));
});

test("a mistake is reported in red, on its own stream, and its help is not", async () => {
  const { stderr } = await cli(["export", "--jsno"], { isTerminal: { messages: true }, env: xterm });
  expect(stderr).toMatch(/^\u001b\[31mUnknown option '--jsno'\. Did you mean --json\?\u001b\[39m\n\nUsage: /); // eslint-disable-line no-control-regex -- escape codes begin with one
});

test("JSON has no colours, wherever it goes", async () => {
  const came = await cli(["doctor", "-", "--json"], {
    isTerminal: both,
    env: { ...settingsFor(zitadel), ...xterm, FORCE_COLOR: "1" },
    input: stackExport([]),
  });
  expect(came.stdout).not.toContain(escape);
  expect(JSON.parse(came.stdout)).toMatchObject({ findings: [] });
});
