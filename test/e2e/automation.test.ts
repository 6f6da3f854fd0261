import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { engineOnThisMachine } from "../../local/deployment";
import { startZitadel, type Zitadel } from "../../local/zitadel";
import { programs } from "../support/deploy";
import { read, snippets } from "../support/documents";
import { marks } from "../support/marks";

// The program of docs/automation.md, with the real CLI: two inline stacks at once in one process, which runs in another folder.

const withCli = engineOnThisMachine() === "pulumi" ? test : test.skip;

const [page] = snippets(read("docs/automation.md"));

/** What is different in a test: the page's program, and the configuration of the second stack. */
interface Change {
  program: (code: string) => string;
  config: object;
}
const unchanged: Change = { program: (code) => code, config: {} };

/** Deploys two stacks with the page's function, each to its own server, and prints a hash of the secret output of each. */
const caller = (main: string, servers: readonly Zitadel[], change: Change): string => `
${change.program(page?.code.replace("import.meta.dirname", main) ?? "")}
const servers = ${JSON.stringify(servers.map(({ domain, port, accessToken }) => ({ domain, port, accessToken })))};
const results = await Promise.allSettled(servers.map(({ domain, port, accessToken }, index) => up(
  "stack-" + index,
  "https://example.com/" + index,
  {
    "zitadel-actions:domain": { value: domain },
    "zitadel-actions:port": { value: String(port) },
    "zitadel-actions:insecure": { value: "true" },
    ...(index === 1 && ${JSON.stringify(change.config)}),
  },
  accessToken,
)));
const { createHash } = await import("node:crypto");
const hash = (text) => createHash("sha256").update(text).digest("hex");
const shown = ({ value: key, reason }) => (key === undefined ? String(reason) : { secret: key.secret, hash: hash(key.value) });
console.log(JSON.stringify(results.map(shown)));
`;

let elsewhere: string;
let project: string;
let servers: Zitadel[];
beforeEach(async () => {
  elsewhere = await mkdtemp(join(tmpdir(), "automation-"));
  project = await mkdtemp(join(programs, "automation-"));
  await mkdir(join(elsewhere, "states"));
  servers = [await startZitadel(), await startZitadel()];
});
afterEach(async () => {
  for (const server of servers) await server.stop();
  await rm(project, { recursive: true });
  await rm(elsewhere, { recursive: true });
});

async function deploy(main: string, change = unchanged): Promise<unknown> {
  const file = join(project, "deploy.mts");
  await writeFile(file, caller(main, servers, change));
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^ZITADEL_|_PROXY$/i.test(name))),
    PULUMI_BACKEND_URL: `file://${join(elsewhere, "states")}`,
    PULUMI_HOME: join(elsewhere, "home"),
    PULUMI_CONFIG_PASSPHRASE: "automation",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
  const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: elsewhere, env });
  marks.writeFolder("the states of an Automation API program", join(elsewhere, "states"));
  return JSON.parse(stdout);
}

test("the page has the program", () => {
  expect(page?.code).toContain("main: import.meta.dirname");
  expect(page?.marks).toContain("module");
});

withCli(
  "two stacks of one process deploy at once, each to its own server with its own credential",
  async () => {
    const outputs = await deploy("import.meta.dirname");
    expect(servers.map((server) => server.targets().map(({ endpoint }) => endpoint))).toEqual([
      ["https://example.com/0"],
      ["https://example.com/1"],
    ]);
    const hashes = servers
      .map((server) => server.targets()[0]?.signingKey ?? "")
      .map((text) => createHash("sha256").update(text).digest("hex"));
    expect(outputs).toEqual(hashes.map((hash) => ({ secret: true, hash })));
  },
  180_000,
);

withCli(
  "without `main`, a process that runs elsewhere does not find the provider, as the page says",
  async () => {
    const failures = (await deploy("undefined")) as string[];
    for (const failure of failures)
      expect(failure).toContain("Cannot find module '@pulumi/pulumi/cmd/dynamic-provider'");
    expect(servers.flatMap((server) => server.targets())).toEqual([]);
  },
  180_000,
);

/** The page's function, with a lookup in the program of the second stack. */
const withLookup = (code: string) =>
  `import { getTarget } from "pulumi-zitadel-actions";\n${code.replace("return {", 'if (stackName === "stack-1") await getTarget({ name: "none" });\n    return {')}`;

withCli.each<[string, Change, string]>([
  [
    "a misspelt setting",
    { ...unchanged, config: { "zitadel-actions:domian": { value: "x" } } },
    "Stack stack-1: zitadel-actions:domian in the stack configuration is not a setting. Did you mean zitadel-actions:domain?",
  ],
  [
    "a lookup whose credential is in `envVars`",
    { ...unchanged, program: withLookup },
    "Stack stack-1: no credential is set: ",
  ],
])(
  "an error in an inline program names its stack: %s",
  async (_, change, said) => {
    const [, failure] = (await deploy("import.meta.dirname", change)) as [unknown, string];
    expect(failure).toContain(said);
    if (change.program === withLookup)
      expect(failure).toContain("An inline program reads the environment of its own process, not `envVars`.");
  },
  180_000,
);
