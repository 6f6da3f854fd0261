import type { Block } from "./block";
import type { Inventory } from "../inventory";
import { declareExecutions } from "./executions";
import { declareKeys } from "./keys";
import { variableNames } from "./names";
import { comment, type Declaration, declaration, importOf, variablesIn, visible } from "./source";
import { declareTargets } from "./targets";

/** A program, and what its reader should know of it. */
export interface Program {
  readonly text: string;
  /** What could not be declared, and what is to be looked at. */
  readonly notes: readonly string[];
  /** How many of each type are declared. */
  readonly counts: { readonly targets: number; readonly keys: number; readonly executions: number };
}

/** Writes a program that declares what an instance has, and takes it over without a change. */
export function program(inventory: Inventory): Program {
  const variables = variableNames();
  const targets = declareTargets(inventory.targets, variables);
  const keys = declareKeys(inventory, targets, variables);
  const executions = declareExecutions(inventory, targets, keys);
  const blocks = [...targets.blocks, ...keys.blocks, ...executions];
  const declarations = declared(blocks);
  const general = inventory.changed ? [changedMeanwhile] : [];
  const used = new Set(declarations.flatMap(variablesIn));
  const parts = [
    comment(introduction(inventory.host)),
    ...general.map(comment),
    imports(declarations),
    ...blocks.map((block) => written(block, used)),
  ];
  return {
    text: `${parts.join("\n\n")}\n`,
    notes: [...general, ...blocks.flatMap(({ notes }) => notes)].map(visible),
    counts: {
      targets: declared(targets.blocks).length,
      keys: declared(keys.blocks).length,
      executions: declared(executions).length,
    },
  };
}

const changedMeanwhile =
  "Something was added to the instance or removed from it while it was read, so this may lack something: export again.";

function introduction(host: string): string {
  return `Everything of Actions v2 on ${host}, written by \`pulumi-zitadel-actions export\`. The first \`pulumi up\` takes over what is there (adopt: true) and changes nothing.`;
}

function imports(declarations: readonly Declaration[]): string {
  const types = new Set(declarations.map(({ type }) => type));
  const names = ["ZitadelTarget", "ZitadelExecution", "ZitadelTargetPublicKey"].filter((name) => types.has(name));
  return names.length === 0 ? "export {};" : importOf(names, "pulumi-zitadel-actions");
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

function declared(blocks: readonly Block[]): Declaration[] {
  return blocks.flatMap(({ declaration: resource }) => resource ?? []);
}
