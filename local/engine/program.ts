// The program, run by the SDK's own host.
import { createRequire } from "node:module";
import path from "node:path";
import { type Child, startChild } from "./child";
import type { Project } from "./project";

export interface ProgramOptions {
  readonly project: Project;
  readonly stack: string;
  readonly address: string;
  readonly config: ReadonlyMap<string, { value: string; secret: boolean }>;
  readonly dryRun: boolean;
  readonly parallel: number;
  readonly env: NodeJS.ProcessEnv;
  readonly onLine: (line: string) => void;
}

/** How the host says that it has already told the user what went wrong. */
export const alreadyReported = 32;

export function startProgram({
  project,
  stack,
  address,
  config,
  dryRun,
  parallel,
  env,
  onLine,
}: ProgramOptions): Child {
  const script = createRequire(path.join(project.programDir, "x.js")).resolve("@pulumi/pulumi/cmd/run");
  const asOldKey = (key: string): string => key.replace(":", ":config:"); // what older SDKs expect; newer ones take both
  const values = Array.from(config, ([key, { value }]) => [asOldKey(key), value]);
  const secretKeys = Array.from(config).flatMap(([key, { secret }]) => (secret ? [key] : []));
  const flags = {
    monitor: address,
    engine: address,
    organization: "organization",
    project: project.name,
    "root-directory": project.rootDir,
    stack,
    pwd: project.programDir,
    parallel: String(parallel),
  };
  return startChild({
    script,
    args: [
      ...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]),
      ...(dryRun ? ["--dry-run"] : []),
      project.entryPoint,
    ],
    nodeArgs: project.nodeArgs,
    cwd: project.programDir,
    env: {
      ...env,
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(values)),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(secretKeys),
      PULUMI_NODEJS_TYPESCRIPT: String(project.typescript),
      ...(project.tsconfig !== undefined && { PULUMI_NODEJS_TSCONFIG_PATH: project.tsconfig }),
    },
    onLine,
  });
}
