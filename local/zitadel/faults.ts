import type { Operation } from "./operations";

/** A request as faults are matched against it. */
export interface FaultSubject {
  method: string;
  path: string;
  operation: Operation;
  /** The parsed JSON body; `undefined` if there is none or it is no JSON. */
  body: unknown;
}

/** Which requests a fault is for: all that fulfil everything given here. */
export interface FaultMatch {
  operation?: Operation;
  method?: string;
  /** The whole path, or a pattern for it. */
  path?: string | RegExp;
  /** Any other condition, for instance on the body. */
  when?: (request: FaultSubject) => boolean;
}

/**
 * What goes wrong. `work` says whether the server does what it was asked before that (default: no); after it an answer
 * is lost, or replaced, though the write happened.
 */
export type Fault =
  /** Answers late: waits `ms` milliseconds, before the work unless `after`. */
  | { kind: "delay"; ms: number; after?: boolean }
  /** As `delay`, but until the promise is fulfilled: for tests that decide when it goes on. */
  | { kind: "hold"; until: Promise<unknown>; after?: boolean }
  /** Resets the connection without an answer. */
  | { kind: "reset"; work?: boolean }
  /** Never answers. */
  | { kind: "hang"; work?: boolean }
  /** Does the work, sends the headers and half of the body, then closes the connection. */
  | { kind: "halfAnswer" }
  /**
   * Answers with this status, with a `Retry-After` (seconds or a date) if given, and with the HTML page of a proxy if
   * `html`; otherwise with an error of ZITADEL's form.
   */
  | { kind: "status"; status: 429 | 502 | 503 | 504; retryAfter?: number | string; html?: boolean; work?: boolean }
  /** Sends the client elsewhere; the status is 307 by default. */
  | { kind: "redirect"; location: string; status?: 301 | 302 | 303 | 307 | 308 }
  /** Answers with exactly this; a body that is no string is sent as JSON. */
  | { kind: "answer"; status: number; body?: unknown; headers?: Record<string, string>; work?: boolean };

export interface FaultRule {
  /** Default: every request. */
  match?: FaultMatch;
  /** How many matching requests are let through first. Default: 0. */
  skip?: number;
  /** How many requests it hits after that, `Infinity` for all. Default: 1. */
  times?: number;
  fault: Fault;
}

/** A rule in force. */
export interface ActiveFault {
  /** How many requests it has hit. */
  readonly hits: number;
  remove(): void;
}

/** Faults to come. A request meets at most one: that of the first rule, in the order of adding, that is for it. */
export class Faults {
  private rules: { rule: FaultRule; seen: number; hits: number }[] = [];

  add(rule: FaultRule): ActiveFault {
    const entry = { rule, seen: 0, hits: 0 };
    this.rules.push(entry);
    return {
      get hits() {
        return entry.hits;
      },
      remove: () => {
        this.rules = this.rules.filter((other) => other !== entry);
      },
    };
  }

  clear(): void {
    this.rules = [];
  }

  /** The fault that hits a request, if one does. */
  take(subject: FaultSubject): Fault | undefined {
    for (const entry of this.rules) {
      const { match = {}, skip = 0, times = 1, fault } = entry.rule;
      if (entry.hits >= times || !matches(match, subject)) continue;
      entry.seen++;
      if (entry.seen <= skip) continue;
      entry.hits++;
      return fault;
    }
    return undefined;
  }
}

function matches(match: FaultMatch, subject: FaultSubject): boolean {
  const { operation, method, path, when } = match;
  if (operation !== undefined && operation !== subject.operation) return false;
  if (method !== undefined && method.toUpperCase() !== subject.method) return false;
  if (typeof path === "string" && path !== subject.path) return false;
  if (path instanceof RegExp && !path.test(subject.path)) return false;
  return when?.(subject) ?? true;
}
