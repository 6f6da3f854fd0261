import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { root } from "../documents";
import type { There } from "./github";
import { type JobRun, type Machine, runJob } from "./runner";
import { standIn } from "./workplace";

/** What releases this package: the jobs of .github/workflows/release.yml, with a registry that nothing can be published to. */
export interface Releases {
  /** The working directory of the jobs. */
  readonly workspace: string;
  /** What the registry was asked, when it came to publishing. */
  readonly asked: readonly string[];
  /** Runs a job for a tag; the changelog begins with that heading. */
  run(job: "pack" | "publish", tag: string, heading: string): Promise<JobRun>;
  there(): Pick<There, "releases">;
  close(): void;
}

const { include: sources } = JSON.parse(readFileSync(join(root, "tsconfig.build.json"), "utf8")) as {
  include: string[];
};

/** What is packed, and what it is built and released with. */
const files = [
  ...[...sources, "package.json", "package-lock.json", "README.md", "LICENSE"],
  ...["docs", "examples", "native", "CONTRIBUTING.md"],
  ...["tsconfig.json", "tsconfig.build.json", "tsconfig.webhook.json", "tsconfig.esm.json", ".ci"],
  ...["build", "test/support/internals.ts"],
];

export async function openReleases(): Promise<Releases> {
  const folder = mkdtempSync(join(tmpdir(), "release-"));
  const place = (name: string) => join(folder, name);
  for (const name of ["bin", "home", "temporary"]) mkdirSync(place(name));
  const real = execFileSync("which", ["npm"], { encoding: "utf8" }).trim();
  const cache = execFileSync(real, ["config", "get", "cache"], { encoding: "utf8" }).trim();
  for (const name of ["gh", "npm"]) standIn(place("bin"), name);
  writeFileSync(place("github.json"), JSON.stringify({ releases: [] }));

  const asked: string[] = [];
  const registry = createServer((request, response) => {
    asked.push(`${request.method ?? ""} ${request.url ?? ""}`);
    response.writeHead(404, { "Content-Type": "application/json" }).end("{}");
  });
  await once(registry.listen(0, "127.0.0.1"), "listening");
  const address = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`;

  const workspace = place("workspace");
  const checkOut = (heading: string) => {
    rmSync(workspace, { recursive: true, force: true });
    for (const name of files) cpSync(join(root, name), join(workspace, name), { recursive: true });
    const changelog = readFileSync(join(root, "CHANGELOG.md"), "utf8").replace(/^## .*$/m, heading);
    writeFileSync(join(workspace, "CHANGELOG.md"), `${changelog}\n## 0.0.9 (2025-12-24)\n\n- Something before.\n`);
  };
  const { PATH = "", ...inherited } = process.env;
  const network = Object.entries(inherited).filter(([name]) => /_PROXY$|^npm_config_registry$|_CERTS$/i.test(name));
  const machine: Omit<Machine, "actions"> = {
    folder: place("temporary"),
    workspace,
    env: {
      ...(Object.fromEntries(network) as Record<string, string>),
      PATH: [place("bin"), dirname(process.execPath), PATH].join(delimiter),
      HOME: place("home"),
      TMPDIR: place("temporary"),
      NODE_COMPILE_CACHE: place("compile-cache"),
      REAL_NPM: real,
      GITHUB_STAND_IN: place("github.json"),
      npm_config_cache: cache,
      npm_config_prefer_offline: "true",
      npm_config_update_notifier: "false",
      // A network may have a certificate authority of its own, which the machine trusts.
      NODE_USE_SYSTEM_CA: "1",
    },
    stepEnv: { Publish: { npm_config_dry_run: "true", npm_config_registry: address } },
  };
  return {
    workspace,
    asked,
    run(job, tag, heading) {
      const trigger = { github: { repository: "example/actions", event_name: "push", ref_name: tag }, secrets: {} };
      return runJob(join(root, ".github", "workflows", "release.yml"), job, trigger, {
        ...machine,
        actions: {
          "actions/checkout": () => checkOut(heading),
          "actions/setup-node": () => undefined,
          "actions/upload-artifact": ({ path }) => {
            cpSync(join(workspace, String(path)), place("artifact"), { recursive: true });
            // The next job has a machine of its own.
            rmSync(workspace, { recursive: true });
            mkdirSync(workspace);
          },
          "actions/download-artifact": ({ path }) =>
            cpSync(place("artifact"), join(workspace, String(path)), { recursive: true }),
        },
      });
    },
    there: () => JSON.parse(readFileSync(place("github.json"), "utf8")) as Pick<There, "releases">,
    close() {
      registry.close();
      rmSync(folder, { recursive: true });
    },
  };
}
