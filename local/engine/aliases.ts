// Finds the resource of the last deployment that a declared one continues: the one with its URN, or with one of its aliases.
import { nameOf, type ResourceState, stackType } from "./resource";

/** One alias, as the program gives it: a URN, or what differs from the resource itself. */
export interface Alias {
  readonly urn?: string;
  readonly name?: string;
  readonly type?: string;
  readonly stack?: string;
  readonly project?: string;
  /** The URN of the parent; `""` means no parent. */
  readonly parent?: string;
}

/** The resource that a declared one continues, and the problems with its aliases. */
export interface Continued {
  readonly old: ResourceState | undefined;
  readonly problems: readonly string[];
}

/** Builds the URN of a resource of this stack, or of another one. */
type UrnOf = (type: string, name: string, parent?: string, of?: { stack?: string; project?: string }) => string;

export class Aliases {
  /** The alias under which each resource was found. */
  private readonly used = new Map<string, string>();
  /** The resource that used each alias. */
  private readonly users = new Map<string, string>();

  constructor(
    private readonly urnOf: UrnOf,
    private readonly olds: ReadonlyMap<string, ResourceState>,
    private readonly seen: ReadonlySet<string>,
  ) {}

  /** Whether another resource continues the old one with this URN. */
  isTaken(urn: string): boolean {
    return this.users.has(urn);
  }

  find(wanted: ResourceState, aliases: readonly Alias[] = []): Continued {
    const { urn } = wanted;
    const problems: string[] = [];
    const user = this.users.get(urn);
    if (user !== undefined)
      problems.push(`Duplicate resource URN '${urn}' conflicting with alias on resource with URN '${user}'`);
    const found = [urn, ...this.urnsOf(wanted, aliases)].find((one) => this.olds.has(one));
    if (found === undefined || found === urn) return { old: this.olds.get(urn), problems };
    for (const other of [this.seen.has(found) ? urn : undefined, this.users.get(found)])
      if (other !== undefined)
        problems.push(
          `Duplicate resource alias '${found}' applied to resource with URN '${urn}' conflicting with resource with URN '${other}'`,
        );
    this.users.set(found, urn);
    this.used.set(urn, found);
    return { old: this.olds.get(found), problems };
  }

  /** The URNs of all aliases: the resource's own, then those that follow from its parent's. */
  private urnsOf({ urn, type, parent = "" }: ResourceState, aliases: readonly Alias[]): string[] {
    const own = aliases.map((alias) => this.urnOfAlias(alias, type, nameOf(urn), parent));
    const parentAlias = this.used.get(parent);
    if (parentAlias === undefined) return own;
    // By convention, a child's name begins with its parent's name, and changes with it.
    const [parentName, parentWas] = [nameOf(parent), nameOf(parentAlias)];
    const inherited = [urn, ...own].map((one) => {
      const name = nameOf(one);
      const was = name.startsWith(parentName) ? parentWas + name.slice(parentName.length) : name;
      return this.urnOf(one.split("::")[2]?.split("$").at(-1) ?? "", was, parentAlias);
    });
    return [...own, ...inherited];
  }

  private urnOfAlias(alias: Alias, type: string, name: string, parent: string): string {
    if (alias.urn !== undefined) return alias.urn;
    const parentUrn = alias.parent === undefined ? parent : (this.used.get(alias.parent) ?? alias.parent);
    return this.urnOf(alias.type ?? type, alias.name ?? name, parentUrn, alias);
  }
}

/** Returns the states with the resources' current names. `renamed` has the new URN for each old one. */
export function underNewNames(
  states: readonly ResourceState[],
  renamed: ReadonlyMap<string, string>,
): readonly ResourceState[] {
  if (renamed.size === 0) return states;
  const all = new Map(renamed);
  for (const { urn, parent = "" } of states) {
    const parentUrn = all.get(parent);
    const [, , parentType = "", ...parentName] = parentUrn?.split("::") ?? [];
    if (parentName.length === 0 || parentType === stackType) continue;
    const [prefix, project, type = "", ...name] = urn.split("::");
    all.set(urn, [prefix, project, `${parentType}$${type.split("$").at(-1) ?? ""}`, ...name].join("::"));
  }
  const now = (urn: string): string => all.get(urn) ?? urn;
  const changes = (urns: readonly string[]): boolean => urns.some((urn) => all.has(urn));
  return states.map((state) => {
    const { urn, parent = "", deletedWith = "", dependencies = [], propertyDependencies = {} } = state;
    const properties = Object.entries(propertyDependencies);
    // As in Pulumi, if one property changes, properties without dependencies are left out.
    const changed = properties
      .filter(([, urns]) => urns.length > 0)
      .map(([key, urns]) => [key, urns.map(now)] as const);
    const isChanged = changes(properties.flatMap(([, urns]) => urns));
    if (!isChanged && !changes([urn, parent, deletedWith, ...dependencies])) return state;
    return {
      ...state,
      urn: now(urn),
      ...(parent !== "" && { parent: now(parent) }),
      ...(deletedWith !== "" && { deletedWith: now(deletedWith) }),
      ...(dependencies.length > 0 && { dependencies: dependencies.map(now) }),
      ...(isChanged && { propertyDependencies: Object.fromEntries(changed) }),
    };
  });
}
