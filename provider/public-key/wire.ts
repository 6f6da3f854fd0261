import * as z from "zod";
import { dates, dateSchema, pageSchemaOf } from "../api/answer";
import { idSchema } from "../api/id";
import { isPast } from "../api/server-time";
import { inputsFrom, type StoredIn } from "../core/diff";
import { given } from "../core/properties";
import { fingerprintOf } from "./pem";
import { type Inputs, type State, table } from "./schema";

/** ZITADEL accepts PEMs of up to 8,192 bytes: 10,924 characters of base64. */
const longestKey = 50_000;

type Stored = StoredIn<typeof table>;

/** A public key in the answer to ZITADEL's search, which leaves out `active` if it is false. */
const rowSchema = z.object({
  keyId: idSchema,
  ...({
    // Check the length before the pattern: on megabytes, the pattern overflows the stack.
    publicKey: z.string().max(longestKey).pipe(z.base64()),
    expirationDate: dateSchema.optional(),
    active: z.boolean().default(false),
  } satisfies Record<Exclude<Stored, "targetId">, z.ZodType>),
  fingerprint: z.string().max(1_000),
  ...dates,
});
export type Row = z.infer<typeof rowSchema>;

export const pageSchema = pageSchemaOf("publicKeys", rowSchema);
export const addedSchema = z.object({ keyId: idSchema, creationDate: dateSchema });
export type Added = z.infer<typeof addedSchema>;
/** The answer to activating or deactivating a key. */
export const changedSchema = z.object({ changeDate: dateSchema });
export type Changed = z.infer<typeof changedSchema>;

/** A new key in the API's format. The target is in the call's path, and a call of its own activates the key. */
export function toWire({ publicKey, expirationDate }: Inputs): Record<string, unknown> {
  const body = { publicKey: Buffer.from(publicKey).toString("base64"), expirationDate };
  return given(body satisfies Record<Exclude<Stored, "targetId" | "active">, unknown>);
}

/**
 * The server's values, in the user's notation if that means the same. An expired key is not active, even if ZITADEL says so.
 *
 * @param now milliseconds since 1970.
 */
export function fromRow(row: Row, targetId: string, state: Partial<State>, now: number) {
  const isSpelt = state.publicKey !== undefined && fingerprintOf(state.publicKey) === row.fingerprint;
  const publicKey = isSpelt ? state.publicKey : Buffer.from(row.publicKey, "base64").toString();
  const active = row.active && !isPast(row.expirationDate, now);
  const inputs = inputsFrom(table, { ...row, targetId, publicKey, active }, state) as Inputs;
  const { keyId, fingerprint, creationDate, changeDate } = row;
  return { inputs, state: { ...inputs, keyId, fingerprint, creationDate, changeDate } satisfies State };
}
