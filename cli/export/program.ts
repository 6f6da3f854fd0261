import type { Inventory } from "../inventory";
import { whereabouts } from "../stack";
import { visible } from "../visible";
import type { Block, Subject } from "./block";
import { declareExecutions } from "./executions";
import { declareKeys } from "./keys";
import { variableNames } from "./names";
import { comment, type Declaration, declaration, importOf, text, variablesIn } from "./typescript";
import { declareTargets } from "./targets";

/** A program, with notes for its reader. */
export interface Program {
  readonly text: string;
  /** Notes about the whole program. */
  readonly notes: readonly string[];
  /** Everything on the instance, in the program's order. */
  readonly subjects: readonly Exported[];
}

/** Something on the instance, and its resource in the program. */
export interface Exported extends Subject {
  /** The resource's name in the program; `undefined` if it is left out. */
  readonly as: string | undefined;
  readonly notes: readonly string[];
}

/**
 * Writes a program that declares everything on an instance, and takes it over without changing anything.
 *
 * @param deleted the ids of listed targets that are deleted: they are left out, with their keys.
 * @param instanceName the instance's name in `zitadel-actions:instances`, unless it is the default one.
 * @param externalDomain its external domain, if that is not its address.
 */
export function program(
  inventory: Inventory,
  deleted: ReadonlySet<string> = new Set(),
  instanceName?: string,
  externalDomain?: string,
): Program {
  const variables = variableNames();
  const targets = declareTargets(inventory.targets, deleted, variables);
  const keys = declareKeys(inventory, targets, variables);
  const executions = declareExecutions(inventory, targets, keys);
  const blocks = [...targets.blocks, ...keys.blocks, ...executions].map((block) => on(instanceName, block));
  const declarations = blocks.flatMap(({ declaration: resource }) => resource ?? []);
  const general = inventory.changed ? [changedMeanwhile] : [];
  const used = new Set(declarations.flatMap(variablesIn));
  const parts = [
    comment(introduction(whereabouts({ instance: inventory.host, externalDomain, instanceName }))),
    ...general.map(comment),
    imports(declarations),
    ...blocks.map((block) => written(block, used)),
  ];
  return {
    text: `${parts.join("\n\n")}\n`,
    notes: general,
    subjects: blocks.map(({ about, declaration: resource, notes }) => {
      return { ...about, as: resource?.resource, notes: notes.map(visible) };
    }),
  };
}

const changedMeanwhile =
  "Something was added to the instance or removed from it while it was read, so something may be missing: export again.";

function introduction(host: string): string {
  return `Everything of Actions v2 on ${host}, written by \`pulumi-zitadel-actions export\`. The first \`pulumi up\` takes over what is there (adopt: true) and changes nothing. First delete what another stack or tool manages: an object that is removed from a program later is deleted, for all of them.`;
}

function imports(declarations: readonly Declaration[]): string {
  const types = new Set(declarations.map(({ type }) => type));
  const names = ["ZitadelTarget", "ZitadelExecution", "ZitadelTargetPublicKey"].filter((name) => types.has(name));
  return names.length === 0 ? "export {};" : importOf(names, "pulumi-zitadel-actions");
}

/** Adds the name of the instance to a resource. */
function on(instance: string | undefined, block: Block): Block {
  const { declaration: resource } = block;
  if (instance === undefined || resource === undefined) return block;
  return { ...block, declaration: { ...resource, properties: { ...resource.properties, instance: text(instance) } } };
}

/** A resource that nothing refers to needs no variable. */
function written({ declaration: resource, notes }: Block, used: ReadonlySet<string>): string {
  const parts = notes.map(comment);
  if (resource !== undefined) {
    const { variable } = resource;
    parts.push(
      declaration({ ...resource, variable: variable !== undefined && used.has(variable) ? variable : undefined }),
    );
  }
  return parts.join("\n");
}
