import type { Kind } from "../kinds";
import { type Where, whereabouts } from "../stack";
import { importFile } from "./import-file";
import type { Program } from "./program";

export type Format = "typescript" | "import-file";

/** The result of an export. */
export interface Report {
  readonly where: Where;
  /** The file that was written; `undefined` for standard output. */
  readonly file: string | undefined;
  readonly format: Format;
  readonly program: Program;
}

/** The report for programs, including what is not in a file. Properties that are `undefined` are left out. */
export function asJson({ where, file, format, program: exported }: Report): string {
  const { text, subjects, notes } = exported;
  const declared = subjects.filter(({ as }) => as !== undefined);
  const leftOut = subjects.filter(({ as }) => as === undefined);
  const written = format === "typescript" ? { program: text } : { importFile: importFile(exported) };
  return `${JSON.stringify({ ...where, file, ...(file === undefined && written), declared, leftOut, notes }, undefined, 2)}\n`;
}

/** The report for people: the numbers, in one line. */
export function asText({ where, file, program }: Report): string {
  const { targets, keys, executions } = countsOf(program);
  const what = `targets: ${targets}, public keys: ${keys}, executions: ${executions}`;
  return `Exported ${whereabouts(where)}${file === undefined ? "" : ` to ${file}`} (${what}).`;
}

/** The number of declared resources of each kind. */
export function countsOf({ subjects }: Program): Readonly<Record<"targets" | "keys" | "executions", number>> {
  const count = (kind: Kind) => subjects.filter(({ resource, as }) => resource === kind && as !== undefined).length;
  return { targets: count("target"), keys: count("publicKey"), executions: count("execution") };
}

/** All notes, those about the whole program first. */
export function notesOf({ notes, subjects }: Program): readonly string[] {
  return [...notes, ...subjects.flatMap((one) => one.notes)];
}
