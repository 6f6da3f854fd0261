// What a run is about, where it is not about everything: `--target`, `--exclude`, `--replace`.
import { type Deployment, needsOf, stackType } from "./deployment";
import type { ResourceState } from "./state";

/** By URN. Of `target` and `exclude`, the first counts. */
export interface TargetOptions {
  /**
   * Looks at these resources only.
   *
   * @default all
   */
  readonly target?: readonly string[];
  /**
   * Looks at all resources but these.
   *
   * @default none
   */
  readonly exclude?: readonly string[];
}

/** Whether the run looks at this resource. */
export function isIncluded({ target = [], exclude = [] }: TargetOptions, urn: string): boolean {
  return target.length > 0 ? target.includes(urn) : !exclude.includes(urn);
}

/** Whether an update looks at this resource: the stack and the providers always count. */
export function isUpdated(options: TargetOptions, { urn, type }: ResourceState): boolean {
  return type === stackType || type.startsWith("pulumi:providers:") || isIncluded(options, urn);
}

/** Tells the user of targets that there are not; gives whether there are any. */
export function missTargets({ display, run }: Deployment, states: readonly ResourceState[]): boolean {
  const known = new Set(states.map(({ urn }) => urn));
  const missing = (run.target ?? []).filter((urn) => !known.has(urn));
  for (const urn of missing)
    display.say("error", `Target '${urn}' could not be found in the stack. Did you forget to escape $ in your shell?`);
  return missing.length > 0;
}

/** The URNs of what may be deleted: with a target goes what depends on it; what is excluded keeps what it depends on. */
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
