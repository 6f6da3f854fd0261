// Limits a run to some resources: `--target`, `--exclude`, `--replace`.
import type { Deployment } from "./deployment";
import { needsOf, type ResourceState, stackType } from "./resource";
import type { TargetOptions } from "./types";

/** Whether the run includes this resource. */
export function isIncluded({ target = [], exclude = [] }: TargetOptions, urn: string): boolean {
  return target.length > 0 ? target.includes(urn) : !exclude.includes(urn);
}

/** Whether an update includes this resource. The stack and the providers are always included. */
export function isUpdated(options: TargetOptions, { urn, type }: ResourceState): boolean {
  return type === stackType || type.startsWith("pulumi:providers:") || isIncluded(options, urn);
}

/** Reports targets that do not exist. Returns whether there are any. */
export function missTargets({ display, run }: Deployment, states: readonly ResourceState[]): boolean {
  const known = new Set(states.map(({ urn }) => urn));
  const missing = (run.target ?? []).filter((urn) => !known.has(urn));
  for (const urn of missing)
    display.say("error", `Target '${urn}' could not be found in the stack. Did you forget to escape $ in your shell?`);
  return missing.length > 0;
}

/** Returns the URNs that may be deleted. A target includes what depends on it. An excluded resource also excludes what it depends on. */
export function deletable(options: TargetOptions, states: readonly ResourceState[]): ReadonlySet<string> {
  const { target = [], exclude = [] } = options;
  const all = states.map(({ urn }) => urn);
  const chosen = new Set(target.length > 0 ? target : exclude);
  if (chosen.size === 0) return new Set(all);
  if (target.length > 0) {
    for (const state of states) if (needsOf(state).some((urn) => chosen.has(urn))) chosen.add(state.urn);
    return chosen;
  }
  for (const state of [...states].reverse())
    if (chosen.has(state.urn)) for (const urn of needsOf(state)) chosen.add(urn);
  return new Set(all.filter((urn) => !chosen.has(urn)));
}
