/** A ZITADEL stand-in for tests and for trying things out: the API of Actions v2, and logging in to it. */
export { startZitadel } from "./zitadel";
export type { ExecutionState, PublicKeyState, TargetBody, TargetState, Zitadel, ZitadelOptions } from "./handle";
export { ApiError, type ErrorBody } from "./errors";
export type { DeliveryRecord } from "./delivery/deliveries";
export type { ExecutionCondition } from "./executions/condition";
export type { ActiveFault, Fault, FaultMatch, FaultRule, Faults, FaultSubject } from "./faults";
export type { Operation, Write } from "./operations";
export type { ReadModelControl } from "./read-model";
export type { RecordedRequest } from "./recorder";
export type { TlsOptions } from "./server";
export type { PayloadType, TargetKind } from "./targets/events";
export type { Role, ServiceAccountKey, User } from "./users";
