// Property values as they travel between program, engine and provider.
import { isDeepStrictEqual } from "node:util";
import type * as StructProto from "google-protobuf/google/protobuf/struct_pb";
import { Struct } from "./sdk";

export type Value = null | boolean | number | string | Value[] | Props;
export interface Props {
  [key: string]: Value;
}

/** The key that marks a value as special, and what it says of a secret. Part of Pulumi's protocols and of its state. */
export const signature = "4dabf18193072939515e22adb298388d";
export const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
/** Stands for a value that a preview cannot know. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function isNull(value: Value | undefined): value is null | undefined {
  return value === undefined || value === null;
}

export function isProps(value: Value | undefined): value is Props {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isSecret(value: Value | undefined): value is Props & { value: Value } {
  return isProps(value) && value[signature] === secretSignature;
}

export function secret(value: Value): Value {
  return isSecret(value) ? value : { [signature]: secretSignature, value };
}

/** Rebuilds a value from its leaves up, `change` having the last word on each part of it. */
export function mapValue(value: Value, change: (value: Value) => Value): Value {
  if (Array.isArray(value)) return change(value.map((item) => mapValue(item, change)));
  if (isProps(value)) return change(mapProps(value, change));
  return change(value);
}

function mapProps(props: Props, change: (value: Value) => Value): Props {
  return Object.fromEntries(Object.entries(props).map(([key, value]) => [key, mapValue(value, change)]));
}

/** The same without any mark of secrecy, as providers see it. */
export function plain(value: Value): Value {
  return mapValue(value, (part) => (isSecret(part) ? part.value : part));
}

export function plainProps(props: Props): Props {
  return mapProps(props, plain);
}

/** A value as text: itself if it is one, otherwise its JSON. */
export function textOf(value: Value): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Equality of what they are, whether they are secret or not. */
export function isSame(a: Value | undefined, b: Value | undefined): boolean {
  return isDeepStrictEqual(plain(a ?? null), plain(b ?? null));
}

function containsSecrets(value: Value): boolean {
  if (isSecret(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(containsSecrets);
}

/** Makes secret in `outs` what was secret in `ins`: a provider answers in plain text. */
export function withSecretsOf(outs: Props, ins: Props): Props {
  const marked = { ...outs };
  for (const [key, out] of Object.entries(outs)) {
    const before = ins[key];
    if (before === undefined) continue;
    if (isProps(out) && isProps(before) && !isSecret(before) && !isSecret(out))
      marked[key] = withSecretsOf(out, before);
    else if (containsSecrets(before)) marked[key] = secret(out);
  }
  return marked;
}

/** Makes the named properties secret. */
export function withSecrets(props: Props, names: readonly string[]): Props {
  const marked = { ...props };
  for (const name of names) if (marked[name] !== undefined) marked[name] = secret(marked[name]);
  return marked;
}

export function toStruct(props: Props): StructProto.Struct {
  return Struct.fromJavaScript(props);
}

export function fromStruct(struct: StructProto.Struct | undefined): Props {
  return struct?.toJavaScript() ?? {};
}

/** `a.b[0]["c.d"]` as the steps of a walk; `*` stands for any. */
export function parsePath(path: string): string[] {
  return Array.from(
    path.matchAll(/\[\s*"((?:[^"\\]|\\.)*)"\s*\]|\[([^\]]*)\]|([^.[\]]+)/g),
    ([, quoted, index, name]) => (quoted === undefined ? (index ?? name ?? "") : (JSON.parse(`"${quoted}"`) as string)),
  );
}

export function getPath(value: Value | undefined, path: readonly string[]): Value | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  const inner = isSecret(value) ? value.value : value;
  if (Array.isArray(inner)) return getPath(inner[Number(first)], rest);
  return isProps(inner) ? getPath(inner[first], rest) : undefined;
}

/** `props` with the value at `path` taken from `from`, or taken away if `from` has none there. */
export function copyPath(props: Props, from: Props, path: readonly string[]): Props {
  const [first, ...rest] = path;
  if (first === undefined) return props;
  if (first === "*")
    return Object.keys({ ...props, ...from }).reduce((all, key) => copyPath(all, from, [key, ...rest]), props);
  const [mine, theirs] = [props[first], from[first]];
  if (rest.length > 0 && isProps(mine))
    return { ...props, [first]: copyPath(mine, isProps(theirs) ? theirs : {}, rest) };
  if (theirs !== undefined) return { ...props, [first]: theirs };
  return Object.fromEntries(Object.entries(props).filter(([key]) => key !== first));
}
