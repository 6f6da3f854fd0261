import { unknown } from "../provider/core/properties";

/** What `pulumi policy analyze --file` has instead of a secret that it cannot decrypt. */
const redacted = "[secret]";

/**
 * A resource's properties as plain data, with `unknown` instead of each value that is not known, which rules must ignore: what a
 * preview does not know yet (@pulumi/policy throws when it is read), and what is encrypted in an exported state.
 */
export function plain(properties: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.keys(properties).map((key) => [key, valueOf(properties, key)]));
}

function valueOf(container: object, key: string | number): unknown {
  const value = read(container, key);
  if (value === redacted) return unknown;
  if (typeof value !== "object" || value === null) return value;
  // By index: @pulumi/policy passes a proxy, and in older versions an array's own methods fail on it.
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

/** Checks a field, because older versions do not export the class. */
function isOfUnknownValue(error: unknown): boolean {
  return error instanceof Error && "unknownTypeSentinel" in error;
}
