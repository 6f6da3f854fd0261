import type { Operation } from "./operations";

/** A request as faults are matched against it. */
export interface FaultSubject {
  /** `GET`, `POST`, `PUT` or `DELETE`. */
  method: string;
  /** Without the query. */
  path: string;
  /** What it is for. */
  operation: Operation;
  /** The parsed JSON body; `undefined` if there is none or it is no JSON. */
  body: unknown;
}

/** Which requests a fault is for: all that fulfil everything given here. */
export interface FaultMatch {
  /** What the request is for. */
  operation?: Operation;
  /** Its HTTP method, in any case. */
  method?: string;
  /** The whole path, or a pattern for it. */
  path?: string | RegExp;
  /** Any other condition, for instance on the body. */
  when?: (request: FaultSubject) => boolean;
}

/** Answers late. */
export interface DelayFault {
  /** Answers late. */
  kind: "delay";
  /** How late, in milliseconds. */
  ms: number;
  /** Whether the server waits when the work is done already. By default it waits before. */
  after?: boolean;
}

/** Answers when a test says so. */
export interface HoldFault {
  /** Answers when a test says so. */
  kind: "hold";
  /** Until this is fulfilled. */
  until: Promise<unknown>;
  /** Whether the server waits when the work is done already. By default it waits before. */
  after?: boolean;
}

/** Resets the connection without an answer. */
export interface ResetFault {
  /** Resets the connection without an answer. */
  kind: "reset";
  /** Whether the server does what it was asked before that. By default it does not. */
  work?: boolean;
}

/** Never answers. */
export interface HangFault {
  /** Never answers. */
  kind: "hang";
  /** Whether the server does what it was asked before that. By default it does not. */
  work?: boolean;
}

/** Does the work, sends the headers and half of the body, then closes the connection. */
export interface HalfAnswerFault {
  /** Does the work, sends the headers and half of the body, then closes the connection. */
  kind: "halfAnswer";
}

/** Answers as an overburdened server or a proxy in front of it does. */
export interface StatusFault {
  /** Answers as an overburdened server or a proxy in front of it does. */
  kind: "status";
  /** With this status. */
  status: 429 | 502 | 503 | 504;
  /** With a `Retry-After`, in seconds or as a date. By default without. */
  retryAfter?: number | string;
  /** Whether with the HTML page of a proxy. By default with an error of ZITADEL's form. */
  html?: boolean;
  /** Whether the server does what it was asked before that. By default it does not. */
  work?: boolean;
}

/** Sends the client elsewhere. */
export interface RedirectFault {
  /** Sends the client elsewhere. */
  kind: "redirect";
  /** Where to. */
  location: string;
  /** With this status; by default 307. */
  status?: 301 | 302 | 303 | 307 | 308;
}

/** Answers with exactly this. */
export interface AnswerFault {
  /** Answers with exactly this. */
  kind: "answer";
  /** The status. */
  status: number;
  /** The body; one that is no string is sent as JSON. By default none. */
  body?: unknown;
  /** More headers. By default none. */
  headers?: Record<string, string>;
  /** Whether the server does what it was asked before that: then the answer is replaced, though the write happened. */
  work?: boolean;
}

/** What goes wrong. */
export type Fault =
  DelayFault | HoldFault | ResetFault | HangFault | HalfAnswerFault | StatusFault | RedirectFault | AnswerFault;

/** Which requests meet with a fault, and with which. */
export interface FaultRule {
  /**
   * Which requests it is for.
   *
   * @default every request
   */
  match?: FaultMatch;
  /**
   * How many matching requests are let through first.
   *
   * @default 0
   */
  skip?: number;
  /**
   * How many requests it hits after that, `Infinity` for all.
   *
   * @default 1
   */
  times?: number;
  /** What goes wrong with them. */
  fault: Fault;
}

/** A rule in force. */
export interface ActiveFault {
  /** How many requests it has hit. */
  readonly hits: number;
  /** Puts it out of force. */
  remove(): void;
}

/** Faults to come. A request meets at most one: that of the first rule, in the order of adding, that is for it. */
export class Faults {
  private rules: { rule: FaultRule; seen: number; hits: number }[] = [];

  /** Puts a rule in force, behind those that are. */
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

  /** Puts all rules out of force. */
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
