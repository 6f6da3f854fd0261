export type Properties = Readonly<Record<string, unknown>>;

/** Pulumi's placeholder for a value that is not known before the deployment. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Leaves out properties that are `undefined` or `null`. */
export function given(properties: Properties): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined && value !== null));
}
