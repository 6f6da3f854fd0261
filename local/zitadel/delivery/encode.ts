import { formatDuration, type WireDuration } from "../duration";
import { formatTimestamp, type WireTimestamp } from "../timestamp";
import type { Field, Message, MessageType } from "../wire";
import { goJson, goString, objectOf } from "./go-json";

/** Returns a message in protobuf's JSON mapping, without the fields that have their default value. */
export function encode<M extends MessageType>(type: M, message: Message<M>): string {
  const values = message as Record<string, unknown>;
  return objectOf(
    Object.fromEntries(Object.entries(type.fields).map(([name, field]) => [name, member(field, values[name])])),
  );
}

/** Returns the JSON of a field, or `undefined` if it is left out. In a oneof, a default is kept, because it says which field is set. */
function member(field: Field, value: unknown): string | undefined {
  if (value === undefined || (field.oneof === undefined && isDefault(value))) return undefined;
  return json(field, value);
}

function json(field: Field, value: unknown): string {
  switch (field.type) {
    case "message":
      return encode(field.message, value as Message<MessageType>);
    case "list":
      return `[${(value as unknown[]).map((item) => json(field.of, item)).join(",")}]`;
    case "enum":
      return goJson(field.names[value as number] ?? value);
    case "duration": {
      const { seconds, nanos } = value as WireDuration;
      const total = seconds * 1_000_000_000 + nanos;
      return goString(`${total < 0 ? "-" : ""}${formatDuration(Math.abs(total))}`);
    }
    case "timestamp":
      return goString(formatTimestamp(value as WireTimestamp));
    case "bytes":
      return goString((value as Buffer).toString("base64"));
    case "uint64":
      return goString(String(value));
    default:
      return goJson(value);
  }
}

function isDefault(value: unknown): boolean {
  const isEmpty = Array.isArray(value) || Buffer.isBuffer(value) ? value.length === 0 : false;
  return isEmpty || value === "" || value === false || value === 0 || value === 0n;
}
