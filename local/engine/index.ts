// A small deployment engine that speaks Pulumi's own protocols: for tests, and for trying things out without the CLI.
export {
  openStack,
  type ConfigValue,
  type DestroyOptions,
  type OutputValue,
  type RefreshOptions,
  type RunOptions,
  type RunResult,
  type Stack,
  type StackOptions,
  type UpOptions,
} from "./stack";
export type { ChangeSummary, RunKind } from "./display";
export type {
  DeploymentV3,
  Manifest,
  Operation as PendingOperation,
  ResourceState,
  SecretsProvider,
  UntypedDeployment,
} from "./state";
export type { TargetOptions } from "./targets";
export type { Props, Value } from "./values";
