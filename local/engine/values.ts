// Property values as they travel between program, engine and provider.
import { isDeepStrictEqual } from "node:util";

/** A property's value, as the program, the engine and the provider pass it on. */
export type Value = null | boolean | number | string | Value[] | Props;
/** Properties by name. */
export interface Props {
  [key: string]: Value;
}

/** The key that marks a value as special, and its value for a secret. Part of Pulumi's protocols and of its state. */
export const signature = "4dabf18193072939515e22adb298388d";
export const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
/** Stands for a value that a preview cannot know. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function isProps(value: Value | undefined): value is Props {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isSecret(value: Value | undefined): value is Props {
  return isProps(value) && value[signature] === secretSignature;
}

export function secret(value: Value): Value {
  return isSecret(value) ? value : { [signature]: secretSignature, value };
}

export function mapProps(props: Props, change: (value: Value) => Value): Props {
  return Object.fromEntries(Object.entries(props).map(([key, value]) => [key, change(value)]));
}

/** Returns the value with each secret replaced. */
export function mapSecrets(value: Value, change: (secret: Props) => Value): Value {
  if (isSecret(value)) return change(value);
  if (Array.isArray(value)) return value.map((item) => mapSecrets(item, change));
  return isProps(value) ? mapProps(value, (item) => mapSecrets(item, change)) : value;
}

/** Returns the value with secrets as plain values, as providers see it. */
export function plain(value: Value): Value {
  return mapSecrets(value, (part) => plain(part["value"] ?? null));
}

/** Returns a value as text: a string as it is, anything else as JSON. */
export function textOf(value: Value): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Whether two values are equal, ignoring whether they are secret. */
export function isSame(a: Props = {}, b: Props = {}): boolean {
  return isDeepStrictEqual(plain(a), plain(b));
}

/** Marks as secret in `outs` what was secret in `ins`: a provider answers in plain text. */
export function withSecretsOf(outs: Props, ins: Props): Props {
  const marked = { ...outs };
  for (const [key, out] of Object.entries(outs)) {
    const before = ins[key] ?? null;
    if (isProps(out) && isProps(before) && !isSecret(out) && !isSecret(before))
      marked[key] = withSecretsOf(out, before);
    else if (!isDeepStrictEqual(before, plain(before))) marked[key] = secret(out);
  }
  return marked;
}

/** Marks the named properties as secret. */
export function withSecrets(props: Props = {}, names: readonly string[] = []): Props {
  const marked = { ...props };
  for (const name of names) if (marked[name] !== undefined) marked[name] = secret(marked[name]);
  return marked;
}

/** Splits a path such as `a.b[0]["c.d"]` into its parts. */
export function parsePath(path: string): string[] {
  return Array.from(
    path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g),
    ([, quoted, name]) => name ?? (JSON.parse(`"${quoted ?? ""}"`) as string),
  );
}

export function getPath(value: Value | undefined, path: readonly string[]): Value | undefined {
  return path.reduce<Value | undefined>(
    (inner, step) => (typeof inner === "object" && inner !== null ? (inner as Props)[step] : undefined),
    value,
  );
}

/** Returns `props` with the value at `path` from `from`, or without it if `from` has none there. */
export function copyPath(props: Props, from: Props, [first = "", ...rest]: readonly string[]): Props {
  const { [first]: mine, ...others } = props;
  const theirs = from[first];
  if (rest.length > 0 && isProps(mine))
    return { ...props, [first]: copyPath(mine, isProps(theirs) ? theirs : {}, rest) };
  return theirs === undefined ? others : { ...props, [first]: theirs };
}
