import type { Paint } from "../output";
import { visible } from "../visible";
import type { Outcome, Rejection } from "./outcome";

/** The result of a run. */
export interface Report {
  readonly url: string;
  readonly kind: string;
  readonly name: string;
  readonly payloadType: string;
  readonly bytes: number;
  readonly signedAt: Date;
  readonly target: string;
  readonly answer: {
    readonly status: number;
    readonly milliseconds: number;
    readonly location: string | undefined;
    readonly body: string;
  };
  readonly outcome: Outcome;
  readonly rejection: Rejection | undefined;
  readonly notes: readonly string[];
}

/** The report for programs. Properties that are `undefined` are left out. */
export function asJson({ outcome, rejection, notes, ...sent }: Report): string {
  const { usable, effects, ignored, todo } = outcome;
  return `${JSON.stringify({ ...sent, usable, effects, ignored, rejection, todo, notes }, undefined, 2)}\n`;
}

/** The report for people. */
export function asText({ outcome, ...sent }: Report, paint: Paint): string {
  const { kind, name, payloadType, bytes, url, target, answer } = sent;
  const type = payloadType.replace("PAYLOAD_TYPE_", "");
  const isGood = answer.status >= 200 && answer.status <= 299;
  const lines = [
    `Sent the ${kind} ${visible(name)} (${type}, ${bytes} bytes) to ${visible(url)}`,
    "",
    `${paint("bold", "Answer:")} ${paint(isGood ? "green" : "red", String(answer.status))} after ${answer.milliseconds} ms, ${answer.body === "" ? "without a body" : "with this body:"}`,
    ...bodyLines(answer.body),
    "",
    paint("bold", `What ZITADEL does with it, if the target is a ${target}:`),
    ...outcome.effects.map((effect) => `  - ${effect}`),
    ...(outcome.ignored.length === 0 ? [] : [paint("bold", "Ignored:")]),
    ...outcome.ignored.map((one) => `  - ${one}`),
    ...(outcome.todo === undefined ? [] : [`${paint("cyan", "What to do:")} ${outcome.todo}`]),
    "",
    outcome.usable ? paint("green", "ZITADEL can use the answer.") : paint("red", "ZITADEL cannot use the answer."),
  ];
  return `${lines.join("\n")}\n`;
}

/** So much of a body is printed. `--json` prints all of it. */
const longestBody = 4_000;

/** Escapes control characters: a body may contain codes that a terminal would execute. */
function bodyLines(body: string): string[] {
  if (body === "") return [];
  const shown = body.slice(0, longestBody).replace(/\r?\n$/, "");
  const rest =
    body.length > longestBody ? [`  … and ${body.length - longestBody} more characters (--json shows all)`] : [];
  return [...shown.split(/\r?\n/).map((line) => `  ${visible(line)}`), ...rest];
}
