// A small deployment engine that speaks Pulumi's own protocols: for tests, and for trying things out without the CLI.
import { sdkFor } from "./sdk-location";
import type * as Stacks from "./stack";

/**
 * Opens a stack, or creates it. Rejects if the project cannot be used, or if `@pulumi/pulumi` is not installed.
 *
 * @param options The project, the name and the state of the stack.
 */
export function openStack(options: Stacks.StackOptions): Promise<Stacks.Stack> {
  return Promise.resolve().then(() => {
    sdkFor(options.projectDir);
    // Only now, because this loads Pulumi's SDK: the mock server is for projects that do not have it, too.
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- import() would want the name of a file, which is another one in tests
    return (require("./stack") as typeof Stacks).openStack(options);
  });
}

export type {
  ConfigValue,
  DestroyOptions,
  OutputValue,
  RefreshOptions,
  RunOptions,
  RunResult,
  Stack,
  StackOptions,
  UpOptions,
} from "./stack";
export type { ChangeSummary, RunKind, TargetOptions } from "./types";
export type { DeploymentV3, Manifest, SecretsProvider, UntypedDeployment } from "./state";
export type { Props, Value } from "./values";
export type { Operation as PendingOperation, ResourceState } from "./resource";
