import { join } from "node:path";
import { type Deployment, openDeployment } from "../../local/deployment";
import type { ConfigValue, RunResult } from "../../local/engine";
import { startZitadel, type Zitadel, type ZitadelOptions } from "../../local/zitadel";
import { seen } from "./world";

/** A program that declares what it is told, deployed against a stand-in of ZITADEL by whatever engine this machine has. */
export interface Stage {
  readonly zitadel: Zitadel;
  readonly deployment: Deployment;
  /** The stack configuration that leads to the stand-in, and the environment of a program that declares this: for another stack. */
  readonly config: Readonly<Record<string, ConfigValue | string>>;
  envFor(declared: Readonly<Record<string, object>>): Record<string, string | undefined>;
  /** What the program declares from now on: name → inputs. */
  declare(targets: Readonly<Record<string, object>>, env?: Readonly<Record<string, string>>): void;
  /** Sets more of the stack's configuration, beside what leads to the stand-in. */
  configure(more: Readonly<Record<string, ConfigValue | string>>): Promise<void>;
  /** Runs a step; gives what came of it, and the requests that ZITADEL saw meanwhile. */
  run(step: "preview" | "up" | "refresh" | "destroy", options?: { refresh?: boolean }): Promise<Outcome>;
  close(): Promise<void>;
}

export interface Outcome extends RunResult {
  readonly requests: Readonly<Record<string, number>>;
  /** Everything that was written on both streams. */
  readonly text: string;
}

export const programs = join(__dirname, "..", "data", "programs");

/** Variables that would tell the provider of another server than the one that a test is about. */
const nothingOfThisMachine = Object.fromEntries(
  ["ZITADEL_DOMAIN", "ZITADEL_PORT", "ZITADEL_INSECURE", "ZITADEL_ACCESS_TOKEN", "HTTPS_PROXY", "HTTP_PROXY"].map(
    (name) => [name, undefined],
  ),
);

export async function openStage(
  options: {
    projectDir?: string;
    config?: Readonly<Record<string, ConfigValue | string>>;
    zitadel?: ZitadelOptions;
  } = {},
): Promise<Stage> {
  const zitadel = await startZitadel(options.zitadel);
  const deployment = await openDeployment({
    projectDir: options.projectDir ?? join(programs, "targets"),
    config: { ...configFor(zitadel), ...options.config },
    env: nothingOfThisMachine,
  });
  return {
    zitadel,
    deployment,
    config: { ...configFor(zitadel), ...options.config },
    envFor: (declared) => ({ ...nothingOfThisMachine, TARGETS: JSON.stringify(declared) }),
    configure: (more) => deployment.configure({ ...configFor(zitadel), ...options.config, ...more }),
    declare: (targets, env) => deployment.setEnv({ ...nothingOfThisMachine, ...env, TARGETS: JSON.stringify(targets) }),
    async run(step, how) {
      zitadel.clearRequests();
      const result = await deployment[step](how);
      return { ...result, requests: seen(zitadel), text: result.stdout + result.stderr };
    },
    async close() {
      await deployment.close();
      await zitadel.stop();
    },
  };
}

/** The stack configuration that leads to a stand-in. */
export function configFor(zitadel: Zitadel) {
  return {
    "zitadel:domain": zitadel.domain,
    "zitadel:port": String(zitadel.port),
    "zitadel:insecure": "true",
    "zitadel:accessToken": { value: zitadel.accessToken, secret: true },
  };
}
