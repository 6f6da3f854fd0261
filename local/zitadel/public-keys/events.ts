import type { Event } from "../events";

/** A public key as it was added. */
export interface KeyFields {
  /** The PEM byte for byte, in base64. */
  publicKey: string;
  fingerprint: string;
  /** Canonical; not there if the key does not expire. */
  expirationDate?: string;
}

/** What may happen to a public key of a target. The target's removal ends it too. */
export type KeyChange = { id: string; targetId: string } & (
  | { type: "key.added"; fields: KeyFields }
  | { type: "key.activated" }
  | { type: "key.deactivated" }
  | { type: "key.removed" }
);

/** A public key as a projection of events shows it. */
export interface KeyRow extends KeyFields {
  id: string;
  targetId: string;
  active: boolean;
  creationDate: string;
  changeDate: string;
}

/** The table of public keys. */
export class KeyTable {
  private readonly byId = new Map<string, KeyRow>();

  apply(event: Event): void {
    const { id, date } = event;
    switch (event.type) {
      case "key.added": {
        const { targetId, fields } = event;
        this.byId.set(id, { id, targetId, active: false, creationDate: date, changeDate: date, ...fields });
        break;
      }
      case "key.activated":
        for (const row of this.of(event.targetId)) if (row.active) this.switch(row.id, false, date);
        this.switch(id, true, date);
        break;
      case "key.deactivated":
        this.switch(id, false, date);
        break;
      case "key.removed":
        this.byId.delete(id);
        break;
      case "target.removed":
        for (const row of this.of(id)) this.byId.delete(row.id);
    }
  }

  /** The keys of a target, oldest first. */
  of(targetId: string): KeyRow[] {
    return [...this.byId.values()].filter((row) => row.targetId === targetId);
  }

  private switch(id: string, active: boolean, changeDate: string): void {
    const row = this.byId.get(id);
    if (row) this.byId.set(id, { ...row, active, changeDate });
  }
}
