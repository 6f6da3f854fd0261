import { execFile, spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { engineOnThisMachine, passphrase } from "../../local/deployment";
import { openStage, programs, type Stage } from "../support/deploy";
import { marks } from "../support/marks";
import { PackFolder, shippedPack, violations } from "../support/policies";

// `pulumi policy analyze` reports what an existing stack violates. Only the real CLI has that command, since 3.229, and later with --file.

jest.setTimeout(300_000);
const help = () => spawnSync("pulumi", ["policy", "analyze", "--help"], { encoding: "utf8" }).stdout;
const withCli = engineOnThisMachine() === "pulumi" && help().includes("--file") ? test : test.skip;

const folder = new PackFolder();
let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());
afterAll(() => folder.remove());

/** Runs the command with the shipped pack. The home has the CLI's plugins. */
function analyze(args: readonly string[], env: Record<string, string> = {}): Promise<{ code: unknown; text: string }> {
  const { PATH = "" } = process.env;
  const home = join(stage.deployment.folder, "home");
  const all = ["policy", "analyze", "--policy-pack", shippedPack, "--color", "never", "--non-interactive", ...args];
  const options = {
    cwd: join(programs, "targets"),
    env: { PATH, HOME: home, PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true", ...env },
  };
  return new Promise((resolve) => {
    execFile("pulumi", all, options, (error, stdout, stderr) => {
      marks.write("what an analysis printed", stdout + stderr);
      resolve({ code: error?.code ?? 0, text: stdout + stderr });
    });
  });
}

withCli("an exported state is checked without its secrets and with them, and so is the stack itself", async () => {
  stage.declare({
    slow: { endpoint: "https://hooks.example.com/", timeout: "20s", restWebhook: { interruptOnError: true } },
    hidden: { secretEndpoint: "http://hooks.example.com/", timeout: "10s", restAsync: {}, rotationTriggers: ["1"] },
  });
  expect(await stage.run("up")).toMatchObject({ exitCode: 0 });
  const file = join(folder.folder, "state.json");
  const state = await stage.deployment.exportStack();
  await writeFile(file, JSON.stringify(state));

  const { code, text } = await analyze(["--file", file]);
  expect(violations(text)).toEqual(["advisory zitadel-rotation slow", "mandatory zitadel-timeouts slow"]);
  expect(code).not.toBe(0);

  const env = { PULUMI_CONFIG_PASSPHRASE: passphrase };
  const all = [
    "advisory zitadel-rotation slow",
    "mandatory zitadel-endpoint-https hidden",
    "mandatory zitadel-timeouts slow",
  ];
  expect(violations((await analyze(["--file", file], env)).text)).toEqual(all);

  const { resources = [] } = state.deployment as { resources?: { urn: string }[] };
  const [, , name = ""] = resources[0]?.urn.split(":") ?? [];
  const backend = { ...env, PULUMI_BACKEND_URL: `file://${stage.deployment.folder}` };
  expect(violations((await analyze(["--stack", name], backend)).text)).toEqual(all);
});
