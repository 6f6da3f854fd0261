import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startZitadel, type Zitadel } from "../../local/zitadel";
import { creating, doctor, encrypted, entry, type Resource, settingsFor, shown, stackExport } from "../support/doctor";
import { seen, webhook } from "../support/world";

// A stack can have several instances; `doctor` looks at one of them.

let zitadel: Zitadel;

beforeEach(async () => {
  zitadel = await startZitadel();
});
afterEach(() => zitadel.stop());

/** An entry of a resource with that `instance`. */
const on = (instance: string | undefined, name: string, id: string): Resource =>
  entry("Target", name, id, { outputs: { name, ...(instance !== undefined && { instance }) } });

/** The settings of an instance in `zitadel-actions:instances`. */
const settings = () => {
  const { domain, port, accessToken } = zitadel;
  return { domain, port, insecure: true, accessToken };
};
const instances = (entries: object) => ({ "zitadel-actions:instances": shown(JSON.stringify(entries)) });

/** What is found, by problem and id. */
async function found(args: readonly string[], env: Record<string, string>, text: string) {
  const { code, stdout, stderr } = await doctor(["-", "--json", ...args], env, text);
  expect({ code: [0, 3].includes(code), stderr }).toEqual({ code: true, stderr: "" });
  const { findings, notes, instance } = JSON.parse(stdout) as {
    findings: { problem: string; id?: string }[];
    notes: string[];
    instance: string;
  };
  return { instance, notes, findings: findings.map(({ problem, id }) => [problem, id]) };
}

test("--instance compares the entries of that instance, and leaves the others out", async () => {
  const hook = zitadel.add({ ...webhook, name: "hook" });
  const made = zitadel.add({ ...webhook, name: "made" });
  const text = stackExport(
    [on("eu", "hook", hook.id), on(undefined, "default", "400661751630138406")],
    [creating("Target", "made", { name: "made", instance: "eu" })],
    "elsewhere.example.com",
    { "zitadel-actions:instances": encrypted },
  );
  expect(await found(["--instance", "eu"], settingsFor(zitadel), text)).toMatchObject({
    findings: [["createCarriedOut", made.id]],
    notes: [
      'This is the instance of ZITADEL_DOMAIN: the export does not show the settings of instance "eu".',
      "Left out: 1 on other instances (zitadel-actions:instances, or provider resources).",
    ],
  });
});

test("address and credential come from the stack's own zitadel-actions:instances where the environment names no host", async () => {
  const hook = zitadel.add({ ...webhook, name: "hook" });
  const lost = zitadel.add({ ...webhook, name: "lost" });
  const text = stackExport([on("eu", "hook", hook.id)], [], "elsewhere.example.com", instances({ eu: settings() }));
  expect(await found(["--instance", "eu"], {}, text)).toMatchObject({
    instance: zitadel.url,
    findings: [["noEntry", lost.id]],
  });
});

test("the environment's host and credential do not change a named instance", async () => {
  const hook = zitadel.add({ ...webhook, name: "hook" });
  const text = stackExport([on("eu", "hook", hook.id)], [], "elsewhere.example.com", instances({ eu: settings() }));
  const env = { ZITADEL_DOMAIN: "nowhere.example.com", ZITADEL_ACCESS_TOKEN: "a-made-up-token" };
  expect(await found(["--instance", "eu"], env, text)).toEqual({ instance: zitadel.url, findings: [], notes: [] });
});

test("of several exports, those that have the instance name its server", async () => {
  const hook = zitadel.add({ ...webhook, name: "hook" });
  const exports = [
    stackExport([on("us", "other", "400661751630138406")], [], "", instances({ us: settings() })),
    stackExport([on("eu", "hook", hook.id)], [], "", instances({ eu: settings() })),
  ];
  const folder = await mkdtemp(join(tmpdir(), "doctor-instance-"));
  const files = ["us.json", "eu.json"].map((name) => join(folder, name));
  for (const [index, file] of files.entries()) await writeFile(file, exports[index] ?? "", { mode: 0o600 });
  const { code, stdout } = await doctor([...files, "--instance", "eu"], {});
  await rm(folder, { recursive: true });
  expect(code).toBe(3); // `us` is another name of the same server
  expect(stdout).toContain(`${zitadel.url} (instance "eu") has targets: 1,`);
});

test("entries under another name of the same server are looked at too", async () => {
  const [eu, main] = [zitadel.add({ ...webhook, name: "eu" }), zitadel.add({ ...webhook, name: "main" })];
  const config = {
    "zitadel-actions:port": String(zitadel.port),
    "zitadel-actions:insecure": "true",
    ...instances({ eu: settings(), us: { domain: "us.example.com", accessToken: "a-token-of-the-us" } }),
  };
  const entries = [on("eu", "eu", eu.id), on(undefined, "main", main.id), on("us", "us", "400661751630138406")];
  const text = stackExport(entries, [], "localhost", config);
  for (const args of [[], ["--instance", "eu"]]) {
    expect(await found(args, settingsFor(zitadel), text)).toMatchObject({
      findings: [],
      notes: ["Left out: 1 on other instances (zitadel-actions:instances, or provider resources)."],
    });
  }
});

