// Asks for each resource how it is now, and takes that up into the state.
import { type Deployment, isProviderType, messageOf, needsOf, stackType } from "./deployment";
import type { Old, ResourceState } from "./state";
import { isSame, withSecrets } from "./values";

/** `alone` is a refresh of its own; otherwise it comes before an update, and counts nothing. */
export async function refresh(deployment: Deployment, alone: boolean): Promise<void> {
  const { display, snapshot } = deployment;
  const olds = [...snapshot.olds].filter(({ state }) => !isProviderType(state.type));
  const gone = new Set<Old>();
  for (const { state } of olds)
    display.begin({ op: "refresh", urn: state.urn, type: state.type, old: state, new: state });
  await Promise.all(
    olds.map(async (old) => {
      const before = old.state;
      try {
        const after = before.custom && before.pendingReplacement !== true ? await readNow(deployment, before) : before;
        if (after === undefined) gone.add(old);
        else old.state = after;
        const changed =
          after !== undefined && !(isSame(before.inputs, after.inputs) && isSame(before.outputs, after.outputs));
        const op = !alone ? "refresh" : after === undefined ? "delete" : changed ? "update" : "same";
        const step = { op, urn: before.urn, type: before.type, old: before, new: after } as const;
        if (alone && before.type === stackType) display.begin({ ...step, op: "same" });
        display.end(step);
      } catch (error) {
        deployment.halt();
        deployment.failStep(before.urn, error instanceof Error ? new Error(messageOf(error)) : error);
      }
    }),
  );
  for (const old of gone) snapshot.olds.delete(old);
  for (const old of snapshot.olds)
    old.state = withoutMissing(old.state, new Set(Array.from(gone, ({ state }) => state.urn)));
  if (!deployment.dryRun) await snapshot.save();
}

async function readNow(deployment: Deployment, before: ResourceState): Promise<ResourceState | undefined> {
  const provider = await deployment.storedProvider(before);
  return deployment.look(async () => {
    const found = await provider.read(before, before.outputs ?? {});
    if (found === undefined) return undefined;
    const inputs = found.inputs ?? before.inputs ?? {};
    const outputs = withSecrets(found.outputs, before.additionalSecretOutputs ?? []);
    // `initErrors` is left out: what can be read is there.
    const { initErrors: _healed, ...rest } = before;
    const after: ResourceState = { ...rest, id: found.id, inputs, outputs };
    // What the next update would make of it. An old habit of the protocol: the old inputs are what is wanted.
    if (before.external !== true) await provider.diff(after, before.inputs ?? {}, inputs, before.ignoreChanges ?? []);
    const changed = !isSame(before.inputs, inputs) || !isSame(before.outputs, outputs);
    return changed ? { ...after, modified: new Date().toISOString() } : after;
  });
}

/** Without mention of what has turned out to be gone; nor, as in Pulumi, of properties that depend on nothing. */
function withoutMissing(state: ResourceState, missing: ReadonlySet<string>): ResourceState {
  const { dependencies, propertyDependencies, deletedWith, ...rest } = state;
  const kept = (dependencies ?? []).filter((urn) => !missing.has(urn));
  const properties = Object.entries(propertyDependencies ?? {})
    .map(([name, urns]) => [name, urns.filter((urn) => !missing.has(urn))] as const)
    .filter(([, urns]) => urns.length > 0);
  const unchanged =
    !needsOf(state).some((urn) => missing.has(urn)) &&
    properties.length === Object.keys(propertyDependencies ?? {}).length;
  if (unchanged) return state;
  return {
    ...rest,
    ...(kept.length > 0 && { dependencies: kept }),
    ...(properties.length > 0 && { propertyDependencies: Object.fromEntries(properties) }),
    ...(deletedWith !== undefined && !missing.has(deletedWith) && { deletedWith }),
  };
}
