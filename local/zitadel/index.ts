/** A ZITADEL stand-in for tests and for trying things out: the API for targets of actions, and logging in to it. */
export { startZitadel, type TargetBody, type TargetState, type Zitadel, type ZitadelOptions } from "./zitadel";
export { ApiError, type ErrorBody } from "./errors";
export type { PayloadType, TargetKind } from "./events";
export type { ActiveFault, Fault, FaultMatch, FaultRule, Faults, FaultSubject, Operation } from "./faults";
export type { ReadModelControl, Write } from "./read-model";
export type { RecordedRequest } from "./recorder";
export type { TlsOptions } from "./server";
export type { Role, ServiceAccountKey, User } from "./users";