describe("two instances behind one address, with different external domains", () => {
  const at = (externalDomain: string) => ({ ...settings(), externalDomain });
  const config = () => ({
    "zitadel-actions:port": String(zitadel.port),
    "zitadel-actions:insecure": "true",
    "zitadel-actions:externalDomain": shown("http://auth.example.com"),
    ...instances({ staging: at("http://staging.example.com") }),
  });
  const env = () => ({ ...settingsFor(zitadel), ZITADEL_EXTERNAL_DOMAIN: `http://localhost:${zitadel.port}` });

  test("the entries of the other one are left out", async () => {
    const main = zitadel.add({ ...webhook, name: "main" });
    const entries = [on(undefined, "main", main.id), on("staging", "main", "400661751630138406")];
    const text = stackExport(entries, [], "localhost", config());
    expect(await found([], env(), text)).toMatchObject({
      findings: [],
      notes: ["Left out: 1 on other instances (zitadel-actions:instances, or provider resources)."],
    });
  });
});

test("where the host is that of a named instance, the note says which", async () => {
  const text = stackExport([], [], "elsewhere.example.com", instances({ eu: settings() }));
  const { notes } = await found([], settingsFor(zitadel), text);
  expect(notes).toEqual([
    expect.stringMatching(/: the stack calls this instance "eu", so run this again with --instance eu\.$/),
  ]);
});

test("what belongs to the named instance can be removed only where no entry has it", async () => {
  const hook = zitadel.add({ ...webhook, name: "hook" });
  const lost = zitadel.add({ ...webhook, name: "lost" });
  const text = stackExport([on("eu", "hook", hook.id)], [], "elsewhere.example.com", instances({ eu: settings() }));
  const refusal = await doctor(["-", "--instance", "eu", "--remove", hook.id], {}, text);
  expect(refusal).toMatchObject({ code: 1, stderr: expect.stringMatching(/has a state entry/) as string });
  expect((await doctor(["-", "--instance", "eu", "--remove", lost.id], {}, text)).code).toBe(0);
  expect(zitadel.targets().map(({ id }) => id)).toEqual([hook.id]);
});

test.each([
  [
    "is not in the export",
    {},
    /^Finding instance "eu" failed: the export has no zitadel-actions:instances, and nothing in its state is on this instance\. Give the stack's name with --stack\.$/m,
  ],
  [
    "is encrypted",
    { "zitadel-actions:instances": encrypted },
    /is encrypted in the export, and nothing in its state is on this instance\. Give .*--stack, or give an export .*--show-secrets/,
  ],
  [
    "lacks that name",
    instances({ us: {} }),
    /^Reading instance "eu" from standard input failed: zitadel-actions:instances has no instance "eu"/,
  ],
])("an instance is an error where zitadel-actions:instances %s", async (_, config, said) => {
  const { code, stdout, stderr } = await doctor(
    ["-", "--instance", "eu"],
    {},
    stackExport([], [], "localhost", config),
  );
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(said);
  expect(seen(zitadel)).toEqual({});
});

describe("a misspelt name gets a suggestion", () => {
  test("from the settings in the export", async () => {
    const text = stackExport([], [], "localhost", instances({ eu: settings(), us: settings() }));
    const { code, stderr } = await doctor(["-", "--instance", "euu"], {}, text);
    expect(code).toBe(1);
    expect(stderr).toContain('no instance "euu" (configured: "eu", "us"). Did you mean "eu"? Otherwise, add it');
  });

  test("from the entries, if the settings are encrypted", async () => {
    const text = stackExport([on("europe", "hook", "400661751630138406")], [], "localhost", {
      "zitadel-actions:instances": encrypted,
    });
    for (const [name, meant] of [
      ["eurpoe", ' Did you mean "europe"?'],
      ["asia", ""],
    ]) {
      const { code, stdout, stderr } = await doctor(["-", "--instance", name ?? ""], settingsFor(zitadel), text);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(
        `Finding instance "${name}" failed: zitadel-actions:instances is encrypted in the export, and nothing in its state is on this instance (only "europe").${meant} Give the stack's name with --stack, or give an export`,
      );
    }
    expect(seen(zitadel)).toEqual({});
  });
});

test("without a host in the environment, an instance whose settings are encrypted is an error that names the ways", async () => {
  const text = stackExport([on("eu", "hook", "400661751630138406")], [], "localhost", {
    "zitadel-actions:instances": encrypted,
  });
  const { code, stderr } = await doctor(["-", "--instance", "eu"], {}, text);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^Finding instance "eu" failed: zitadel-actions:instances is encrypted in the export\. Give .*--stack, or set ZITADEL_DOMAIN .*--show-secrets/,
  );
});

test("an empty name is not understood", async () => {
  const { code, stderr } = await doctor(["-", "--instance", ""], {}, stackExport([]));
  expect(code).toBe(2);
  expect(stderr).toMatch(/^--instance needs the name of an instance\.\n/);
});
