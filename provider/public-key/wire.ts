import { z } from "zod";
import { dateSchema, pageSchemaOf } from "../answer";
import { idSchema } from "../id";
import { pick } from "../json";
import { fingerprintOf } from "./pem";
import { type Inputs, isPast, sameMoment, type State } from "./schema";

/** ZITADEL takes PEMs of up to 8,192 bytes: 10,924 characters of base64. */
const longestKey = 50_000;

/** A public key as ZITADEL's search answers it: `active` is left out where it is not. */
const rowSchema = z.object({
  keyId: idSchema,
  active: z.boolean().default(false),
  // Measured before it is matched: a pattern on megabytes runs out of stack.
  publicKey: z.string().max(longestKey).pipe(z.base64()),
  fingerprint: z.string().max(1_000),
  expirationDate: dateSchema.optional(),
  creationDate: dateSchema,
  changeDate: dateSchema,
});
export type Row = z.infer<typeof rowSchema>;

export const pageSchema = pageSchemaOf("publicKeys", rowSchema);
export const addedSchema = z.object({ keyId: idSchema, creationDate: dateSchema });
export type Added = z.infer<typeof addedSchema>;
/** The answer to activating or deactivating a key. */
export const changedSchema = z.object({ changeDate: dateSchema });
export type Changed = z.infer<typeof changedSchema>;

/** A new key as ZITADEL takes it. */
export function toWire(inputs: Inputs): Record<string, unknown> {
  return { publicKey: Buffer.from(inputs.publicKey).toString("base64"), ...pick(inputs, "expirationDate") };
}

/**
 * What the server has, in the user's spelling where that means the same. A key that has expired is not active, whatever is said.
 *
 * @param now milliseconds since 1970.
 */
export function fromRow(row: Row, targetId: string, state: Partial<State>, now: number) {
  const { publicKey, expirationDate } = state;
  const isSpelt = publicKey !== undefined && fingerprintOf(publicKey) === row.fingerprint;
  const inputs: Inputs = {
    targetId,
    publicKey: isSpelt ? publicKey : Buffer.from(row.publicKey, "base64").toString(),
    ...pick(sameMoment(expirationDate, row.expirationDate) ? state : row, "expirationDate"),
    active: row.active && !isPast(row.expirationDate, now),
    ...pick(state, "adopt", "instance"),
  };
  const { keyId, fingerprint, creationDate, changeDate } = row;
  return { inputs, state: { ...inputs, keyId, fingerprint, creationDate, changeDate } satisfies State };
}
