import { oneLine } from "../../provider/api/errors";
import type { Paint } from "../output";
import { type Where, whereabouts } from "../stack";
import { type Facts, named, type Thing } from "./match";
import { type Finding, problems } from "./problems";

/** The result of a run. */
export interface Report {
  readonly where: Where;
  readonly facts: Facts;
  readonly findings: readonly Finding[];
  readonly removed: readonly Thing[];
  readonly notes: readonly string[];
}

/** The report for programs. Properties that are `undefined` are left out. */
export function asJson({ where, facts, findings, notes, ...report }: Report): string {
  const exports = facts.stacks.map(({ file }) => file);
  const removed = report.removed.map(({ kind, id, name }) => ({ resource: kind, id, name }));
  return `${JSON.stringify({ ...where, exports, findings, removed, notes }, undefined, 2)}\n`;
}

/** The report for people: the problems by kind, each kind with what to do, and at the end their number. */
export function asText({ where, facts, findings, removed }: Report, paint: Paint): string {
  const { inventory, stacks } = facts;
  const keys = [...inventory.keys.values()].flat().length;
  const todo = paint("cyan", "What to do:");
  const entries = stacks.reduce((count, stack) => count + stack.entries.length, 0);
  const lines = [
    `${whereabouts(where)} has targets: ${inventory.targets.length}, public keys: ${keys}, executions: ${inventory.executions.length}.`,
    `In ${stacks.map(({ file }) => oneLine(file)).join(", ")}: ${entries} ${entries === 1 ? "entry" : "entries"}.`,
    "",
  ];
  for (const [problem, { headline }] of Object.entries(problems)) {
    const these = findings.filter((one) => one.problem === problem);
    if (these[0] === undefined) continue;
    lines.push(paint("bold", `${headline}:`), ...these.flatMap(linesOf), `  ${todo} ${these[0].todo}`, "");
  }
  if (removed.length > 0) lines.push(paint("bold", "Removed:"), ...removed.map((thing) => `  - ${named(thing)}`), "");
  const count = findings.length;
  const found = count === 1 ? "Found 1 problem." : `Found ${count} problems.`;
  lines.push(count === 0 ? paint("green", "Found no problems.") : paint("yellow", found));
  return `${lines.join("\n")}\n`;
}

function linesOf({ resource, id, name, creationDate, detail, entries }: Finding): string[] {
  const since = creationDate === undefined ? "" : `, created ${creationDate}`;
  const more = detail === undefined ? "" : `: ${detail}`;
  return [
    `  - ${named({ kind: resource, id, name })}${since}${more}`,
    ...entries.map(({ urn, export: file, deployedTo }) => {
      const where = deployedTo === undefined ? "" : `, deployed to ${oneLine(deployedTo)}`;
      return `    ${oneLine(urn, Infinity)} in ${oneLine(file, Infinity)}${where}`;
    }),
  ];
}
