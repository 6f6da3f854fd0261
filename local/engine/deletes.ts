// Deletes what is left of the last deployment: each resource after all resources that depend on it.
import { isDefaultProvider } from "../../provider/core/tokens";
import { type Deployment, Reported } from "./deployment";
import { dependentsToReplace } from "./provider";
import { needsOf, type ResourceState } from "./resource";
import { deletable } from "./targets";

/** Deletes everything that it can. Reports what fails, and keeps what that depends on. */
export async function deleteRest(deployment: Deployment): Promise<void> {
  const states = deployment.snapshot.resources;
  const { target = [], targetDependents } = deployment.run;
  const chosen = deletable(deployment.run, states);
  const left = [...deployment.snapshot.olds];
  const condemned = left.filter(({ urn }) => chosen.has(urn));
  // Pulumi also includes what the provider would replace. That is among the dependents anyway.
  if (target.length > 0)
    for (const root of states.filter(
      ({ urn, custom, type }) => custom && !type.startsWith("pulumi:") && chosen.has(urn),
    ))
      await dependentsToReplace(deployment.providers, root, left);
  if (target.length > 0 && !targetDependents)
    for (const { urn } of condemned.filter(({ urn }) => !target.includes(urn))) refuse(deployment, urn);
  if (deployment.isHalted) return;
  for (const state of left) if (!chosen.has(state.urn)) keep(deployment, state);
  const urns = new Set(condemned.map(({ urn }) => urn));
  const dependents = new Map<string, Promise<unknown>[]>();
  const all: Promise<unknown>[] = [];
  // In the state, each resource comes after its dependencies. Going backwards, its dependents are known before it.
  for (const state of condemned.reverse()) {
    const deleted = Promise.all(dependents.get(state.urn) ?? []).then(() => deleteOne(deployment, state, urns));
    for (const urn of new Set(needsOf(state))) {
      const known = dependents.get(urn);
      if (known === undefined) dependents.set(urn, [deleted]);
      else known.push(deleted);
    }
    all.push(deleted);
  }
  await Promise.allSettled(all); // each failure is reported where it happens
}

function refuse(deployment: Deployment, urn: string): void {
  const message =
    `Resource '${urn}' will be destroyed but was not specified in --target list.\n` +
    "Either include resource in --target list or pass --target-dependents to proceed.";
  deployment.display.say("error", message, urn);
  deployment.stepFailed = true;
  if (!deployment.dryRun) deployment.halt();
}

/** Keeps the resources that the run does not include. */
function keep({ display }: Deployment, state: ResourceState): void {
  if (state.delete !== true) display.done("same", state, state);
}

async function deleteOne(deployment: Deployment, state: ResourceState, others: ReadonlySet<string>): Promise<void> {
  const { display, dryRun, snapshot } = deployment;
  const { urn, custom, external = false } = state;
  const forget = (): void => snapshot.forget(state);
  if (isDefaultProvider(urn)) {
    forget();
    return;
  }
  const isReplaced = state.delete === true;
  const op = external ? (isReplaced ? "discard-replaced" : "discard") : isReplaced ? "delete-replaced" : "delete";
  if (op === "delete" && state.protect === true) {
    deployment.stepFailed = true; // the others are deleted nevertheless
    display.say("error", refusal(urn), urn, op);
    throw new Reported("protected");
  }
  const isThere = !external && state.pendingReplacement !== true;
  const run = async (): Promise<void> => {
    if (!custom) return;
    const provider = await deployment.providers.of(state); // configured even if it has nothing to do
    if (isThere && !dryRun && isForProvider(state, others)) await provider.delete(state);
  };
  await deployment.operate("deleting", state, run, forget).catch((error: unknown) => deployment.fail(urn, error, op));
  display.done(op, state, undefined);
}

/** Whether a provider has to delete a resource, if these others are deleted too. */
export function isForProvider(
  { retainOnDelete, deletedWith = "" }: ResourceState,
  others: ReadonlySet<string>,
): boolean {
  return retainOnDelete !== true && !others.has(deletedWith);
}

function refusal(urn: string): string {
  return (
    `resource ${JSON.stringify(urn)} cannot be deleted\nbecause it is protected. To unprotect the resource, ` +
    "remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`"
  );
}
