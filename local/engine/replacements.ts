// Finds the resources that must be deleted while a resource that they depend on is replaced.
import type { Provider } from "./provider";
import type { ResourceState } from "./state";
import { unknown } from "./values";

/** Returns the resources that depend on `root` and that the provider would replace without it, the newest first. */
export async function dependentsToReplace(
  provider: Provider,
  root: ResourceState,
  states: Iterable<ResourceState>,
): Promise<ResourceState[]> {
  const away = new Set([root.urn]);
  const found: ResourceState[] = [];
  for (const state of states) {
    const { urn, inputs = {}, propertyDependencies = {} } = state;
    const isUnknown = (name: string): boolean => propertyDependencies[name]?.some((one) => away.has(one)) ?? false;
    if (!state.custom || !Object.keys(propertyDependencies).some(isUnknown)) continue;
    const news = Object.fromEntries(Object.entries(inputs).map(([k, v]) => [k, isUnknown(k) ? unknown : v]));
    if (!(await provider.diff(state, news)).replaces) continue;
    away.add(urn);
    found.unshift(state);
  }
  return found;
}
