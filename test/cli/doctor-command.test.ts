import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startZitadel, type Zitadel } from "../../local/zitadel";
import { creating, doctor, encrypted, entry, settingsFor, shown, stackExport } from "../support/doctor";
import { seen, webhook } from "../support/world";

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

/** Writes an export; gives its path. */
async function file(name: string, text: string, mode = 0o600): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

test("each problem is reported with its place and what to do, with the same text each time", async () => {
  const [lost, made, hook] = ["lost", "made-1a2b3c4", "hook"].map((name) => zitadel.add({ ...webhook, name }));
  const outputs = { name: "hook", signingKey: shown("another key") };
  const one = await file("one.json", stackExport([entry("Target", "hook", hook?.id ?? "", { outputs })]));
  const two = await file("two.json", stackExport([], [creating("Target", "made", { name: "made-1a2b3c4" })]));
  const { code, stdout, stderr } = await doctor([one, two], settingsFor(zitadel));
  expect({ code, stderr }).toEqual({ code: 3, stderr: "" });
  const created = (id = "") => `created ${zitadel.targets().find((row) => row.id === id)?.creationDate ?? ""}`;
  const urn = "urn:pulumi:dev::project::pulumi-nodejs:dynamic/zitadel:Target";
  const lines = stdout.split("\n").filter((line) => !line.startsWith("  What to do: "));
  expect(lines).toEqual([
    `${zitadel.url} has targets: 3, public keys: 0, executions: 0.`,
    `In ${one}, ${two}: 1 entry.`,
    "",
    "Creates that were interrupted, but whose object exists:",
    `  - target ${made?.id ?? ""} "made-1a2b3c4", ${created(made?.id)}`,
    `    ${urn}::made in ${two}`,
    "",
    "On the instance, but in no stack that doctor compared:",
    `  - target ${lost?.id ?? ""} "lost", ${created(lost?.id)}`,
    "",
    "Targets whose signing key in the state is not the one that ZITADEL signs with:",
    `  - target ${hook?.id ?? ""} "hook", ${created(hook?.id)}`,
    `    ${urn}::hook in ${one}`,
    "",
    "Found 3 problems.",
    "",
  ]);
  expect(stdout.match(/ {2}What to do: /g)).toHaveLength(3);
  expect((await doctor([one, two], settingsFor(zitadel))).stdout).toBe(stdout);
});

test("a checkpoint as a backend keeps it says the same as an export", async () => {
  const { id } = zitadel.add({ ...webhook, name: "hook" });
  const { version, deployment } = JSON.parse(stackExport([entry("Target", "hook", id)])) as Record<string, unknown>;
  const checkpoint = await file(
    "dev.json",
    JSON.stringify({ version, checkpoint: { stack: "dev", latest: deployment } }),
  );
  expect(await doctor([checkpoint], settingsFor(zitadel))).toMatchObject({ code: 0, stderr: "" });
});

test("a stack that was never deployed has no entries", async () => {
  const empty = await file("empty.json", JSON.stringify({ version: 3, checkpoint: { stack: "dev", latest: null } }));
  const { code, stdout } = await doctor([empty], settingsFor(zitadel));
  expect(code).toBe(0);
  expect(stdout).toMatch(/: 0 entries\.\n\nFound no problems\.\n$/);
});

test("an export that is given twice is read once, and an older one of the same stack is not another owner", async () => {
  const { id } = zitadel.add({ ...webhook, name: "hook" });
  const text = stackExport([entry("Target", "hook", id)]);
  const [one, two] = [await file("one.json", text), await file("two.json", text)];
  expect((await doctor([one, one, two], settingsFor(zitadel))).code).toBe(0);
  expect((await doctor(["-", "-", one], settingsFor(zitadel), text)).code).toBe(0);
});

