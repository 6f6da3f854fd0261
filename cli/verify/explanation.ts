/** What happened to a rejected delivery, and what to do about it. */
export interface Explanation {
  readonly what: string;
  /** Whether a trial confirmed it; otherwise it is only the most likely cause. */
  readonly isProven: boolean;
  readonly todo: string;
}

export function likely(what: string, todo: string): Explanation {
  return { what, isProven: false, todo };
}

export function proven(what: string, todo: string): Explanation {
  return { what, isProven: true, todo };
}
