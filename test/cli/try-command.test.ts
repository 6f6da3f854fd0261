import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openDeployment } from "../../local/deployment";
import { type Came, cli } from "../support/cli";
import { programs } from "../support/deploy";
import { read, root } from "../support/documents";
import { areOnPath } from "../support/processes";

// `try` deploys a program from preview to destroy, with its own mock server.

jest.setTimeout(300_000);

async function inFolder(files: Readonly<Record<string, string>>, act: (folder: string) => Promise<void>) {
  const folder = await mkdtemp(join(programs, "try-"));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    await act(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

// As `pulumi new` writes it.
const project = "name: tried\nruntime: {name: nodejs, options: {packagemanager: npm}}\nmain: index.js\n";
const target = (inputs: string) => `
const pulumi = require("@pulumi/pulumi");
const { ZitadelTarget } = require("pulumi-zitadel-actions");
new ZitadelTarget("audit", { endpoint: "https://example.com/", restAsync: {}, ${inputs} });
`;

test("a program goes from preview to destroy, and each step says which requests it sent and what the server has", async () => {
  const { code, stdout } = await cli([
    "try",
    join(root, "examples", "execution"),
    "--config",
    "receiver=https://example.com",
  ]);
  const said = [...stdout.matchAll(/^Requests sent: (.*)$/gm)].map(([, what]) => what);
  const name = (of: string) => new RegExp(`target (${of}-[0-9a-f]{7}): `).exec(stdout)?.[1] ?? "?";
  expect({ code, said }).toEqual({
    code: 0,
    said: [
      "none",
      "2 create target, 1 set execution, 1 list executions",
      "none",
      "2 delete target, 1 set execution, 1 list executions",
    ],
  });
  expect(stdout).toContain(`  target ${name("check")}: restWebhook, 3s, https://example.com/check\n`);
  expect(stdout).toContain(
    `  execution request/zitadel.session.v2.SessionService/CreateSession: ${name("check")}, ${name("audit")}\n`,
  );
  expect([...stdout.matchAll(/^The server has: nothing$/gm)]).toHaveLength(2);
  expect(stdout).toMatch(/^Everything worked, and nothing is left on the server\.$/m);
  // It is the example of docs/commands.md.
  const [, shown = ""] = /```text\n(Requests sent: 2 create[\s\S]*?)```/.exec(read("docs/commands.md").text) ?? [];
  const alike = (text: string) => text.replaceAll(/-[0-9a-f]{7}\b/g, "-<digits>");
  expect(shown).not.toBe("");
  expect(alike(stdout)).toContain(alike(shown));
});

test("configuration is given as to `pulumi up`, for the project unless it names another namespace", async () => {
  const program = target(
    'timeout: new pulumi.Config().require("timeout"), name: new pulumi.Config("other").require("name")',
  );
  await inFolder({ "Pulumi.yaml": project, "index.js": program }, async (folder) => {
    const { code, stdout } = await cli(["try", folder, "--config", "timeout=7s", "--config", "other:name=a=b"]);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(stdout).toContain("  target a=b: restAsync, 7s, https://example.com/\n");
  });
});

test("a program that declares something else each time is reported", async () => {
  const program = target('timeout: "5s", rotationTriggers: [process.hrtime.bigint().toString()]');
  await inFolder({ "Pulumi.yaml": project, "index.js": program }, async (folder) => {
    const { code, stdout } = await cli(["try", folder]);
    expect({ code, stdout }).toMatchObject({ code: 3 });
    expect(stdout).toContain("Requests sent: 1 update target\n");
    expect(stdout).toMatch(
      /^The second up changed something again: the program declares something else each time it runs\.$/m,
    );
  });
});

test("a named instance is another mock server, and without its option the message says how to give its name", async () => {
  const files = { "Pulumi.yaml": project, "index.js": target('timeout: "5s", instance: "e u"') };
  await inFolder(files, async (folder) => {
    const without = await cli(["try", folder]);
    expect(without).toMatchObject({ code: 1 });
    expect(without.stderr).toContain(
      "note: try starts a mock server for a named instance if you add --instance 'e u'.\n",
    );

    const { code, stdout } = await cli(["try", folder, "--instance", "e u", "--instance", "us"]);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    const [, up = ""] = stdout.split("── up ");
    expect(up).toMatch(
      /^Requests sent: none\nThe server has: nothing\n\nInstance "e u"\nRequests sent: 1 create target\nThe server has:\n {2}target audit-\w+: .*\n\nInstance "us"\nRequests sent: none\n/m,
    );
  });
});

test("after a mistake nothing else is tried", async () => {
  await inFolder({ "Pulumi.yaml": project, "index.js": target('timeout: "5 minutes"') }, async (folder) => {
    const { code, stdout, stderr } = await cli(["try", folder]);
    expect({ code, stderr }).toMatchObject({ code: 1 });
    expect(stderr).toContain("The preview failed, so the next steps are skipped.\n");
    expect(stdout).toContain("timeout");
    expect(stdout).not.toContain("── up");
  });
});

test.each(["TS5107", "TS6046"])(
  "a mistake that the compiler calls %s is explained in the package's pages",
  async (code) => {
    expect(read("docs/troubleshooting.md").text).toContain(`## ${code}\n`);
    const throwing = `throw new Error("index.ts(1,1): error ${code}: not like this");`;
    await inFolder({ "Pulumi.yaml": project, "index.js": throwing }, async (folder) => {
      const { stderr } = await cli(["try", folder]);
      expect(stderr).toContain(
        `note: ${code} is explained in node_modules/pulumi-zitadel-actions/docs/troubleshooting.md.`,
      );
    });
  },
);

test("a folder without a project is an error that says so", async () => {
  const { code, stdout, stderr } = await cli(["try", join(root, "docs")]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(
    /^Reading the project in .* failed: no Pulumi\.yaml in .*Give the folder with the program's Pulumi\.yaml/,
  );
});

/** Runs `act` as on a machine whose PATH has only `folder`. */
async function withPath(folder: string, act: () => Promise<Came>): Promise<Came> {
  const { PATH = "" } = process.env;
  process.env["PATH"] = folder;
  try {
    return await act();
  } finally {
    process.env["PATH"] = PATH;
  }
}

test.each([
  [
    "bun",
    "runtime: bun",
    /the runtime is "bun", which needs the Pulumi CLI: .* If the program uses nothing of Bun, try it with `runtime: nodejs`\.$/m,
  ],
  ["bun, with options", "runtime: {name: bun, options: {}}", /the runtime is "bun", which needs/],
  [
    "YAML",
    "runtime: yaml",
    /the runtime is "yaml", which needs the Pulumi CLI: put `pulumi` on the PATH\. The small engine runs only programs for Node \(`runtime: nodejs`\)\.$/m,
  ],
  ["Python", "runtime: {name: python}", /the runtime is "python", which needs/],
  ["none", "description: x", /it sets no runtime\. Add `runtime: nodejs`\.$/m],
])("without the CLI, a program for another runtime is an error that says what to do: %s", async (_, runtime, said) => {
  await inFolder({ "Pulumi.yaml": `name: tried\n${runtime}\n` }, async (folder) => {
    const { code, stdout, stderr } = await withPath(folder, () => cli(["try", folder]));
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^Reading the project in .* failed: .*Pulumi\.yaml: /);
    expect(stderr).toMatch(said);
    expect(stderr).not.toContain("Give the folder");
    const deployment = await openDeployment({ projectDir: folder, engine: "local/engine" });
    await expect(deployment.preview()).rejects.toThrow(/the runtime is "|it sets no runtime/);
    await deployment.close();
  });
});

test.each([
  [
    "a language without the plugin",
    "runtime: yaml",
    /the runtime is "yaml", and plugins\.providers does not name zitadel-actions\. Name the plugin there, as node_modules\/pulumi-zitadel-actions\/docs\/other-languages\.md shows\.$/m,
  ],
  ["no runtime", "description: x", /it sets no runtime\. Add `runtime: nodejs`\.$/m],
])("with the CLI, a project that it cannot run is an error that says what to do: %s", async (_, runtime, said) => {
  await inFolder({ "Pulumi.yaml": `name: tried\n${runtime}\n`, pulumi: "" }, async (folder) => {
    await chmod(join(folder, "pulumi"), 0o755);
    const { code, stdout, stderr } = await withPath(folder, () => cli(["try", folder]));
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(said);
  });
});

// Only the CLI runs YAML.
const yamlTest = areOnPath("pulumi", "pulumi-language-yaml") ? test : test.skip;
yamlTest(
  "a program in YAML goes from preview to destroy, where the CLI with its YAML host is on the PATH",
  async () => {
    const example = read("examples/native/yaml/Pulumi.yaml").text;
    const files = { "Pulumi.yaml": example.replace(/path: .*/, "path: ../../../../plugin") };
    await inFolder(files, async (folder) => {
      const { code, stdout, stderr } = await cli(["try", folder]);
      const said = [...stdout.matchAll(/^Requests sent: (.*)$/gm)].map(([, what]) => what);
      expect({ code, said, stderr }).toMatchObject({
        code: 0,
        said: [
          "none",
          "1 create target, 1 set execution, 1 list executions",
          "none",
          "1 delete target, 1 set execution",
        ],
      });
      expect(stdout).toMatch(/^ {2}target check-[0-9a-f]{7}: restWebhook, 3s, https:\/\/example\.com\/check$/m);
      expect(await readdir(folder)).toEqual(["Pulumi.yaml"]);
    });
  },
);

test.each([
  [["--config", "timeout"], "--config takes KEY=VALUE."],
  [["one", "two"], "Give one folder at a time."],
  [["--instance", ""], "--instance needs the name of an instance."],
  ...["zitadel-actions:instances", "zitadel:instances", "zitadel-actions:domain"].map((key): [string[], string] => [
    ["--config", `${key}={}`],
    `--config cannot set ${key}: try sends all requests to its own mock server. For a program with named instances, give each name with --instance.`,
  ]),
])("%j is not understood", async (args, said) => {
  const folder = join(root, "examples", "execution");
  const { code, stderr } = await cli(["try", ...(args[0] === "one" ? args : [folder, ...args])]);
  expect({ code, stderr: stderr.split("\n")[0] }).toEqual({ code: 2, stderr: said });
});
