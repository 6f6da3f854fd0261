import { z } from "zod";
import type { Call, Client } from "./client";
import type { Page } from "./snapshot";

/** A date in an answer: RFC 3339 with up to nine decimals. */
export const dateSchema = z.string().max(64);

/**
 * Reads what a call answered.
 *
 * @param hint what to do where the answer has another form.
 * @throws {ZitadelError} with code `unexpected_answer` where it has.
 */
export function readAnswer<Schema extends z.ZodType>(
  client: Client,
  call: Call,
  schema: Schema,
  body: unknown,
  hint: string,
): z.infer<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const said = "ZITADEL answered 200 in a form that this version does not know";
  throw client.failed(call, "unexpected_answer", said, { status: 200 }, hint);
}

/** How a search's answer counts: `totalResult` is left out where there is nothing. */
const total = z
  .object({ totalResult: z.string().regex(/^\d+$/).default("0") })
  .default({ totalResult: "0" })
  .transform(({ totalResult }) => Number(totalResult));

/** A search's answer, with its rows under that key. */
export function pageSchemaOf<Row>(key: string, row: z.ZodType<Row>): z.ZodType<Page<Row>> {
  return z
    .object({ pagination: total, [key]: z.array(row).default([]) })
    .transform((body) => ({ rows: body[key] as Row[], total: body.pagination as number }));
}
