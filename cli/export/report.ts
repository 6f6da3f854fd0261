import type { Program } from "./program";
import type { Kind } from "../kinds";
import { whereabouts } from "../stack";

/** The result of an export. */
export interface Report {
  readonly instance: string;
  /** Its external domain, if that is not its address. */
  readonly externalDomain: string | undefined;
  /** Its name in `zitadel-actions:instances`; `undefined` for the default instance. */
  readonly name: string | undefined;
  /** The program's file; `undefined` for standard output. */
  readonly file: string | undefined;
  readonly program: Program;
}

/** The report for programs, including the program unless that is in a file. Properties that are `undefined` are left out. */
export function asJson({ instance, externalDomain, name, file, program }: Report): string {
  const { text, subjects, notes } = program;
  const declared = subjects.filter((one) => one.as !== undefined);
  const leftOut = subjects.filter((one) => one.as === undefined);
  const report = {
    instance,
    externalDomain,
    instanceName: name,
    file,
    program: file === undefined ? text : undefined,
    declared,
    leftOut,
    notes,
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

/** The report for people: the numbers, in one line. */
export function asText({ instance, externalDomain, name, file, program }: Report): string {
  const { targets, keys, executions } = countsOf(program);
  const what = `targets: ${targets}, public keys: ${keys}, executions: ${executions}`;
  return `Exported ${whereabouts(instance, name, externalDomain)}${file === undefined ? "" : ` to ${file}`} (${what}).`;
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
