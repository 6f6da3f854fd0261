import type { PAYLOAD_TYPES } from "./messages";

export type TargetKind = "restWebhook" | "restCall" | "restAsync";
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

/** What happened to a target. Nothing else is kept: both models below follow from these. */
export type TargetEvent = {
  id: string;
  /** RFC 3339 with microseconds; strictly ascending over the log. */
  date: string;
  /** It never reaches the read model. */
  lost?: true;
} & (
  { type: "added"; fields: TargetFields } | { type: "changed"; changes: Partial<TargetFields> } | { type: "removed" }
);

/** A target as a projection of events shows it. */
export interface TargetRow extends TargetFields {
  id: string;
  creationDate: string;
  changeDate: string;
}

/** The table that events are projected into. A change or removal of a row that is not there does nothing. */
export class Projection {
  private readonly byId = new Map<string, TargetRow>();

  apply(event: TargetEvent): void {
    const { id, date } = event;
    const row = this.byId.get(id);
    switch (event.type) {
      case "added":
        this.byId.set(id, { id, creationDate: date, changeDate: date, ...event.fields });
        break;
      case "changed":
        if (row) this.byId.set(id, { ...row, ...event.changes, changeDate: date });
        break;
      case "removed":
        this.byId.delete(id);
    }
  }

  get(id: string): TargetRow | undefined {
    return this.byId.get(id);
  }

  /** All rows, oldest first. */
  rows(): TargetRow[] {
    return [...this.byId.values()];
  }
}
