// The program's process, and what a provider's process runs: scripts of the SDK that the program has installed, or native providers.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { attempt } from "../../provider/api/json";
import { type Child, startChild } from "./child";
import type { Project } from "./program";
import { unsupported } from "./sdk";
import { missingSdk } from "./sdk-location";
import type { Run } from "./settings";
import { isSecret, plain } from "./values";

/** Returns the path of a script of the SDK that the program, or a policy pack, has installed. */
export function sdkScript({ programDir }: Pick<Project, "programDir">, name: string): string {
  return createRequire(path.join(programDir, "x.js")).resolve(`@pulumi/pulumi/cmd/${name}`);
}

/** The package of dynamic resources. Its provider comes with the SDK. */
export const dynamicPackage = "pulumi-nodejs";

/** Returns what runs the provider of a package. Throws an error if the project does not say where it is. */
export function providerScript(project: Project, name: string): string | { program: string } {
  if (name === dynamicPackage) return sdkScript(project, "dynamic-provider");
  const folder = project.plugins.get(name);
  if (folder === undefined) throw unsupported(`the package ${name}, which is not in plugins.providers of Pulumi.yaml`);
  const program = path.join(folder, `pulumi-resource-${name}`);
  if (existsSync(program)) return { program };
  throw new Error(`${program} does not exist. Correct the path of ${name} in plugins.providers of Pulumi.yaml`);
}

/** The script that runs the program. Only this one says what is missing: a program always starts before a provider. */
function scriptOfProgram(project: Project): string {
  const { programDir } = project;
  const manifest = attempt(() => createRequire(path.join(programDir, "x.js")).resolve("@pulumi/pulumi/package.json"));
  if (manifest === undefined)
    throw missingSdk(`The program in ${programDir} needs @pulumi/pulumi, which is not installed.`);
  return sdkScript(project, "run");
}

/** The exit code of the host if it has already shown the error to the user. */
export const alreadyReported = 32;

export function startProgram(run: Run): Child {
  const { kind, project, stack, engineAddress, config, parallel, env, onLine } = run;
  const flags = {
    monitor: engineAddress,
    engine: engineAddress,
    organization: "organization",
    project: project.name,
    stack,
    pwd: project.programDir,
    parallel: String(parallel),
  };
  const values = Object.entries(config).map(([key, value]) => [key.replace(":", ":config:"), plain(value)]); // the form that older SDKs expect
  return startChild({
    script: scriptOfProgram(project),
    args: [
      ...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]),
      ...(kind === "preview" ? ["--dry-run"] : []),
      project.entryPoint,
    ],
    cwd: project.programDir,
    env: {
      ...env,
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(values)),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(Object.keys(config).filter((key) => isSecret(config[key]))),
      PULUMI_NODEJS_TYPESCRIPT: String(project.options["typescript"] !== false),
    },
    onLine,
  });
}
