// Reads each resource, and updates the state with what it is now.
import { type Deployment, Reported } from "./deployment";
import { isProviderType, type ResourceState } from "./resource";
import { isIncluded, missTargets } from "./targets";
import { isSame, withSecrets } from "./values";

export async function refresh(deployment: Deployment): Promise<void> {
  const { snapshot } = deployment;
  if (missTargets(deployment, snapshot.resources)) deployment.halt();
  if (deployment.isHalted) return;
  const olds = [...snapshot.olds];
  const read = await Promise.allSettled(olds.map((before) => refreshOne(deployment, before)));
  const news = olds.map((before, i) => (read[i]?.status === "fulfilled" ? read[i].value : before));
  const gone = new Set(olds.filter((_, i) => news[i] === undefined).map(({ urn }) => urn));
  snapshot.olds = new Set(news.flatMap((state) => (state === undefined ? [] : [withoutMissing(state, gone)])));
  await snapshot.save();
}

/** Returns the resource as it is now, or `undefined` if it is gone. Reports a failure. */
async function refreshOne(deployment: Deployment, before: ResourceState): Promise<ResourceState | undefined> {
  const alone = deployment.run.kind === "refresh"; // otherwise it runs before an update, and is not counted
  if (!isIncluded(deployment.run, before.urn)) return before;
  if (!before.custom || isProviderType(before.type) || before.pendingReplacement === true) {
    if (alone) deployment.display.done("same", before, before);
    return before;
  }
  const found = await deployment
    .limit(() => readNow(deployment, before))
    .catch((error: unknown) => deployment.fail(before.urn, error, "refresh"));
  const op = found === undefined ? "delete" : found.changed ? "update" : "same";
  deployment.display.done(alone ? op : "refresh", before, found?.after);
  return found?.after;
}

/** Returns the resource as it is now, and whether that counts as a change. */
async function readNow(
  deployment: Deployment,
  before: ResourceState,
): Promise<{ after: ResourceState; changed: boolean } | undefined> {
  if (deployment.run.signal?.aborted === true) throw new Reported("the run is stopping");
  const provider = await deployment.providers.of(before);
  const found = await provider.read(before, before.outputs);
  if (found.id === "") return undefined;
  const { id, inputs = before.inputs } = found;
  const { initErrors: _healed, ...rest } = before; // a resource that can be read exists
  const after = { ...rest, id, inputs, outputs: withSecrets(found.outputs, before.additionalSecretOutputs) };
  // Another value that the provider takes for the same, such as "1m" for "60s", is no change. So the provider's diff decides, from what
  // is now to the inputs of before. Something that is only read has no inputs to compare.
  const changed =
    before.external === true
      ? !isSame(before.outputs, after.outputs)
      : (await provider.diff(after, before.inputs, inputs)).changed;
  return { after, changed };
}

/** Removes dependencies on resources that are gone. As in Pulumi, also removes properties without dependencies. */
function withoutMissing(state: ResourceState, missing: ReadonlySet<string>): ResourceState {
  const { dependencies: all = [], propertyDependencies = {}, deletedWith = "", ...rest } = state;
  const kept = (urns: string[]): string[] => urns.filter((urn) => !missing.has(urn));
  const dependencies = kept(all);
  const properties = Object.entries(propertyDependencies)
    .map(([name, urns]) => [name, kept(urns)] as const)
    .filter(([, urns]) => urns.length > 0);
  return {
    ...rest,
    ...(deletedWith !== "" && !missing.has(deletedWith) && { deletedWith }),
    ...(dependencies.length > 0 && { dependencies }),
    ...(properties.length > 0 && { propertyDependencies: Object.fromEntries(properties) }),
  };
}
