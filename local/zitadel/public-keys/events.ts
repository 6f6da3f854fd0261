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
