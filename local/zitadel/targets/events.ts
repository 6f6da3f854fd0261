import type { PAYLOAD_TYPES } from "./messages";

/** Which kind of target: the name of the member that the API has it in. */
export type TargetKind = "restWebhook" | "restCall" | "restAsync";
/**
 * How what is sent to a target is packed.
 *
 * @useDeclaredType
 */
export type PayloadType = (typeof PAYLOAD_TYPES)[number];

/** What a target is made of, whichever side looks at it. */
export interface TargetFields {
  name: string;
  kind: TargetKind;
  endpoint: string;
  /** Nanoseconds. */
  timeout: number;
  interruptOnError: boolean;
  payloadType: PayloadType;
  signingKey: string;
}

/** What may happen to a target. */
export type TargetChange = { id: string } & (
  | { type: "target.added"; fields: TargetFields }
  | { type: "target.changed"; changes: Partial<TargetFields> }
  | { type: "target.removed" }
);

/** A target as a projection of events shows it. */
export interface TargetRow extends TargetFields {
  id: string;
  creationDate: string;
  changeDate: string;
}
