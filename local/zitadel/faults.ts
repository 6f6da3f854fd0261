import type { Operation } from "./operations";

/** A request, as a fault's `match` sees it. */
export interface FaultSubject {
  /** `GET`, `POST`, `PUT` or `DELETE`. */
  method: string;
  /** The path, without the query. */
  path: string;
  /** The operation that it requests. */
  operation: Operation;
  /** The parsed JSON body, or `undefined` if there is no body or it is not JSON. */
  body: unknown;
}

/** Selects the requests that a fault is for. A request must match everything that is given. */
export interface FaultMatch {
  /** The operation. */
  operation?: Operation;
  /** The HTTP method (case-insensitive). */
  method?: string;
  /** The complete path, or a pattern for it. */
  path?: string | RegExp;
  /** Any other condition, for example on the body. */
  when?: (request: FaultSubject) => boolean;
}

/** Answers late. */
export interface DelayFault {
  /** Answers late. */
  kind: "delay";
  /** The delay, in milliseconds. */
  ms: number;
  /** Whether the server does the work first and then waits. By default, it waits first. */
  after?: boolean;
}

/** Waits for a promise of the test before it answers. */
export interface HoldFault {
  /** Waits for a promise of the test before it answers. */
  kind: "hold";
  /** The server answers when this is fulfilled. */
  until: Promise<unknown>;
  /** Whether the server does the work first and then waits. By default, it waits first. */
  after?: boolean;
}

/** Resets the connection without an answer. */
export interface ResetFault {
  /** Resets the connection without an answer. */
  kind: "reset";
  /** Whether the server carries out the request first. By default, it does not. */
  work?: boolean;
}

/** Never answers. */
export interface HangFault {
  /** Never answers. */
  kind: "hang";
  /** Whether the server carries out the request first. By default, it does not. */
  work?: boolean;
}

/** Does the work, sends the headers and half of the body, then closes the connection. */
export interface HalfAnswerFault {
  /** Does the work, sends the headers and half of the body, then closes the connection. */
  kind: "halfAnswer";
}

/** Answers as an overloaded server does, or a proxy in front of it. */
export interface StatusFault {
  /** Answers as an overloaded server does, or a proxy in front of it. */
  kind: "status";
  /** The status of the answer. */
  status: 429 | 502 | 503 | 504;
  /** The `Retry-After` header, in seconds or as a date. By default, there is none. */
  retryAfter?: number | string;
  /** Whether the body is a proxy's HTML page. By default, it is an error in ZITADEL's form. */
  html?: boolean;
  /** Whether the server carries out the request first. By default, it does not. */
  work?: boolean;
}

/** Redirects the client. */
export interface RedirectFault {
  /** Redirects the client. */
  kind: "redirect";
  /** The URL to redirect to. */
  location: string;
  /** The status of the answer. By default, 307. */
  status?: 301 | 302 | 303 | 307 | 308;
}

/** Answers with exactly this. */
export interface AnswerFault {
  /** Answers with exactly this. */
  kind: "answer";
  /** The status. */
  status: number;
  /** The body. If it is not a string, it is sent as JSON. By default, empty. */
  body?: unknown;
  /** Additional headers. By default, none. */
  headers?: Record<string, string>;
  /** Whether the server carries out the request first. Then a write happens, and only its answer is replaced. */
  work?: boolean;
}

/** A way in which a request fails. */
export type Fault =
  DelayFault | HoldFault | ResetFault | HangFault | HalfAnswerFault | StatusFault | RedirectFault | AnswerFault;

/** A fault, and the requests that it is for. */
export interface FaultRule {
  /**
   * Selects the requests that the fault is for.
   *
   * @default every request
   */
  match?: FaultMatch;
  /**
   * How many matching requests succeed first.
   *
   * @default 0
   */
  skip?: number;
  /**
   * How many requests fail after that. `Infinity` means all.
   *
   * @default 1
   */
  times?: number;
  /** The way in which they fail. */
  fault: Fault;
}

/** A rule that is active. */
export interface ActiveFault {
  /** How many requests have failed because of it. */
  readonly hits: number;
  /** Removes the rule. */
  remove(): void;
}

/** The active fault rules. A request gets at most one fault: that of the first matching rule, in the order in which they were added. */
export class Faults {
  private rules: { rule: FaultRule; seen: number; hits: number }[] = [];

  /** Adds a rule after all other rules. */
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

  /** Removes all rules. */
  clear(): void {
    this.rules = [];
  }

  /** Returns the fault for a request, if there is one, and counts it. */
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
