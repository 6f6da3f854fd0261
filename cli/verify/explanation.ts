/** What happened to a delivery that is refused, and what to do about it. */
export interface Explanation {
  readonly what: string;
  /** Whether that was tried out; otherwise it is what happens most. */
  readonly isProven: boolean;
  readonly todo: string;
}

export function likely(what: string, todo: string): Explanation {
  return { what, isProven: false, todo };
}

export function proven(what: string, todo: string): Explanation {
  return { what, isProven: true, todo };
}
