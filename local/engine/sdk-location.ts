import { createRequire } from "node:module";
import { resolve } from "node:path";
import { ZitadelError } from "../../provider/api/errors";
import { attempt } from "../../provider/api/json";
import { howToInstall } from "../../provider/core/missing";

/** Loads modules of Pulumi's SDK, by paths below its folder such as `./automation`, and what the SDK itself depends on. */
export type FromSdk = (module: string) => unknown;

let found: FromSdk | undefined;

/**
 * Finds Pulumi's SDK: next to this package, or else in the project. It is in the project only if a package manager runs a command
 * of this package from a folder of its own, as `npx --package` can.
 *
 * @throws {ZitadelError} if the SDK is not installed.
 */
export function sdkFor(projectDir = process.cwd()): FromSdk {
  if (found !== undefined) return found;
  for (const from of [__filename, resolve(projectDir, "x.js")]) {
    const manifest = attempt(() => createRequire(from).resolve("@pulumi/pulumi/package.json"));
    if (manifest !== undefined) return (found = createRequire(manifest) as FromSdk);
  }
  throw missingSdk("Running a Pulumi program needs @pulumi/pulumi, which is not installed.");
}

/** Parses YAML with the library that the SDK uses for it. */
export function parseYaml(text: string, projectDir?: string): unknown {
  const { load } = sdkFor(projectDir)("js-yaml") as { load: (text: string) => unknown };
  return load(text);
}

/** The error that says how to install the SDK. */
export function missingSdk(problem: string): ZitadelError {
  return new ZitadelError("settings", `${problem} ${howToInstall("@pulumi/pulumi", "in the folder of Pulumi.yaml")}`, {
    operation: "load Pulumi's SDK",
  });
}
