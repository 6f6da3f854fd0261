import * as z from "zod";
import { dates, dateSchema, pageSchemaOf } from "../api/answer";
import { formatSeconds, parseDuration } from "../api/duration";
import { idSchema } from "../api/id";
import { pick } from "../api/json";
import { changed, inputsFrom, type StoredIn, storedIn } from "../core/diff";
import type { Properties } from "../core/properties";
import { defaultPayloadType, type Inputs, interrupts, type Kind, kinds, type State, table } from "./schema";

/** 36 characters so far. */
const keySchema = z.string().min(1).max(1_000);

export type Stored = StoredIn<typeof table>;
const stored = storedIn(table);

const interrupting = z.object({ interruptOnError: z.boolean().optional() }).optional();

/** A target in the answers to ZITADEL's GET and search, which leave out default values. */
const rowSchema = z.object({
  id: idSchema,
  ...({
    name: z.string().max(10_000),
    endpoint: z.string().max(10_000),
    timeout: z.string().max(40),
    restWebhook: interrupting,
    restCall: interrupting,
    restAsync: z.object({}).optional(),
    payloadType: z.string().max(100).optional(),
  } satisfies Record<Stored, z.ZodType>),
  signingKey: keySchema,
  ...dates,
});
export type Row = z.infer<typeof rowSchema>;

export const pageSchema = pageSchemaOf("targets", rowSchema);
export const createdSchema = z.object({ id: idSchema, creationDate: dateSchema, signingKey: keySchema });
export type Created = z.infer<typeof createdSchema>;
/** `signingKey` is there only after a rotation. */
export const updatedSchema = z.object({ changeDate: dateSchema, signingKey: keySchema.optional() });
export type Changed = Readonly<z.infer<typeof updatedSchema>>;

/** These properties in the API's format: by default all. A property that was removed must be sent too, except for a kind. */
export function toWire(inputs: Inputs, properties: readonly Stored[] = stored): Record<string, unknown> {
  const { name, endpoint, timeout, payloadType } = inputs;
  const kind = kindOf(inputs);
  const body = {
    name,
    endpoint,
    timeout: formatSeconds(parseDuration(timeout) ?? 0n),
    [kind]: kind === "restAsync" ? {} : { interruptOnError: interrupts(inputs[kind]) === true },
    payloadType,
  } satisfies Record<Exclude<Stored, Kind>, object | string>;
  return pick(body, ...properties);
}

export function kindOf(target: Partial<Record<Kind, unknown>>): Kind {
  return kinds.find((kind) => target[kind] !== undefined) ?? "restWebhook";
}

export function isKind(property: Stored): property is Kind {
  return (kinds as readonly Stored[]).includes(property);
}

/** The properties in which two targets differ, of those that ZITADEL stores. */
export function differing(state: Properties, inputs: Properties): Stored[] {
  const differs = changed(table, state, inputs);
  return stored.filter((key) => differs.has(key));
}

/** The server's values, in the user's notation if that means the same; what the server does not store comes from the state. */
export function inputsOf(row: Omit<Row, "signingKey">, state: Partial<State>): Inputs {
  const kind = kindOf(row);
  const values = {
    ...pick(row, ...stored),
    [kind]: interrupts(row[kind]) === true ? { interruptOnError: true } : {},
    // Left out of an answer means unspecified, which is delivered as JSON.
    payloadType: row.payloadType ?? defaultPayloadType,
  };
  return inputsFrom(table, values, state) as Inputs;
}

/** A target's inputs and state, from what the server shows. */
export function fromRow(row: Row, known: Partial<State>): { inputs: Inputs; state: State } {
  const { signingKey, creationDate, changeDate } = row;
  const inputs = inputsOf(row, known);
  return { inputs, state: { ...inputs, signingKey, creationDate, changeDate } };
}
