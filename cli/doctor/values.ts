/** Pulumi's mark for a secret, a part of its state format. */
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** A property in an export; `undefined` if it is not there. */
export type Value = { readonly known: unknown } | "encrypted" | undefined;

/** Reads a property: a secret is encrypted, or in plain text if the export shows secrets. */
export function valueOf(property: unknown): Value {
  if (property === undefined || property === null) return undefined;
  if (!isSecret(property)) return { known: property };
  const { plaintext } = property;
  if (typeof plaintext !== "string") return "encrypted";
  try {
    return { known: JSON.parse(plaintext) };
  } catch {
    return "encrypted"; // it is not a readable value
  }
}

export function knownIn(value: Value): unknown {
  return typeof value === "object" ? value.known : undefined;
}

export function textOf(value: Value): string | undefined {
  const known = knownIn(value);
  return typeof known === "string" ? known : undefined;
}

/** A list of strings, each of which can be a secret; `undefined` if one of them is encrypted. */
export function textsOf(value: Value): readonly string[] | undefined {
  const known = knownIn(value);
  if (!Array.isArray(known)) return undefined;
  const texts = known.map((one) => textOf(valueOf(one)));
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

/** Whether it contains a secret in plain text anywhere. */
export function holdsPlainSecret(properties: unknown): boolean {
  if (typeof properties !== "object" || properties === null) return false;
  if (isSecret(properties)) return properties["plaintext"] !== undefined;
  return Object.values(properties).some(holdsPlainSecret);
}

function isSecret(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" && value !== null && (value as Record<string, unknown>)[signature] === secretSignature
  );
}
