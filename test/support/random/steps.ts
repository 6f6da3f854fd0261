import type { Fault } from "../../../local/zitadel/faults";
import type { Called, ExecutionChoice, KeyChoice, Program, TargetChoice } from "./program";

/** A random test: a program, the commands, the changes to the program, and the changes outside Pulumi. */
export interface Life<C extends Command> {
  readonly program: Program;
  readonly steps: readonly Step<C>[];
  /** How far the clock of the provider's machine is ahead of the server's, in milliseconds. Default: 0. */
  readonly clockAhead?: number;
}

/** One of the real processes. */
export interface RealLife extends Life<RealCommand> {
  /** How many operations run at once. */
  readonly parallel: number;
}

export type Step<C extends Command> = C | Between;

/** What happens between two commands. */
export type Between =
  | { readonly act: "declareTarget"; readonly place: number; readonly choice: TargetChoice | null }
  | { readonly act: "declareKey"; readonly place: number; readonly choice: KeyChoice | null }
  | { readonly act: "declareExecution"; readonly place: number; readonly choice: ExecutionChoice | null }
  /** Two targets exchange their names, as far as they are given. */
  | { readonly act: "swapNames"; readonly one: number; readonly other: number }
  /** The resources at these places, or all, get another name in the program, or move into components. */
  | { readonly act: "rename"; readonly places: readonly string[]; readonly called: Called }
  /** Of two public keys of a target, the other one becomes the active one; both are declared from now on. */
  | { readonly act: "handOver"; readonly target: number; readonly from: number; readonly to: number }
  /** A target is to encrypt, which an execution calls; with a key for that, or without. */
  | { readonly act: "encrypt"; readonly place: number; readonly key: number | null }
  /** The resources at these places, or all, name the server otherwise: by a name of `zitadel-actions:instances`, or not. */
  | { readonly act: "moveInstance"; readonly places: readonly string[]; readonly isNamed: boolean }
  /** The server gets another host. */
  | { readonly act: "moveHost" }
  /** The settings name another server for a while. */
  | { readonly act: "pointElsewhere" }
  /** Somebody deletes a target, and the read model misses it: it stays listed. */
  | { readonly act: "deleteUnseen"; readonly of: number }
  /** A change outside Pulumi. `of` selects an object, and `how` the change. */
  | { readonly act: "meddle"; readonly of: number; readonly how: number }
  | { readonly act: "wait"; readonly ms: number };

/** A run of the engine, with one provider process. */
export interface Command {
  readonly act: "preview" | "up" | "refresh" | "destroy";
  /** How far the read model lags, in milliseconds. */
  readonly lag: number;
  readonly faults: readonly PlannedFault[];
  readonly surprises: readonly Surprise[];
  /** Before which of the program's resources an unrelated one is declared that fails. */
  readonly failsAt?: number | null;
  /** `--continue-on-error`. */
  readonly continueOnError?: boolean;
  /** `--target` or `--exclude`. */
  readonly targeted?: Targeted | null;
  /** How often error hooks repeat a create or update that failed. */
  readonly repeats?: number;
  /** An execution on the response of ZITADEL's own API calls a target that fails. */
  readonly interrupted?: Interrupted | null;
}

/** Which resources a command is about: of those in the program and in the state, all whose number has that bit. */
export interface Targeted {
  readonly bits: number;
  /** Whether what they refer to is added. */
  readonly isClosed: boolean;
}

/** Which calls are stopped after their work, and how. */
export interface Interrupted {
  /** A method of `interruptible`, or beyond these all of the service's. */
  readonly method: number;
  /** Whether the target refuses connections; otherwise it answers 500. */
  readonly isUnreachable: boolean;
}

/** Methods of ZITADEL's API for actions. */
export const interruptible = [
  "CreateTarget",
  "UpdateTarget",
  "DeleteTarget",
  "SetExecution",
  "AddPublicKey",
  "ActivatePublicKey",
  "DeactivatePublicKey",
  "RemovePublicKey",
  "ListTargets",
];

/** One that is called in this process, where a crash is an error that is thrown. */
export interface CalledCommand extends Command {
  readonly crash: CrashPoint | null;
}

/** One that is carried out by the real processes, where a crash is a SIGKILL. */
export interface RealCommand extends Command {
  readonly kill: Kill | null;
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

/** Which process is killed, and when: at a request of that number, as it comes or once it is carried out, or before a save. */
export interface Kill {
  readonly victim: Victim;
  readonly at: number;
  readonly point: "before request" | "after request" | "before save";
}

export const victims = ["provider", "program", "engine"] as const;
export type Victim = (typeof victims)[number];

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
