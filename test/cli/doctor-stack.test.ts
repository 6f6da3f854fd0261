import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startZitadel, type Zitadel } from "../../local/zitadel";
import { cli } from "../support/cli";
import { doctor, encrypted, entry, settingsFor, shown, stackExport } from "../support/doctor";
import { declaredBy } from "../support/exported";
import { seen, webhook } from "../support/world";

// `doctor --stack` and `export --stack` read a stack's own configuration with the Pulumi CLI. Here a script answers in its place;
// test/e2e/pipelines-apply.test.ts runs `doctor --stack` with the CLI where there is one.

let zitadel: Zitadel;
let folder: string;

beforeEach(async () => {
  zitadel = await startZitadel();
  folder = await mkdtemp(join(tmpdir(), "stack-"));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await zitadel.stop();
  await rm(folder, { recursive: true });
});

/** The settings of the mock server, as `zitadel-actions:instances` has them. */
const settings = () => {
  const { domain, port, accessToken } = zitadel;
  return { domain, port, insecure: true, accessToken };
};
const instances = (name: string) => ({ "zitadel-actions:instances": JSON.stringify({ [name]: settings() }) });
const own = () => ({
  "zitadel-actions:domain": zitadel.domain,
  "zitadel-actions:port": String(zitadel.port),
  "zitadel-actions:insecure": "true",
  "zitadel-actions:accessToken": zitadel.accessToken,
});

/** An environment with a `pulumi` that knows this configuration, and this state for the stack `dev`. */
async function pulumi(config: Record<string, string>, state = stackExport([])): Promise<Record<string, string>> {
  const entries = Object.entries(config).map(([key, value]) => [key, { value, secret: true }]);
  await writeFile(join(folder, "config"), JSON.stringify(Object.fromEntries(entries)));
  await writeFile(join(folder, "state"), state);
  const script = `#!/bin/sh
echo "$*" >> "${folder}/commands"
case "$*" in
  *"--stack other"*) echo "error: no stack named 'other' found" >&2; exit 255 ;;
  "config --json --show-secrets"*) exec /bin/cat "${folder}/config" ;;
  "stack export --show-secrets --stack dev"*) exec /bin/cat "${folder}/state" ;;
esac
exit 2
`;
  await writeFile(join(folder, "pulumi"), script);
  await chmod(join(folder, "pulumi"), 0o755);
  return { PATH: folder };
}

test("doctor takes address and credential from the configuration of the stack, as it is now", async () => {
  const hook = zitadel.add({ ...webhook, name: "hook" });
  const lost = zitadel.add({ ...webhook, name: "lost" });
  const state = stackExport([entry("Target", "hook", hook.id)], [], "before.example.com");
  const { code, stdout, stderr } = await doctor(["--stack", "dev"], await pulumi(own(), state));
  expect({ code, stderr }).toEqual({ code: 3, stderr: "" });
  expect(stdout).toMatch(`${zitadel.url} has targets: 2, `);
  expect(stdout).toContain("In stack dev: 1 entry.");
  expect(stdout).toContain(`target ${lost.id} "lost"`);
});

test.each(["jwtProfileFile", "instances", "ZITADEL_JWT_PROFILE_FILE"])(
  "a relative path in %s starts at the program's folder, as in a deployment",
  async (setting) => {
    const { "zitadel-actions:accessToken": _, ...address } = own();
    const { accessToken: __, ...place } = settings();
    const named = JSON.stringify({ eu: { ...place, jwtProfileFile: "../key.json" } });
    const config = {
      ...address,
      ...(setting === "jwtProfileFile" && { "zitadel-actions:jwtProfileFile": "../key.json" }),
      ...(setting === "instances" && { "zitadel-actions:instances": named }),
    };
    const env = {
      ...(await pulumi(config)),
      ...(setting === "ZITADEL_JWT_PROFILE_FILE" && { [setting]: "../key.json" }),
    };
    await mkdir(join(folder, "project", "app", "src"), { recursive: true });
    await mkdir(join(folder, "project", "docs"));
    await writeFile(join(folder, "project", "Pulumi.yaml"), "name: x\nruntime: bun\nmain: app/src\n");
    await writeFile(join(folder, "project", "app", "key.json"), JSON.stringify(await zitadel.owner.keyFile()), {
      mode: 0o600,
    });
    jest.spyOn(process, "cwd").mockReturnValue(join(folder, "project", "docs"));
    const args = ["--stack", "dev", ...(setting === "instances" ? ["--instance", "eu"] : [])];
    for (const command of ["doctor", "export"])
      expect(await cli([command, ...args], { env })).toMatchObject({ code: 0 });
  },
);

test("it compares signing keys, and prints none", async () => {
  const { id, signingKey } = zitadel.add({ ...webhook, name: "hook" });
  const outputs = { name: "hook", signingKey: shown("another-key-made-up-for-this-test-01") };
  const state = stackExport([entry("Target", "hook", id, { outputs })]);
  const { stdout } = await doctor(["--stack", "dev", "--json"], await pulumi(own(), state));
  expect(JSON.parse(stdout)).toMatchObject({ findings: [{ problem: "otherKey", id }], notes: [] });
  expect(stdout).not.toContain(signingKey);
});