test("notes go to standard error, and with --json into the JSON", async () => {
  const { id } = zitadel.add({ ...webhook, name: "hook" });
  const path = await file(
    "one.json",
    stackExport([entry("Target", "hook", id, { outputs: { signingKey: encrypted } })]),
  );
  const { stdout, stderr } = await doctor([path], settingsFor(zitadel));
  expect(stdout).not.toContain("--show-secrets");
  expect(stderr).toMatch(/^note: Secrets are encrypted in \S+one\.json, .*\n$/);
  const json = await doctor([path, "--json"], settingsFor(zitadel));
  expect({ code: json.code, stderr: json.stderr }).toEqual({ code: 0, stderr: "" });
  expect(JSON.parse(json.stdout)).toEqual({
    instance: zitadel.url,
    exports: [path],
    findings: [],
    removed: [],
    notes: [stderr.slice("note: ".length, -1)],
  });
});

test("a file with plain secrets that others can read gives a note", async () => {
  const { id, signingKey } = zitadel.add({ ...webhook, name: "hook" });
  const text = stackExport([entry("Target", "hook", id, { outputs: { signingKey: shown(signingKey) } })]);
  const closed = await file("closed.json", text);
  expect(await doctor([closed], settingsFor(zitadel))).toMatchObject({ code: 0, stderr: "" });
  const open = await file("open.json", text, 0o644);
  const { stdout, stderr } = await doctor([open], settingsFor(zitadel));
  expect(stderr).toBe(
    `note: ${open} shows secrets, and others on this machine can read it: run chmod 600, or remove it.\n`,
  );
  expect(stdout + stderr).not.toContain(signingKey);
});

test.each([
  [
    "no JSON",
    '{"secret-of-mine',
    /^Reading \S+ failed: it is not JSON\. Give the output of `pulumi stack export`\.\n$/,
  ],
  ["another form", '{"secret-of-mine": 1}', /failed: it is not a stack's export, of version 3 or 4\./],
  ["another version", '{"version": 2, "deployment": {}}', /failed: it is not a stack's export, of version 3 or 4\./],
])("%s is an error that repeats nothing of it, before ZITADEL is asked", async (_, text, said) => {
  const { code, stdout, stderr } = await doctor([await file("x.json", text)], settingsFor(zitadel));
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(said);
  expect(stderr).not.toContain("secret-of-mine");
  expect(seen(zitadel)).toEqual({});
});

test("a file that is not there is an error", async () => {
  const { code, stderr } = await doctor([join(folder, "no.json")], settingsFor(zitadel));
  expect(code).toBe(1);
  expect(stderr).toMatch(/no\.json failed: it cannot be read \(ENOENT\)\.\n$/);
});

test("a token that the server rejects is an error, and nothing is said to be gone", async () => {
  const text = stackExport([entry("Target", "hook", "400661751630138406")]);
  const { code, stdout, stderr } = await doctor(["-"], settingsFor(zitadel, "not-a-token"), text);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/failed: ZITADEL answered 401 /);
});

test.each([
  [[], /^doctor needs a stack: give --stack NAME, or a stack's export\.\n/],
  [[""], /^The name of a file is empty\.\n/],
  [["x.json", "--remove"], /^Option '--remove <value>' argument missing/],
  [["x.json", "--delete", "1"], /^Unknown option '--delete'/],
])("%j is not understood", async (args, said) => {
  const { code, stdout, stderr } = await doctor(args, settingsFor(zitadel));
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(said);
  expect(stderr).toContain("Usage: npx pulumi-zitadel-actions doctor [--stack NAME]… [STACK-EXPORT]…");
});

test("--help fits a terminal", async () => {
  const { code, stdout, stderr } = await doctor(["--help"], {});
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
});

test("a name with control characters stays in its line", async () => {
  zitadel.add({ ...webhook, name: "a\u001b[31m\nb" });
  const { stdout } = await doctor(["-"], settingsFor(zitadel), stackExport([]));
  expect(stdout).toContain('"a\\u001b[31m\\nb", created ');
});
