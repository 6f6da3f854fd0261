import { invalid } from "./check-answer.ts";
import { isWebhookError } from "./errors.ts";
import { isObject, isPlain, isPromise } from "./values.ts";

/**
 * A value as JSON; `undefined` if it cannot be written as JSON. Throws `answer_invalid` if it has a part that JSON would leave out or
 * turn into something else, such as a Map, which becomes `{}`.
 *
 * @param subject How the message calls the value. Without it, nothing is checked.
 */
export function toJson(value: unknown, subject?: string): string | undefined {
  const check = function (this: Record<string, unknown>, member: string, json: unknown): unknown {
    const inList = Array.isArray(this);
    const kind =
      halved(member) ??
      lostKind(this[member], json) ??
      (inList && json === undefined ? "an undefined entry" : undefined);
    if (kind === undefined) return json;
    const found = member === "" ? `is ${kind}` : `has ${kind} in ${inList ? "a list" : `\`${member.toWellFormed()}\``}`;
    throw invalid(
      `${subject} ${found}, which JSON does not keep: use plain objects, arrays, strings, numbers, booleans and null, and await promises.`,
    );
  };
  try {
    return JSON.stringify(value, subject === undefined ? undefined : check);
  } catch (error) {
    if (isWebhookError(error)) throw error;
    return undefined;
  }
}

/**
 * What a value is, if JSON does not keep it.
 *
 * @param json What `toJSON` returned, if the value has such a method; otherwise the value.
 */
function lostKind(value: unknown, json: unknown): string | undefined {
  if (value instanceof Error || tagOf(value) === "Error") return "an error";
  if (ArrayBuffer.isView(value)) return "bytes (write them as a string in base64)";
  if (json !== value && (json ?? undefined) === undefined) return `an invalid ${tagOf(value)}`;
  switch (typeof json) {
    case "string":
      return halved(json);
    case "number":
      return Number.isFinite(json) ? undefined : "a number that is not finite";
    case "bigint":
      return "a bigint (write it as a string)";
    case "function":
    case "symbol":
      return `a ${typeof json}`;
    default:
      return isObject(json) && !Array.isArray(json) ? lostObject(json) : undefined;
  }
}

/** The same for a text: ZITADEL fails on half of a surrogate pair, or replaces it. */
function halved(text: string): string | undefined {
  return text.isWellFormed()
    ? undefined
    : "text with half of a character (cut it with `[...text].slice()`, or use `text.toWellFormed()`)";
}

/** The same for an object that is no list. */
export function lostObject(value: object): string | undefined {
  if (isPromise(value)) return "a promise";
  if ("$typeName" in value) return "a message of @bufbuild/protobuf (write it with `toJson()`)";
  if (isPlain(value)) return undefined;
  const tag = tagOf(value);
  // An object of a class is written with its members, if it has any.
  return tag === "Object" && Object.keys(value).length > 0 ? undefined : `an object of the type ${tag}`;
}

function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}
