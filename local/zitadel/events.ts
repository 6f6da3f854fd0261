import type { ExecutionChange } from "./executions/events";
import type { KeyChange } from "./public-keys/events";
import type { TargetChange } from "./targets/events";

/** The events that can happen to an instance in the mock server. */
export type Change = TargetChange | ExecutionChange | KeyChange;

/** A change that has happened. The log stores only these. The models are computed from them. */
export type Event = Change & {
  /** RFC 3339 with microseconds; strictly ascending over the log. */
  date: string;
  /** Whether it never reaches the read model. */
  lost?: true;
};

/** The date in ZITADEL's answer if nothing ever happened. */
export const NEVER = "0001-01-01T00:00:00Z";
