import * as z from "zod";
import { dateSchema, pageSchemaOf } from "../api/answer";
import { idSchema } from "../api/id";
import { pick } from "../api/json";
import { fingerprintOf } from "./pem";
import { type Inputs, isPast, sameMoment, type State } from "./schema";

/** ZITADEL accepts PEMs of up to 8,192 bytes: 10,924 characters of base64. */
const longestKey = 50_000;

/** A public key in the answer to ZITADEL's search, which leaves out `active` if it is false. */
const rowSchema = z.object({
  keyId: idSchema,
  active: z.boolean().default(false),
  // Check the length before the pattern: on megabytes, the pattern overflows the stack.
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

/** A new key in the API's format. */
export function toWire(inputs: Inputs): Record<string, unknown> {
  return { publicKey: Buffer.from(inputs.publicKey).toString("base64"), ...pick(inputs, "expirationDate") };
}

/**
 * The server's values, in the user's notation if that means the same. An expired key is not active, even if ZITADEL says so.
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
