import type { Program } from "./program";
import type { Kind } from "../kind";

/** What an export came to. */
export interface Report {
  readonly instance: string;
  /** Where the program was written; `undefined` for standard output. */
  readonly file: string | undefined;
  readonly program: Program;
}

/** For machines: with the program, unless that is in a file. A property that is `undefined` is left out. */
export function asJson({ instance, file, program }: Report): string {
  const { text, subjects, notes } = program;
  const declared = subjects.filter((one) => one.as !== undefined);
  const leftOut = subjects.filter((one) => one.as === undefined);
  const report = { instance, file, program: file === undefined ? text : undefined, declared, leftOut, notes };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

/** For people: how much it was, in a line. */
export function asText({ instance, file, program }: Report): string {
  const { targets, keys, executions } = countsOf(program);
  const what = `targets: ${targets}, public keys: ${keys}, executions: ${executions}`;
  return `Exported ${instance}${file === undefined ? "" : ` to ${file}`} (${what}).`;
}

/** How many of each are declared. */
export function countsOf({ subjects }: Program): Readonly<Record<"targets" | "keys" | "executions", number>> {
  const count = (kind: Kind) => subjects.filter(({ resource, as }) => resource === kind && as !== undefined).length;
  return { targets: count("target"), keys: count("publicKey"), executions: count("execution") };
}

/** All notes, those of all of it first. */
export function notesOf({ notes, subjects }: Program): readonly string[] {
  return [...notes, ...subjects.flatMap((one) => one.notes)];
}
