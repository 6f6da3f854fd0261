import { z } from "zod";
import type { Page } from "../snapshot";
import { fingerprintOf } from "./pem";
import { type Inputs, isPast, sameMoment, type State } from "./schema";

/** A public key as ZITADEL's search answers it: `active` is left out where it is not. */
const rowSchema = z.object({
  keyId: z.string().min(1),
  active: z.boolean().default(false),
  publicKey: z.base64(),
  fingerprint: z.string(),
  expirationDate: z.string().optional(),
  creationDate: z.string(),
  changeDate: z.string(),
});
export type Row = z.infer<typeof rowSchema>;

const searchSchema = z.object({
  pagination: z.object({ totalResult: z.string().regex(/^\d+$/).optional() }).optional(),
  publicKeys: z.array(rowSchema).default([]),
});

export const addedSchema = z.object({ keyId: z.string().min(1), creationDate: z.string() });
export const changedSchema = z.object({ changeDate: z.string() });

/** Reads a search's answer; `undefined` where it has another shape. */
export function readSearch(body: unknown): Page<Row> | undefined {
  const result = searchSchema.safeParse(body);
  if (!result.success) return undefined;
  return { rows: result.data.publicKeys, total: Number(result.data.pagination?.totalResult ?? 0) };
}

/** A new key as ZITADEL takes it. */
export function toWire({ publicKey, expirationDate }: Inputs): Record<string, unknown> {
  return {
    publicKey: Buffer.from(publicKey).toString("base64"),
    ...(expirationDate !== undefined && { expirationDate }),
  };
}

/**
 * What the server has, in the user's spelling where that means the same. A key that has expired is not active, whatever is said.
 *
 * @param now milliseconds since 1970.
 */
export function fromRow(
  row: Row,
  targetId: string,
  state: Partial<State>,
  now: number,
): { inputs: Inputs; state: State } {
  const spelt = state.publicKey !== undefined && fingerprintOf(state.publicKey) === row.fingerprint;
  const inputs: Inputs = {
    targetId,
    publicKey:
      spelt && state.publicKey !== undefined ? state.publicKey : Buffer.from(row.publicKey, "base64").toString(),
    ...(row.expirationDate !== undefined && {
      expirationDate:
        state.expirationDate !== undefined && sameMoment(state.expirationDate, row.expirationDate)
          ? state.expirationDate
          : row.expirationDate,
    }),
    active: row.active && !isPast(row.expirationDate, now),
    ...(state.adopt !== undefined && { adopt: state.adopt }),
    ...(state.instance !== undefined && { instance: state.instance }),
  };
  const { keyId, fingerprint, creationDate, changeDate } = row;
  return { inputs, state: { ...inputs, keyId, fingerprint, creationDate, changeDate } };
}
