// A resource of the state, the operations on it, and its name.
import type { Props } from "./values";

export const stackType = "pulumi:pulumi:Stack";
const providerTypes = "pulumi:providers:";

/** Returns the package of a type: of the provider resource `pulumi:providers:aws`, or of a resource of it such as `aws:s3:Bucket`. */
export function packageOf(type: string): string {
  return (isProviderType(type) ? type.slice(providerTypes.length) : type.split(":")[0]) ?? "";
}

export function isProviderType(type: string): boolean {
  return type.startsWith(providerTypes);
}

export function providerTypeOf(name: string): string {
  return providerTypes + name;
}

/** Returns how the state of a resource refers to its provider. */
export function referenceTo({ urn, id = "" }: Pick<ResourceState, "urn" | "id">): string {
  return `${urn}::${id}`;
}

/** One resource, with the field names of Pulumi's state. */
export interface ResourceState {
  /** Its unique name across stacks. */
  urn: string;
  /** Whether a provider manages it. For a component, this is false. */
  custom: boolean;
  /** Its type: `pulumi-nodejs:dynamic/zitadel:Target`. */
  type: string;
  /** Whether it was replaced and still has to be deleted. */
  delete?: boolean;
  /** The id that its provider gave it. */
  id?: string | undefined;
  /** The id under which it was imported. */
  importID?: string;
  /** The inputs that the program declares, after `check`. */
  inputs?: Props | undefined;
  /** The outputs that its provider returned. */
  outputs?: Props | undefined;
  /** The URN of its parent. */
  parent?: string;
  /** Whether it must not be deleted. */
  protect?: boolean;
  /** Whether it is only read, because it is managed elsewhere. */
  external?: boolean;
  /** The URNs of the resources that it depends on. */
  dependencies?: string[];
  /** The URNs of the resources that each of its inputs depends on. */
  propertyDependencies?: Record<string, string[]>;
  /** Why it exists but is not ready. */
  initErrors?: string[];
  /** Its provider, as `<urn>::<id>`. */
  provider?: string;
  /** Whether it was deleted before its replacement was created. */
  pendingReplacement?: boolean;
  /** The outputs that are secret in addition to those with secret inputs. */
  additionalSecretOutputs?: string[];
  /** Whether it is kept when it is no longer declared. */
  retainOnDelete?: boolean;
  /** The URN of a resource whose deletion also removes this one: then its provider is not asked to delete it. */
  deletedWith?: string;
  /** The inputs whose changes are ignored. */
  ignoreChanges?: string[];
  /** When it was created, in RFC 3339. */
  created?: string | undefined;
  /** When it was last changed, in RFC 3339. */
  modified?: string | undefined;
}

/** The kind of change of one property: added, deleted or updated. */
export type Change = "+" | "-" | "~";

/** An operation that has begun, and whose result is not known yet. */
export interface Operation {
  /** The resource as it should become. */
  readonly resource: ResourceState;
  /** The kind of operation. */
  readonly type: "creating" | "updating" | "deleting" | "reading";
}

/**
 * An error for an operation whose result is unknown, because the run was killed together with the provider process. (If only the
 * provider dies, the real engine treats the operation as failed and forgets it.)
 */
export class Unanswered extends Error {
  override readonly name = "Unanswered";
}

/** Returns the last part of a URN. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** Returns the URN of the provider that a state refers to. */
export function providerUrnOf({ provider = "" }: ResourceState): string {
  return provider.slice(0, Math.max(0, provider.lastIndexOf("::")));
}

/** Returns everything that a resource depends on. */
export function needsOf(state: ResourceState): string[] {
  const { dependencies = [], propertyDependencies = {}, parent = "", deletedWith = "" } = state;
  const properties = Object.values(propertyDependencies).flat();
  const urns = [...dependencies, ...properties, parent, deletedWith, providerUrnOf(state)];
  return urns.filter((urn) => urn !== "");
}