test.each(["eu", "main-2"])("the instance can have any name, such as %s, and the report says it", async (name) => {
  const hook = zitadel.add({ ...webhook, name: "hook" });
  const state = stackExport([entry("Target", "hook", hook.id, { outputs: { name: "hook", instance: name } })]);
  const env = await pulumi(instances(name), state);
  const { code, stdout } = await doctor(["--stack", "dev", "--instance", name], env);
  expect(code).toBe(0);
  expect(stdout).toMatch(`${zitadel.url} (instance "${name}") has targets: 1, `);
  const json = await doctor(["--stack", "dev", "--instance", name, "--json"], env);
  expect(JSON.parse(json.stdout)).toMatchObject({ instance: zitadel.url, instanceName: name });

  const exported = await cli(["export", "--stack", "dev", "--instance", name], { env });
  expect(exported.stdout).toContain(`    instance: "${name}",\n`.slice(2));
  expect(declaredBy(exported.stdout)).toHaveLength(1);
  expect(exported.stderr).toContain(`Exported ${zitadel.url} (instance "${name}") (targets: 1,`);
});

describe("export takes a named instance from the selected stack where none is named, whatever the environment names", () => {
  const elsewhere = { ZITADEL_DOMAIN: "elsewhere.example.com", ZITADEL_ACCESS_TOKEN: "a-made-up-token" };

  test("one that its settings have", async () => {
    zitadel.add({ ...webhook, name: "hook" });
    const env = { ...(await pulumi(instances("eu"))), ...elsewhere };
    const { code, stdout, stderr } = await cli(["export", "--instance", "eu"], { env });
    expect(code).toBe(0);
    expect(stdout).toContain('instance: "eu"');
    expect(stderr).toContain(`Exported ${zitadel.url} (instance "eu") (targets: 1,`);
    expect(await readFile(join(folder, "commands"), "utf8")).toBe("config --json --show-secrets --non-interactive\n");
  });

  test.each([
    ["nope", /has no instance "nope" \(configured: "eu"\): add it with /],
    ["euu", /has no instance "euu" \(configured: "eu"\)\. Did you mean "eu"\? /],
  ])("and fails for %s, which they do not have", async (name, said) => {
    const env = { ...(await pulumi(instances("eu"))), ...settingsFor(zitadel) };
    const { code, stdout, stderr } = await cli(["export", "--instance", name], { env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(said);
    expect(seen(zitadel)).toEqual({});
  });

  test("and fails without the Pulumi CLI", async () => {
    const env = { ...settingsFor(zitadel), PATH: "" };
    expect(await cli(["export", "--instance", "eu"], { env })).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "Reading the selected stack failed: there is no pulumi on the PATH. Install the Pulumi CLI, or leave --instance out.\n",
    });
    expect(seen(zitadel)).toEqual({});
  });
});

describe("where the configuration has only named instances", () => {
  const two = () => ({ "zitadel-actions:instances": JSON.stringify({ eu: settings(), "us 2": settings() }) });
  const names =
    'zitadel-actions:domain is not set, but zitadel-actions:instances has "eu", "us 2": pass one of these names (`--instance eu`)';

  test.each(["doctor", "export"])("%s --stack says which, and how to select one", async (command) => {
    const env = { ...(await pulumi(two())), ZITADEL_ACCESS_TOKEN: zitadel.accessToken };
    const { code, stdout, stderr } = await cli([command, "--stack", "dev"], { env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`Reading the default instance from stack dev failed: ${names}`);
    expect(stderr).not.toContain("credential is set");
    expect(seen(zitadel)).toEqual({});
  });

  test.each<[string, Record<string, unknown>, string | undefined, string]>([
    ["in the export's configuration", { "zitadel-actions:instances": shown('{"eu":{}}') }, undefined, '"eu"'],
    ["in its entries, if the configuration is encrypted", { "zitadel-actions:instances": encrypted }, "us 2", '"us 2"'],
  ])("doctor finds the names %s", async (_, config, instance, all) => {
    const outputs = { name: "hook", ...(instance !== undefined && { instance }) };
    const entries = instance === undefined ? [] : [entry("Target", "hook", "400661751630138406", { outputs })];
    const { code, stderr } = await doctor(
      ["-"],
      {},
      stackExport(entries, [], "", { ...config, "zitadel-actions:domain": undefined }),
    );
    expect(code).toBe(1);
    const option = instance === undefined ? "--instance eu" : "--instance 'us 2'";
    expect(stderr).toBe(
      `Reading the default instance from standard input failed: zitadel-actions:domain is not set, but zitadel-actions:instances has ${all}: pass one of these names (\`${option}\`).\n`,
    );
  });
});

test("a credential of the environment goes to the host of the stack, and to no other", async () => {
  const { "zitadel-actions:accessToken": _, ...address } = own();
  const env = { ...(await pulumi(address)), ZITADEL_ACCESS_TOKEN: zitadel.accessToken };
  expect((await doctor(["--stack", "dev"], env)).code).toBe(0);
  const { code, stderr } = await doctor(["--stack", "dev"], { ...env, ZITADEL_DOMAIN: "other.example.com" });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^Reading the default instance from stack dev failed: ZITADEL_DOMAIN .* is not this stack's/);
});

test("without --stack and ZITADEL_DOMAIN, the address comes from the configuration in the export", async () => {
  const { "zitadel-actions:accessToken": _, ...address } = own();
  const config = { ...address, "zitadel-actions:accessToken": encrypted };
  const state = stackExport([], [], zitadel.domain, config);
  const { code, stdout } = await doctor(["-"], { ZITADEL_ACCESS_TOKEN: zitadel.accessToken }, state);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(`${zitadel.url} has`) as string });
});

