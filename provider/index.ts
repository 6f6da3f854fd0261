export {
  type CallConditionArgs,
  type EventConditionArgs,
  type ExecutionCondition,
  ZitadelExecution,
  type ZitadelExecutionArgs,
} from "./execution/resource";
export { ZitadelTargetPublicKey, type ZitadelTargetPublicKeyArgs } from "./public-key/resource";
export type { GetOptions } from "./resource";
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
