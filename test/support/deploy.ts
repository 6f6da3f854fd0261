import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { type Deployment, openDeployment, passphrase, type StepOptions } from "../../local/deployment";
import type { ConfigValue, RunResult } from "../../local/engine";
import { Display } from "../../local/engine/display";
import { StateFile } from "../../local/engine/state";
import { startZitadel, type Zitadel, type ZitadelOptions } from "../../local/zitadel";
import { marks } from "./marks";
import { recorded } from "./records";
import { seen } from "./world";

/** A program that declares what the test says, deployed to a mock ZITADEL server with the engine that this machine has. */
export interface Stage {
  readonly zitadel: Zitadel;
  readonly deployment: Deployment;
  /** For another stack: the stack configuration for the mock server, and the environment of a program that declares this. */
  readonly config: Readonly<Record<string, ConfigValue | string>>;
  readonly envFor: typeof envFor;
  /** What the program declares from now on: name → inputs. */
  declare(targets: Readonly<Record<string, object>>, env?: Readonly<Record<string, string>>): void;
  /** Sets more of the stack's configuration, in addition to the mock server's address. */
  configure(more: Readonly<Record<string, ConfigValue | string>>): Promise<void>;
  /** Runs a step. Returns its result, and the requests that ZITADEL got in the meantime. */
  run(step: "preview" | "up" | "refresh" | "destroy", options?: StepOptions): Promise<Outcome>;
  close(): Promise<void>;
}

export interface Outcome extends RunResult {
  readonly requests: Readonly<Record<string, number>>;
  /** Everything that was written on both streams. */
  readonly text: string;
}

// Whatever the engine writes is searched for secrets: each version of each state, and each message as it is before the engine hides
// what is secret in the configuration; and so is what its processes write.
/* eslint-disable @typescript-eslint/unbound-method -- called with their own objects below */
const { say } = Display.prototype;
const { write } = StateFile.prototype;
/* eslint-enable @typescript-eslint/unbound-method */
Display.prototype.say = function (severity, text, ...rest) {
  marks.write("a message to the engine", text);
  say.call(this, severity, text, ...rest);
};
StateFile.prototype.write = function (text) {
  marks.write("a state", text);
  return write.call(this, text);
};
Object.assign(process.env, recorded());
marks.add(passphrase, "the passphrase of a stack");
// Pulumi's CLI sets this for every plugin. With a backend in a folder, nothing needs it.
process.env["PULUMI_ACCESS_TOKEN"] ??= `pul-${randomBytes(20).toString("hex")}`;
marks.add(process.env["PULUMI_ACCESS_TOKEN"], "an access token of Pulumi's service");

export const programs = join(__dirname, "..", "data", "programs");

/** Variables that would lead the provider to a proxy. */
const nothingOfThisMachine = { HTTPS_PROXY: undefined, HTTP_PROXY: undefined };

/** The environment of a program that declares this: name → inputs. */
export function envFor(declared: Readonly<Record<string, object>>): Record<string, string | undefined> {
  return { ...nothingOfThisMachine, TARGETS: JSON.stringify(declared) };
}

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
    envFor,
    configure: (more) => deployment.configure({ ...configFor(zitadel), ...options.config, ...more }),
    declare: (targets, env) => deployment.setEnv({ ...envFor(targets), ...env }),
    async run(step, how) {
      zitadel.clearRequests();
      const result = await deployment[step](how);
      marks.write(`what ${step} printed`, result.stdout + result.stderr);
      marks.writeFolder("the folder of a stack", deployment.folder);
      return { ...result, requests: seen(zitadel), text: result.stdout + result.stderr };
    },
    async close() {
      await deployment.close();
      await zitadel.stop();
    },
  };
}

/** Returns the stack configuration for a mock server. */
export function configFor(zitadel: Zitadel) {
  return {
    "zitadel-actions:domain": zitadel.domain,
    "zitadel-actions:port": String(zitadel.port),
    "zitadel-actions:insecure": "true",
    "zitadel-actions:accessToken": { value: zitadel.accessToken, secret: true },
  };
}
