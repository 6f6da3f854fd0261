/** A mock ZITADEL server, for tests and for trying things out: the API of Actions v2, and the ways to log in to it. */
export { startZitadel } from "./zitadel";
export type {
  AddedPublicKey,
  ChangedPublicKey,
  ChangedTarget,
  CreatedTarget,
  ExecutionState,
  NewPublicKey,
  NewUser,
  PublicKeyState,
  RemovedPublicKey,
  RemovedTarget,
  SetExecution,
  TargetBody,
  TargetState,
  Zitadel,
  ZitadelOptions,
} from "./handle";
export { ApiError, type ErrorBody, type ErrorDetail, type GrpcCode } from "./errors";
export type { DeliveryRecord } from "./delivery/deliveries";
export type { ApiCondition, EventCondition, ExecutionCondition, FunctionCondition } from "./executions/condition";
export type {
  ActiveFault,
  AnswerFault,
  DelayFault,
  Fault,
  FaultMatch,
  FaultRule,
  Faults,
  FaultSubject,
  HalfAnswerFault,
  HangFault,
  HoldFault,
  RedirectFault,
  ResetFault,
  StatusFault,
} from "./faults";
export type { ApiOperation, Operation, Write } from "./operations";
export type { ReadModelControl } from "./read-model";
export type { RecordedRequest } from "./recorder";
export type { TlsOptions } from "./server";
export type { PayloadType, TargetKind } from "./targets/events";
export type { Role, ServiceAccountKey, User } from "./users";
