import type { ExecutionChange } from "./executions/events";
import type { KeyChange } from "./public-keys/events";
import type { TargetChange } from "./targets/events";

/** What may happen to an instance, as far as the stand-in goes. */
export type Change = TargetChange | ExecutionChange | KeyChange;

/** A change that has happened. Nothing else is kept: the models follow from these. */
export type Event = Change & {
  /** RFC 3339 with microseconds; strictly ascending over the log. */
  date: string;
  /** It never reaches the read model. */
  lost?: true;
};

/** The date that ZITADEL answers with where nothing ever happened. */
export const NEVER = "0001-01-01T00:00:00Z";
