import * as pulumi from "@pulumi/pulumi";
import { isRecord } from "../api/json";
import { token } from "../core/tokens";

// What the program's unit tests answer in place of ZITADEL.

export function mocksOf(): pulumi.runtime.Mocks | undefined {
  return (pulumi.runtime.getMonitor() as { mocks?: pulumi.runtime.Mocks } | undefined)?.mocks;
}

/** What the program's test answers in place of ZITADEL; `undefined` if the program runs without `pulumi.runtime.setMocks`. */
export async function answerOfMocks(
  name: string,
  args: object,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const mocks = mocksOf();
  if (mocks === undefined) return undefined;
  // `pulumi.runtime.invoke` calls it too, but loses the message of an error that a mock throws.
  const answer: unknown = await mocks.call({ token: token(name), inputs: { ...args }, provider: "" });
  if (isRecord(answer)) return answer;
  throw new Error(`The mock of ${token(name)} must return an object, but it returned ${nameOf(answer)}.`);
}

/** @param properties those of an object in the list, or none if it is a list of strings. */
export async function listOfMocks<Item>(name: string, key: string, options: object, properties?: object) {
  const answer = await answerOfMocks(name, options);
  if (answer === undefined) return undefined;
  const { [key]: list } = answer;
  const must = `The mock of ${token(name)} must return { ${key}: […] }, a list of ${properties === undefined ? "strings" : "objects"}`;
  if (!Array.isArray(list)) throw new Error(`${must}. It has no list ${key}.`);
  const isItem = properties === undefined ? (item: unknown) => typeof item === "string" : isSome(properties);
  const wrong = list.findIndex((item) => !isItem(item));
  if (wrong === -1) return list as Item[];
  const item: unknown = list[wrong];
  const what = properties !== undefined && isRecord(item) ? nothingOf(properties) : nameOf(item);
  throw new Error(`${must}. ${key}[${wrong}] is ${what}.`);
}

/** Whether a value is an object with at least one of these properties: a mock need only answer what the program uses. */
export function isSome(properties: object): (value: unknown) => boolean {
  return (value) => isRecord(value) && Object.keys(properties).some((key) => value[key] !== undefined);
}

export function nothingOf(properties: object): string {
  return `an object with none of ${Object.keys(properties).join(", ")}`;
}

/** What a value is, in words. */
export function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  return kind === "Object" ? "an object" : `a ${typeof value === "object" ? kind : typeof value}`;
}
