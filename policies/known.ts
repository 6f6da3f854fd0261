import { unknown } from "../provider/lifecycle";

/**
 * A resource's properties as plain data, with `unknown` in the place of each value that a preview does not know: @pulumi/policy
 * throws where such a value is read, and a rule is to be silent about it.
 */
export function plain(properties: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.keys(properties).map((key) => [key, valueOf(properties, key)]));
}

function valueOf(container: object, key: string | number): unknown {
  const value = read(container, key);
  if (typeof value !== "object" || value === null) return value;
  // By index: what @pulumi/policy hands out is a proxy, and its older versions let an array's own methods fail.
  return Array.isArray(value)
    ? Array.from({ length: value.length }, (_, index) => valueOf(value, index))
    : plain(value);
}

function read(container: object, key: string | number): unknown {
  try {
    return (container as Record<string | number, unknown>)[key];
  } catch (error) {
    if (isOfUnknownValue(error)) return unknown;
    throw error;
  }
}

/** By its field, since older versions do not export the class. */
function isOfUnknownValue(error: unknown): boolean {
  return error instanceof Error && "unknownTypeSentinel" in error;
}
