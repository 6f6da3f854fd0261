import * as z from "zod";
import { closest } from "../api/closest";
import type { Table } from "./diff";
import type { CheckRequest, Failure } from "./lifecycle";
import { type Properties, unknown } from "./properties";

export const flag = z.boolean({ error: "must be true or false" });

/** The inputs that every resource has. */
export const shared = {
  adopt: { change: "ignore", input: flag.optional() },
  instance: {
    change: "server",
    input: z
      .string({ error: "must be a name from zitadel-actions:instances" })
      .min(1, "must not be empty: give a name from zitadel-actions:instances, or leave it out for the default instance")
      .optional(),
  },
} satisfies Table;

/** The inputs of a resource with that table. */
export type InputsOf<All extends Table> = z.infer<z.ZodObject<{ [Key in keyof All]: All[Key]["input"] }>>;

/** The reason for a value that is not a `form`, or is missing: then with its meaning. */
export function mustBe(form: string, meaning: string) {
  return ({ input }: { input?: unknown }) => (input === undefined ? `is required: ${meaning}` : `must be ${form}`);
}

/** Claims a name, condition or key, once that and the instance are known; returns the resource that has claimed it already. */
export function claimFor(what: string | undefined, { instance, adopt }: Properties, claim: CheckRequest["claim"]) {
  return what === undefined || instance === unknown ? undefined : claim(what, adopt === true);
}

/** A function that validates inputs: at most one failure for each property path, and none for values that are not known yet. */
export function validator(resource: string, table: Table): (inputs: Properties) => Failure[] {
  const schema = z.strictObject(Object.fromEntries(Object.entries(table).map(([key, { input }]) => [key, input])));
  return (inputs) => {
    const failures = new Map<string, Failure>();
    const add = (path: readonly PropertyKey[], reason: string, hidden: boolean) => {
      const property = pathText(path);
      if (!failures.has(property)) failures.set(property, { property, reason, ...(hidden && { sensitive: true }) });
    };
    for (const issue of schema.safeParse(inputs).error?.issues ?? []) {
      if (isUnknown(inputs, issue.path)) continue;
      if (issue.code === "unrecognized_keys") {
        // The value of a misspelt property may well be a secret.
        const known = knownKeys(schema, issue.path);
        for (const key of issue.keys) add([...issue.path, key], misspelt(key, resource, issue.path, known), true);
      } else {
        add(issue.path, issue.message, table[String(issue.path[0])]?.isSensitive === true);
      }
    }
    return [...failures.values()];
  };
}

function isUnknown(inputs: Properties, path: readonly PropertyKey[]): boolean {
  let value: unknown = inputs;
  for (const key of path) {
    if (value === unknown) return true;
    value = typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  }
  return value === unknown;
}

function knownKeys(schema: z.ZodObject, path: readonly PropertyKey[]): string[] {
  let shape = schema.shape as Record<PropertyKey, unknown>;
  for (const key of path) {
    let inner = shape[key];
    while (typeof inner === "object" && inner !== null && "unwrap" in inner)
      inner = (inner as { unwrap(): unknown }).unwrap();
    shape = (inner as z.ZodObject).shape;
  }
  return Object.keys(shape).filter((key) => !key.startsWith("__"));
}

function misspelt(key: string, resource: string, path: readonly PropertyKey[], known: readonly string[]): string {
  const bare = (name: string) => name.replace(/[^a-z0-9]/gi, "").toLowerCase();
  const meant = known.find((name) => bare(name) === bare(key)) ?? closest(key, known)[0];
  const said = `Unknown property '${[...path, key].join(".")}'.`;
  if (meant !== undefined) return `${said} Did you mean '${meant}'?`;
  const where = path.length === 0 ? resource : pathText(path);
  return `${said} ${where} has ${known.length === 0 ? "no properties" : `the properties ${known.join(", ")}`}`;
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${String(key)}`))
    .join("");
}
