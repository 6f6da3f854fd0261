export {
  type CallConditionArgs,
  type EventConditionArgs,
  type ExecutionCondition,
  ZitadelExecution,
  type ZitadelExecutionArgs,
} from "./execution/resource";
export type { ExecutionFilter, ExecutionType } from "./execution/filters";
export {
  type ExecutionResult,
  getTarget,
  listExecutionFunctions,
  listExecutionMethods,
  listExecutions,
  listExecutionServices,
  listTargets,
  type LookupOptions,
  type TargetResult,
} from "./lookups";
export { ZitadelTargetPublicKey, type ZitadelTargetPublicKeyArgs } from "./public-key/resource";
export type { GetOptions } from "./resource";
export type { TargetFilter, TextFilterMethod } from "./target/filters";
export {
  type CommonTargetArgs,
  type InterruptArgs,
  type PayloadType,
  type RestAsyncArgs,
  type RestCallArgs,
  type RestWebhookArgs,
  ZitadelTarget,
  type ZitadelTargetArgs,
} from "./target/resource";