describe("a plain export whose credential is encrypted", () => {
  const address = () => ({ "zitadel-actions:port": String(zitadel.port), "zitadel-actions:insecure": "true" });
  const said = (key: string) =>
    new RegExp(
      `^Reading the default instance failed: ${key} is encrypted in standard input\\. Give the stack's name with --stack instead, .* ZITADEL_CLIENT_SECRET\\. An export with --show-secrets works too, but`,
    );

  test.each<[string, Record<string, unknown>]>([
    ["zitadel-actions:accessToken", { "zitadel-actions:accessToken": encrypted }],
    ["zitadel:accessToken", { "zitadel:accessToken": encrypted }],
    ["zitadel-actions:jwtProfileJson", { "zitadel-actions:jwtProfileJson": encrypted }],
    ["zitadel-actions:clientSecret", { "zitadel-actions:clientId": "boss", "zitadel-actions:clientSecret": encrypted }],
  ])("is an error that says so, with what to do: %s", async (key, credential) => {
    const state = stackExport([], [], zitadel.domain, { ...address(), ...credential });
    const { code, stdout, stderr } = await doctor(["-"], {}, state);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(said(key));
    // The host can come from the environment, too.
    const host = {
      ZITADEL_DOMAIN: zitadel.domain,
      ...{ ZITADEL_PORT: String(zitadel.port), ZITADEL_INSECURE: "true" },
    };
    expect((await doctor(["-"], host, state)).stderr).toMatch(said(key));
    expect(seen(zitadel)).toEqual({});
    const token = { ZITADEL_ACCESS_TOKEN: zitadel.accessToken };
    expect((await doctor(["-"], token, state)).code).toBe(0);
  });

  test("and so is its domain", async () => {
    const config = { "zitadel-actions:domain": encrypted, "zitadel-actions:accessToken": encrypted };
    const { stderr } = await doctor(["-"], {}, stackExport([], [], "localhost", config));
    expect(stderr).toContain("or set ZITADEL_DOMAIN and a credential: ZITADEL_ACCESS_TOKEN (a personal");
  });

  test("is not the reason for another mistake in the settings", async () => {
    const config = { "zitadel-actions:port": "high", "zitadel-actions:accessToken": encrypted };
    const { stderr } = await doctor(["-"], {}, stackExport([], [], zitadel.domain, config));
    expect(stderr).toMatch(/zitadel-actions:port must be a port/);
  });

  test("is not mentioned where there is none", async () => {
    const { stderr } = await doctor(["-"], {}, stackExport([], [], zitadel.domain, address()));
    expect(stderr).toMatch(/^Reading the default instance from standard input failed: no credential is set: /);
  });
});

test.each([
  [["doctor"], /^Reading stack other failed: pulumi said: no stack named 'other' found\. Run this in the folder/],
  [["export"], /^Reading stack other failed: pulumi said: no stack named 'other' found\. Run this in the folder/],
])("%s fails where the CLI does, and sends nothing", async (command, said) => {
  const { code, stderr } = await cli([...command, "--stack", "other"], { env: await pulumi(own()) });
  expect(code).toBe(1);
  expect(stderr).toMatch(said);
  expect(seen(zitadel)).toEqual({});
});

test("where there is no CLI, the message says what else works", async () => {
  const { code, stderr } = await cli(["doctor", "--stack", "dev"], { env: { PATH: folder } });
  expect(code).toBe(1);
  expect(stderr).toBe(
    "Reading stack dev failed: there is no pulumi on the PATH. Install the Pulumi CLI, or leave --stack out.\n",
  );
});

test.each([
  [["doctor"], /^doctor needs a stack: give --stack NAME, or a stack's export\.\n/],
  [["doctor", "--stack", ""], /^--stack needs the name of a stack\.\n/],
])("%j is not understood", async (args, said) => {
  const { code, stderr } = await cli(args);
  expect(code).toBe(2);
  expect(stderr).toMatch(said);
});
