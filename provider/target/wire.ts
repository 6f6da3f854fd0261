import * as z from "zod";
import { dateSchema, pageSchemaOf } from "../api/answer";
import { formatSeconds, parseDuration, sameDuration } from "../api/duration";
import { idSchema } from "../api/id";
import { pick } from "../api/json";
import { changed } from "../core/diff";
import type { Properties } from "../core/properties";
import { defaultPayloadType, type Inputs, interrupts, type Kind, kinds, type State, table } from "./schema";

/** 36 characters so far. */
const keySchema = z.string().min(1).max(1_000);

/** A target in the answers to ZITADEL's GET and search, which leave out default values. */
const rowSchema = z.object({
  id: idSchema,
  name: z.string().max(10_000),
  endpoint: z.string().max(10_000),
  timeout: z.string().max(40),
  restWebhook: z.object({ interruptOnError: z.boolean().optional() }).optional(),
  restCall: z.object({ interruptOnError: z.boolean().optional() }).optional(),
  restAsync: z.object({}).optional(),
  payloadType: z.string().max(100).optional(),
  signingKey: keySchema,
  creationDate: dateSchema,
  changeDate: dateSchema,
});
export type Row = z.infer<typeof rowSchema>;

export const pageSchema = pageSchemaOf("targets", rowSchema);
export const createdSchema = z.object({ id: idSchema, creationDate: dateSchema, signingKey: keySchema });
export type Created = z.infer<typeof createdSchema>;
/** `signingKey` is there only after a rotation. */
export const updatedSchema = z.object({ changeDate: dateSchema, signingKey: keySchema.optional() });
export type Changed = Readonly<z.infer<typeof updatedSchema>>;

export type Field = "name" | "endpoint" | "timeout" | "kind" | "payloadType";
const allFields: readonly Field[] = ["name", "endpoint", "timeout", "kind", "payloadType"];

/** The fields in the API's format: by default all. */
export function toWire(inputs: Inputs, fields: Iterable<Field> = allFields): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const field of fields) {
    if (field === "timeout") body["timeout"] = formatSeconds(parseDuration(inputs.timeout) ?? 0n);
    else if (field === "kind")
      Object.assign(body, kindToWire(kindOf(inputs), interrupts(inputs[kindOf(inputs)]) === true));
    else body[field] = inputs[field];
  }
  return body;
}

export function kindToWire(kind: Kind, interruptOnError: boolean): Record<string, unknown> {
  return { [kind]: kind === "restAsync" ? {} : { interruptOnError } };
}

export function kindOf(target: Partial<Record<Kind, unknown>>): Kind {
  return kinds.find((kind) => target[kind] !== undefined) ?? "restWebhook";
}

/** The fields in which two targets differ. */
export function differing(state: Properties, inputs: Properties): Set<Field> {
  const isKind = (property: string) => (kinds as readonly string[]).includes(property);
  const differs = [...changed(table, state, inputs)].map((property) => (isKind(property) ? "kind" : property));
  return new Set(allFields.filter((field) => differs.includes(field)));
}

/** The server's values, in the user's notation if that means the same; what the server does not store comes from the state. */
export function fromRow(row: Row, state: Partial<State>): { inputs: Inputs; state: State } {
  const kind = kindOf(row);
  const flag = interrupts(row[kind]) === true;
  const spelt = state[kind] !== undefined && interrupts(state[kind]) === flag;
  const inputs: Inputs = {
    name: row.name,
    endpoint: row.endpoint,
    timeout: state.timeout !== undefined && sameDuration(state.timeout, row.timeout) ? state.timeout : row.timeout,
    [kind]: spelt ? state[kind] : flag ? { interruptOnError: true } : {},
    // Left out of an answer means unspecified, which is delivered as JSON.
    payloadType: row.payloadType ?? defaultPayloadType,
    ...pick(state, "rotationTriggers", "rotationStrategy", "adopt", "instance", "__autoName"),
  };
  const { signingKey, creationDate, changeDate } = row;
  return { inputs, state: { ...inputs, signingKey, creationDate, changeDate } };
}
