/**
 * The resources of ZITADEL Actions v2 for a Pulumi program (targets, executions, public keys), and functions that look them up.
 *
 * @module pulumi-zitadel-actions
 */
import "./core/needs-pulumi";
export type { ErrorCode, ZitadelError } from "./api/errors";
export type { CallCondition, Condition, EventCondition, FunctionCondition } from "./execution/condition";
export type * from "./execution/filters";
export {
  type CallConditionArgs,
  type EventConditionArgs,
  type ExecutionCondition,
  type FunctionConditionArgs,
  ZitadelExecution,
  type ZitadelExecutionArgs,
} from "./execution/resource";
export * from "./lookup/lookups";
export { ZitadelTargetPublicKey, type ZitadelTargetPublicKeyArgs } from "./public-key/resource";
export type { GetState } from "./dynamic/resource";
export type * from "./target/filters";
export {
  type CommonTargetArgs,
  type InterruptArgs,
  type Interrupts,
  type PayloadType,
  type RestAsyncArgs,
  type RestCallArgs,
  type RestWebhookArgs,
  type TargetKindArgs,
  ZitadelTarget,
  type ZitadelTargetArgs,
} from "./target/resource";
