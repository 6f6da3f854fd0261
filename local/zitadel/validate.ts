import { invalid } from "./errors";

/** Why a field is refused, in the words of protoc-gen-validate; `undefined` if it is not. */
export type Failure = string | undefined;

/** Refuses a request for the first of these failures. */
export function check(...failures: readonly Failure[]): void {
  const first = firstOf(...failures);
  if (first !== undefined) throw invalid(first);
}

export function firstOf(...failures: readonly Failure[]): Failure {
  return failures.find((failure) => failure !== undefined);
}

/** The failure of a message that stands in a field of another. */
export function embedded(field: string, failure: Failure): Failure {
  return failure && `invalid ${field}: embedded message failed validation | caused by: ${failure}`;
}

/** The first failure in a list of messages. */
export function embeddedIn<M>(field: string, messages: readonly M[], failureOf: (message: M) => Failure): Failure {
  return firstOf(...messages.map((message, index) => embedded(`${field}[${index}]`, failureOf(message))));
}

export function required(field: string, value: unknown): Failure {
  return value === undefined ? `invalid ${field}: value is required` : undefined;
}

export function runes(field: string, value: string, least: number, most: number): Failure {
  const count = runeCount(value);
  if (count >= least && count <= most) return undefined;
  return `invalid ${field}: value length must be between ${least} and ${most} runes, inclusive`;
}

/** The rule of all ids in a path. */
export function id(field: string, value: string): Failure {
  return runes(field, value, 1, 200);
}

/** That an enum's number, if one was sent, has a name. */
export function defined(field: string, names: readonly string[], number = 0): Failure {
  return names[number] === undefined ? `invalid ${field}: value must be one of the defined enum values` : undefined;
}

export function runeCount(text: string): number {
  return Array.from(text).length;
}
