import * as z from "zod";
import type { Page } from "./snapshot";

/** A date in an answer: RFC 3339 with up to nine decimals. */
export const dateSchema = z.string().max(64);
export const dates = { creationDate: dateSchema, changeDate: dateSchema };

/** The number of results of a search: ZITADEL leaves out `totalResult` if it is 0. */
const total = z
  .object({ totalResult: z.string().regex(/^\d+$/).default("0") })
  .default({ totalResult: "0" })
  .transform(({ totalResult }) => Number(totalResult));

/** The answer to a search, with its rows under that key. */
export function pageSchemaOf<Row>(key: string, row: z.ZodType<Row>): z.ZodType<Page<Row>> {
  return z
    .object({ pagination: total, [key]: z.array(row).default([]) })
    .transform((body) => ({ rows: body[key] as Row[], total: body.pagination as number }));
}
