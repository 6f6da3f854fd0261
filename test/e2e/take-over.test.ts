import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { engineOnThisMachine } from "../../local/deployment";
import { openStack } from "../../local/engine";
import { startZitadel } from "../../local/zitadel";
import { configFor, programs } from "../support/deploy";

const run = promisify(execFile);

// The pulumi CLI takes over a stack that local/engine created. Without the CLI, there is nothing to test.
const withCli = engineOnThisMachine() === "pulumi" ? test : test.skip;

withCli("pulumi stack import takes the stack over, and the next preview shows no changes", async () => {
  const folder = await mkdtemp(join(tmpdir(), "take-over-"));
  const zitadel = await startZitadel();
  try {
    const project = join(folder, "program");
    await cp(join(programs, "targets"), project, { recursive: true });
    const root = join(__dirname, "..", "..");
    await mkdir(join(project, "node_modules"));
    await symlink(join(root, "node_modules", "@pulumi"), join(project, "node_modules", "@pulumi"));
    await symlink(root, join(project, "node_modules", "pulumi-zitadel-actions"));

    const hook = { endpoint: "https://example.com", timeout: "1m30s", restWebhook: {}, rotationTriggers: [1] };
    const env = {
      TARGETS: JSON.stringify({ hook, other: { ...hook, from: "hook" } }),
      ZITADEL_ACCESS_TOKEN: zitadel.accessToken,
      PULUMI_HOME: join(folder, "home"),
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "correct horse",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      NODE_COMPILE_CACHE: join(folder, "cache"),
    };
    const { "zitadel-actions:accessToken": _, ...config } = configFor(zitadel);
    const stack = await openStack({
      projectDir: project,
      stack: "dev",
      stateDir: join(folder, "local"),
      passphrase: env.PULUMI_CONFIG_PASSPHRASE,
      env,
    });
    stack.setAllConfig(config);
    expect((await stack.up()).exitCode).toBe(0);
    await writeFile(join(folder, "export.json"), JSON.stringify(await stack.exportStack()));
    zitadel.clearRequests();

    // Not in this process' own thread: ZITADEL is served from it.
    const pulumi = async (...args: string[]) =>
      (
        await run("pulumi", [...args, "--non-interactive", "--color", "never"], {
          cwd: project,
          env: { ...process.env, ...env },
        })
      ).stdout;
    await pulumi("stack", "init", "dev");
    for (const [key, value] of Object.entries(config)) await pulumi("config", "set", key, value);
    await pulumi("stack", "import", "--file", join(folder, "export.json"));
    expect(await pulumi("preview", "--diff", "--expect-no-changes")).toContain("3 unchanged");
    expect(zitadel.requests).toEqual([]);
    expect(await pulumi("stack", "output", "hook", "--show-secrets")).toContain(zitadel.targets()[0]?.signingKey);
    await pulumi("destroy", "--yes", "--skip-preview");
    expect(zitadel.targets()).toEqual([]);
  } finally {
    await zitadel.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
