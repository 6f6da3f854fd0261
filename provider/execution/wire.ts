import * as z from "zod";
import { dates, dateSchema, pageSchemaOf } from "../api/answer";
import { idSchema } from "../api/id";
import type { Page } from "../api/snapshot";
import { inputsFrom, type StoredIn } from "../core/diff";
import type { Dated } from "../core/lifecycle";
import type { Properties } from "../core/properties";
import { type Condition, idOf } from "./condition";
import { type Inputs, type State, table } from "./schema";

/** The properties of an execution that ZITADEL stores. */
export type Stored = StoredIn<typeof table>;

/** The answer to setting a list of targets: when it was saved. */
export const setSchema = z.object({ setDate: dateSchema });

/** An execution on the server. */
export interface Row extends Dated {
  readonly id: string;
  readonly condition: Condition;
  readonly targets: readonly string[];
}

/** An execution with a kind of condition that this version does not know, and so cannot manage. */
export type StrangeRow = Pick<Row, "targets"> & { readonly id: undefined; readonly condition: Properties };

/** An execution in the answer to ZITADEL's search. */
const rowSchema = z
  .object({
    ...({
      condition: z.record(z.string(), z.unknown()),
      targets: z.array(idSchema).default([]),
    } satisfies Record<Stored, z.ZodType>),
    ...dates,
  })
  .transform((row): Row | StrangeRow => {
    const id = idOf(row.condition);
    return id === undefined ? { ...row, id } : { ...row, id, condition: row.condition as Condition };
  });

/** The answer to a search, with all rows. */
export const wholePageSchema = pageSchemaOf("executions", rowSchema);

/** The answer to a search, without rows that this version does not know. */
export const pageSchema = wholePageSchema.transform((page): Page<Row> => {
  const rows = page.rows.filter((row) => row.id !== undefined);
  return { ...page, rows, strange: page.rows.length - rows.length };
});

/** The server's values; what the server does not store comes from the state. */
export function fromRow(row: Row, state: Partial<State>): { inputs: Inputs; state: State } {
  const inputs = inputsFrom(table, { ...row }, state) as Inputs;
  return { inputs, state: { ...inputs, creationDate: row.creationDate, changeDate: row.changeDate } };
}

export function sameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id, index) => id === other[index]);
}
