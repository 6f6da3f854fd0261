import * as z from "zod";
import { dateSchema, pageSchemaOf } from "../api/answer";
import { idSchema } from "../api/id";
import { pick } from "../api/json";
import type { Page } from "../api/snapshot";
import { type Condition, idOf } from "./condition";
import type { Inputs, State } from "./schema";

/** The answer to setting a list of targets: when it was saved. */
export const setSchema = z.object({ setDate: dateSchema });

/** An execution on the server. */
export interface Row {
  readonly id: string;
  readonly condition: Condition;
  readonly targets: readonly string[];
  readonly creationDate: string;
  readonly changeDate: string;
}

/** An execution with a kind of condition that this version does not know, and so cannot manage. */
export interface StrangeRow {
  readonly id: undefined;
  readonly condition: Readonly<Record<string, unknown>>;
  readonly targets: readonly string[];
}

/** An execution in the answer to ZITADEL's search. */
const rowSchema = z
  .object({
    condition: z.record(z.string(), z.unknown()),
    creationDate: dateSchema,
    changeDate: dateSchema,
    targets: z.array(idSchema).default([]),
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
  const inputs: Inputs = {
    condition: state.condition ?? row.condition,
    targets: [...row.targets],
    ...pick(state, "allowLockout", "adopt", "instance"),
  };
  return { inputs, state: { ...inputs, creationDate: row.creationDate, changeDate: row.changeDate } };
}

export function sameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id, index) => id === other[index]);
}
