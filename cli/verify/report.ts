import { oneLine } from "../../provider/api/errors";
import type { Paint } from "../output";
import { visible } from "../visible";
import { type Checked, checks, type Result, type Status } from "./checks";
import type { Explanation } from "./explain";
import type { Recorded } from "./recording";

/** The result of a run. */
export interface Report {
  /** The delivery's name in messages. */
  readonly name: string;
  readonly recorded: Recorded;
  readonly result: Result;
  /** Why it is rejected; `undefined` if it is verified. */
  readonly explanation: Explanation | undefined;
  readonly showPayload: boolean;
  readonly notes: readonly string[];
}

/** The report for programs. Properties that are `undefined` are left out. */
export function asJson({ name, recorded, result, explanation, showPayload, notes }: Report): string {
  const { checked, delivery, rejection } = result;
  const report = {
    delivery: name,
    form: recorded.form,
    verified: delivery !== undefined,
    code: rejection?.code,
    message: rejection?.message,
    explanation,
    kind: delivery?.kind,
    payloadType: delivery?.payloadType,
    signedAt: delivery?.signedAt,
    payload: showPayload ? delivery?.payload : undefined,
    checks: checked,
    notes,
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

const statuses: Readonly<Record<Status, readonly [words: string, style: Parameters<Paint>[0]]>> = {
  passed: ["passed", "green"],
  failed: ["FAILED", "red"],
  ignored: ["ignored", "yellow"],
  notNeeded: ["not needed", "dim"],
  notReached: ["not reached", "dim"],
};

/** The report for people: each check and, for a failed one, what happened and what to do. `fit` wraps all but the payload. */
export function asText(
  { name, recorded, result, explanation, showPayload }: Report,
  paint: Paint,
  fit: (text: string) => string,
): string {
  const { checked, delivery, rejection } = result;
  const count = recorded.headers.length;
  const what = `${recorded.form} with ${count} ${count === 1 ? "header" : "headers"}`;
  const lines = [`${oneLine(name)}: ${what}`, "", ...checked.map((one) => lineOf(one, paint)), ""];
  if (rejection !== undefined && explanation !== undefined) {
    lines.push(
      `${paint("bold", "A receiver says:")} ${rejection.message}`,
      `${paint("bold", explanation.isProven ? "What happened:" : "Most probably:")} ${visible(explanation.what)}`,
      `${paint("cyan", "What to do:")} ${explanation.todo}`,
      "",
    );
  }
  lines.push(delivery === undefined ? paint("red", "Not verified.") : paint("green", "Verified."));
  const payload = showPayload && delivery !== undefined ? JSON.stringify(delivery.payload, undefined, 2) : undefined;
  return `${fit(lines.join("\n"))}\n${payload === undefined ? "" : `${visibleLines(payload)}\n`}`;
}

function lineOf({ check, status, detail }: Checked, paint: Paint): string {
  const [words, style] = statuses[status];
  const columns = `${paint(style, words.padEnd(12))}${checks[check].padEnd(22)}${visible(detail)}`;
  return `  ${columns.trimEnd()}`;
}

/** Escapes control characters: a payload may contain codes that a terminal would execute. */
function visibleLines(text: string): string {
  return text.split("\n").map(visible).join("\n");
}
