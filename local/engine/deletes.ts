// Deletes what is left of the last deployment: each resource after all that depend on it.
import { type Deployment, isProviderType, needsOf, Reported } from "./deployment";
import type { Op } from "./display";
import type { Old } from "./state";

/** Resolves once all is deleted that can be; what fails is reported, and what it depends on stays. */
export async function deleteRest(deployment: Deployment): Promise<void> {
  const olds = [...deployment.snapshot.olds];
  const urns = new Set(olds.map(({ state }) => state.urn));
  const dependents = new Map<string, Promise<unknown>[]>();
  const all: Promise<unknown>[] = [];
  // The state names everything after what it depends on: backwards, the dependents of each are known before it.
  for (const old of olds.reverse()) {
    const before = dependents.get(old.state.urn) ?? [];
    const deleted = Promise.all(before).then(() => deleteOne(deployment, old, urns));
    for (const urn of new Set(needsOf(old.state))) dependents.set(urn, [...(dependents.get(urn) ?? []), deleted]);
    all.push(deleted);
  }
  await Promise.allSettled(all); // each failure is reported where it happens
}

async function deleteOne(deployment: Deployment, old: Old, leaving: ReadonlySet<string>): Promise<void> {
  const { display, dryRun, snapshot } = deployment;
  const { state } = old;
  const { urn, type } = state;
  const forget = (): void => {
    snapshot.olds.delete(old);
  };
  if (isProviderType(type)) {
    forget();
    return;
  }
  const op: Op = state.delete === true ? "delete-replaced" : state.external === true ? "discard" : "delete";
  if (deployment.isHalted) throw new Reported("nothing begins any more");
  display.begin({ op, urn, type, old: state });
  try {
    if (op === "delete" && state.protect === true) throw new Error(deleteRefused(urn));
    const withOther = state.deletedWith !== undefined && leaving.has(state.deletedWith);
    const isOurs = state.custom && state.external !== true && state.pendingReplacement !== true;
    if (dryRun || !isOurs || withOther || state.retainOnDelete === true) {
      forget();
      if (!dryRun) await snapshot.save();
    } else
      await deployment.operate(
        "deleting",
        state,
        async () => (await deployment.storedProvider(state)).delete(state),
        forget,
      );
    display.end({ op, urn, type, old: state });
  } catch (error) {
    if (state.protect !== true) deployment.halt();
    deployment.failStep(urn, error);
    throw error;
  }
}

function deleteRefused(urn: string): string {
  return (
    `resource ${JSON.stringify(urn)} cannot be deleted\nbecause it is protected. To unprotect the resource, ` +
    "either remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`, or use the command:\n" +
    `\`pulumi state unprotect '${urn}'\``
  );
}
