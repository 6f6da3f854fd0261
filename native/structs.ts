// Properties as the engine sends them: plain JSON, in which a few objects stand for other values.
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { isRecord } from "../provider/api/json";
import type { Properties } from "../provider/core/properties";

/** The key of an object that stands for another value; its value says for which kind. */
const kindKey = "4dabf18193072939515e22adb298388d";
const secretKind = "1b47061264138c4ac30d75fd1eb44270";
const resourceKind = "5cf8f73096256a8f31e491e813e4eb8e";

/** The properties, with secrets in plain text, and ids in place of resources. Properties that are null are left out. */
export function fromStruct(struct: Struct | undefined): Record<string, unknown> {
  return plain(struct?.toJavaScript() ?? {}) as Record<string, unknown>;
}

/** A value in the engine's form without marks. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isRecord(value)) return value;
  if (value[kindKey] === secretKind) return plain(value["value"]);
  if (value[kindKey] === resourceKind) return plain(value["id"]);
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => (one === null ? [] : [[key, plain(one)] as const])),
  );
}

/** The properties in the engine's form, with these marked as secrets. */
export function toStruct(properties: Properties, secrets: readonly string[] = []): Struct {
  const marked = Object.entries(properties).map(([key, value]) => [
    key,
    secrets.includes(key) ? asSecret(value) : value,
  ]);
  // JSON leaves out what is undefined, which a Struct cannot have.
  return Struct.fromJavaScript(JSON.parse(JSON.stringify(Object.fromEntries(marked))) as Record<string, never>);
}

/** Whether a value in the engine's form is marked as a secret. */
export function isMarked(value: unknown): boolean {
  return isRecord(value) && value[kindKey] === secretKind;
}

function asSecret(value: unknown): unknown {
  if (value === undefined || isMarked(value)) return value;
  return { [kindKey]: secretKind, value };
}
