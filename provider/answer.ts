import { z } from "zod";
import type { Call, Client } from "./client";
import type { ZitadelError } from "./errors";

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
  throw unexpected(client, call, hint);
}

export function unexpected(client: Client, call: Call, hint: string): ZitadelError {
  const said = "ZITADEL answered 200 in a form that this version does not know";
  return client.failed(call, "unexpected_answer", said, { status: 200 }, hint);
}

/** How a search's answer counts: `totalResult` is left out where there is nothing. */
export const paginationSchema = z.object({ totalResult: z.string().regex(/^\d+$/).optional() }).optional();

export function totalOf(pagination: z.infer<typeof paginationSchema>): number {
  return Number(pagination?.totalResult ?? 0);
}
