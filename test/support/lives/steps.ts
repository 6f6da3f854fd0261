import type { Fault } from "../../../local/zitadel/faults";
import type { ExecutionChoice, KeyChoice, Program, TargetChoice } from "./program";

/** A whole life: a program, and what is done with it, to it and behind its back. */
export interface Life {
  readonly program: Program;
  readonly steps: readonly Step[];
}

export type Step =
  | Command
  | { readonly act: "declareTarget"; readonly place: number; readonly choice: TargetChoice | null }
  | { readonly act: "declareKey"; readonly place: number; readonly choice: KeyChoice | null }
  | { readonly act: "declareExecution"; readonly place: number; readonly choice: ExecutionChoice | null }
  /** A change behind Pulumi's back; `of` picks an object, `how` what is done to it. */
  | { readonly act: "meddle"; readonly of: number; readonly how: number }
  | { readonly act: "wait"; readonly ms: number };

/** A run of the engine, in one provider process. */
export interface Command {
  readonly act: "preview" | "up" | "refresh" | "destroy";
  /** How far the read model lags, in milliseconds. */
  readonly lag: number;
  readonly faults: readonly PlannedFault[];
  readonly surprises: readonly Surprise[];
  readonly crash: CrashPoint | null;
}

/** A fault that hits `times` requests after the first `skip`. */
export interface PlannedFault {
  readonly fault: number;
  readonly skip: number;
  readonly times: number;
}

/** What happens just before the request of that number. */
export interface Surprise {
  readonly at: number;
  readonly what: "tokens expire" | "membership is lost" | "membership is back" | "event is lost";
}

/** Where the engine stops: around an operation of that number, or around a request in the middle of one. */
export interface CrashPoint {
  readonly at: number;
  readonly point: "before operation" | "after operation" | "before request" | "after request";
}

/** How long a request may take where an answer never comes: real time, so as short as a busy machine allows. */
export const shortTimeout = 250;

export const faults: readonly Fault[] = [
  { kind: "reset" },
  { kind: "reset", work: true },
  { kind: "status", status: 429 },
  { kind: "status", status: 429, retryAfter: 3 },
  { kind: "status", status: 502 },
  { kind: "status", status: 502, work: true, html: true },
  { kind: "status", status: 503 },
  { kind: "status", status: 503, work: true },
  { kind: "status", status: 503, html: true, retryAfter: 1 },
  { kind: "status", status: 504 },
  { kind: "status", status: 504, work: true, html: true },
  { kind: "halfAnswer" },
  { kind: "answer", status: 200, body: "<html><body>Please log in</body></html>" },
  { kind: "answer", status: 403, body: "<html><body>Blocked</body></html>" },
  { kind: "answer", status: 404, body: "<html><body>No such page</body></html>" },
  { kind: "hang" },
  { kind: "hang", work: true },
];
