export type Properties = Readonly<Record<string, unknown>>;

/** The names of the properties of `Known`, without hidden ones (`__…`). The documented type must have all of them. */
export type NamesIn<Known, Documented extends Record<Exclude<keyof Known, `__${string}`>, unknown>> = keyof Documented &
  Exclude<keyof Known, `__${string}`>;

/** Pulumi's placeholder for a value that is not known before the deployment. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Leaves out properties that are `undefined` or `null`. */
export function given(properties: Properties): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined && value !== null));
}
