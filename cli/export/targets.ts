import type { Properties } from "../../provider/core/properties";
import { check, defaultPayloadType, foldedName, kinds, unspecified } from "../../provider/target/schema";
import { inputsOf } from "../../provider/target/wire";
import type { TargetRow } from "../inventory";
import { quoted } from "../visible";
import { type Block, leftOut, problemOf } from "./block";
import { type Namer, resourceNames } from "./names";
import { json, reference, text, type Value } from "./typescript";

/** The targets of a program. */
export interface Targets {
  readonly blocks: readonly Block[];
  /** Whether a target is deleted, although ZITADEL lists it. */
  readonly isDeleted: (id: string) => boolean;
  /** Their names in the program, by id; those that are left out are not in it. */
  readonly declared: ReadonlyMap<string, { readonly variable: string; readonly resource: string }>;
  /** A target's id: a reference, or the literal id if the program does not declare the target. */
  readonly idOf: (id: string) => Value;
}

/** Declares the targets, which must be sorted with the oldest first. */
export function declareTargets(rows: readonly TargetRow[], deleted: ReadonlySet<string>, variables: Namer): Targets {
  const resources = resourceNames();
  const present = rows.filter(({ id }) => !deleted.has(id));
  const newest = new Map(present.map(({ id, name }) => [foldedName(name), id]));
  const declared = new Map<string, { variable: string; resource: string }>();
  const blocks = rows.map((row): Block => {
    const about = { resource: "target", id: row.id, name: row.name } as const;
    const what = `Target ${naming(row)}`;
    if (deleted.has(row.id)) return leftOut(about, what, "it is deleted, and ZITADEL's read model missed that");
    const problem = problemWith(row, newest.get(foldedName(row.name)));
    if (problem !== undefined) return leftOut(about, what, `${problem}. Executions that call it use its literal id`);
    const variable = variables(row.name, "target");
    const resource = resources(row.name, "target");
    declared.set(row.id, { variable, resource });
    const properties = Object.fromEntries(Object.entries(argsOf(row)).map(([key, value]) => [key, json(value)]));
    return { about, declaration: { variable, type: "ZitadelTarget", resource, properties }, notes: notesOn(row) };
  });
  const known = new Set(rows.map(({ id }) => id));
  return {
    blocks,
    isDeleted: (id) => deleted.has(id),
    declared,
    idOf: (id) => {
      const target = declared.get(id);
      if (target !== undefined) return reference(target.variable, "id");
      return text(id, known.has(id) ? "left out above" : "not shown by ZITADEL");
    },
  };
}

/** A target's id and name, for a sentence. */
export function naming({ id, name }: { id: string; name: string }): string {
  return `${id} ${quoted(name)}`;
}

/** What a program sets, without defaults. */
function argsOf(row: TargetRow): Properties {
  const { payloadType, adopt, ...others } = inputsOf(row, { adopt: true });
  const isDefault = payloadType === defaultPayloadType || payloadType === unspecified;
  return { ...others, ...(!isDefault && { payloadType }), adopt };
}

function problemWith(row: TargetRow, newest: string | undefined): string | undefined {
  if (newest !== undefined && newest !== row.id) {
    return `target ${newest} has that name too, but names are unique: so this one is deleted, and ZITADEL's read model missed that`;
  }
  if (kinds.every((kind) => row[kind] === undefined)) return "this version does not know its kind";
  const none = () => undefined; // the names were compared above already
  return problemOf((request) => check(request, () => row.name), {
    news: argsOf(row),
    logicalName: row.name,
    claim: none,
  });
}

function notesOn(row: TargetRow): string[] {
  if (new URL(row.endpoint).search === "") return [];
  const advice = "if that contains a secret, move it from this file to the configuration (config.requireSecret)";
  return [`Target ${naming(row)} has an endpoint with a query: ${advice}.`];
}
