// Deletes what is left of the last deployment: each resource after all that depend on it.
import { type Deployment, needsOf, Reported } from "./deployment";
import type { ResourceState } from "./state";

/** Resolves once all is deleted that can be; what fails is reported, and what it depends on stays. */
export async function deleteRest(deployment: Deployment): Promise<void> {
  const dependents = new Map<string, Promise<unknown>[]>();
  const all: Promise<unknown>[] = [];
  // The state names everything after what it depends on: backwards, the dependents of each are known before it.
  for (const state of [...deployment.snapshot.olds].reverse()) {
    const deleted = Promise.all(dependents.get(state.urn) ?? []).then(() => deleteOne(deployment, state));
    for (const urn of new Set(needsOf(state))) {
      const known = dependents.get(urn);
      if (known === undefined) dependents.set(urn, [deleted]);
      else known.push(deleted);
    }
    all.push(deleted);
  }
  await Promise.allSettled(all); // each failure is reported where it happens
}

async function deleteOne(deployment: Deployment, state: ResourceState): Promise<void> {
  const { display, dryRun, snapshot } = deployment;
  const { urn, type, custom, external = false } = state;
  const forget = (): void => snapshot.forget(state);
  if (type.startsWith("pulumi:providers:")) {
    forget();
    return;
  }
  const op = state.delete === true ? "delete-replaced" : external ? "discard" : "delete";
  if (op === "delete" && state.protect === true) {
    deployment.stepFailed = true; // and yet the others go
    display.say("error", refusal(urn), urn, op);
    throw new Reported("protected");
  }
  const isThere = custom && !external && state.pendingReplacement !== true;
  const run = async (): Promise<void> => {
    if (isThere && !dryRun && state.retainOnDelete !== true) await (await deployment.provider(state)).delete(state);
  };
  await deployment.operate("deleting", state, run, forget).catch((error: unknown) => deployment.fail(urn, error, op));
  display.done(op, state, undefined);
}

function refusal(urn: string): string {
  return (
    `resource ${JSON.stringify(urn)} cannot be deleted\nbecause it is protected. To unprotect the resource, ` +
    "remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`"
  );
}
