/**
 * The resources of ZITADEL Actions v2 for a Pulumi program (targets, executions, public keys), and functions that look them up.
 *
 * @module pulumi-zitadel-actions
 */
import "./core/needs-pulumi";
export type { ErrorCode, ZitadelError } from "./api/errors";
export type { GetState } from "./core/args";
export { ZitadelExecution, type ZitadelExecutionArgs } from "./dynamic/execution";
export { ZitadelTargetPublicKey } from "./dynamic/public-key";
export { ZitadelTarget } from "./dynamic/target";
export type {
  CallConditionArgs,
  EventConditionArgs,
  ExecutionCondition,
  FunctionConditionArgs,
} from "./execution/args";
export type { CallCondition, Condition, EventCondition, FunctionCondition } from "./execution/condition";
export type * from "./execution/filters";
export * from "./lookup/lookups";
export type { ZitadelTargetPublicKeyArgs } from "./public-key/args";
export type {
  CommonTargetArgs,
  InterruptArgs,
  Interrupts,
  PayloadType,
  RestAsyncArgs,
  RestCallArgs,
  RestWebhookArgs,
  TargetKindArgs,
  ZitadelTargetArgs,
} from "./target/args";
export type * from "./target/filters";
