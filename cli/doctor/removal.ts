import { setTargets } from "../../provider/execution/calls";
import type { Client } from "../../provider/core/client";
import { oneLine, ZitadelError } from "../../provider/api/errors";
import { conditionOf } from "../../provider/execution/condition";
import type { Properties } from "../../provider/core/properties";
import { partsOf } from "../../provider/public-key/id";
import { type Kind, lifecycles } from "../kinds";
import type { Ask } from "../write-side";
import { type Facts, isStranger, named, type Thing } from "./match";
import type { Entry } from "./state";

/** Objects that refer to others are removed first. */
const order: readonly Kind[] = ["execution", "publicKey", "target"];

/**
 * What to remove, in an order that works.
 *
 * @throws {ZitadelError} with all reasons against it: then nothing is removed.
 */
export async function planRemoval(facts: Facts, ids: readonly string[], ask: Ask): Promise<Thing[]> {
  if (ids.length === 0) return [];
  const wanted = new Set(ids);
  const refusals: string[] = facts.stacks
    .filter((stack) => isStranger(stack, facts))
    .map(
      ({ file, domains }) =>
        `${oneLine(file)} is of a stack on ${oneLine(domains.join(", "))}, but ZITADEL_DOMAIN leads to ${facts.inventory.host}`,
    );
  const [foreign] = facts.foreign;
  if (foreign !== undefined)
    refusals.push(
      `${oneLine(foreign.urn)} in ${oneLine(foreign.file)} was deployed to ${oneLine(foreign.server ?? "")} and is not on ${facts.inventory.host}: is it the right instance? Run this without --remove first, and follow its advice`,
    );
  if (facts.inventory.changed) refusals.push("something changed while ZITADEL was read: run this again");
  const plan: Thing[] = [];
  for (const id of wanted) {
    const thing = await find(facts, id, ask);
    const refusal = thing === undefined ? notThere(facts, id) : refusalOf(facts, thing, wanted);
    if (refusal !== undefined) refusals.push(refusal);
    else if (thing !== undefined) plan.push(thing);
  }
  if (refusals.length > 0) {
    const message = `Nothing was removed: ${refusals.join("; ")}.`;
    throw new ZitadelError("settings", message, { operation: "remove" });
  }
  return plan.sort((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind));
}

/** Removes one object, as `pulumi destroy` would. */
export async function remove(client: Client, { inventory }: Facts, thing: Thing, tell: (line: string) => void) {
  const { targetId, keyId } = partsOf(thing.id);
  const active = inventory.keys.get(targetId)?.find((key) => key.keyId === keyId)?.active;
  const states: Readonly<Record<Kind, Properties>> = {
    target: thing.name === undefined ? {} : { name: thing.name },
    publicKey: { active: active === true },
    execution: {},
  };
  const began = client.clock.now();
  const removedAt = await lifecycles[thing.kind].delete(
    { client, warn: tell, info: tell },
    thing.id,
    states[thing.kind],
  );
  if (thing.kind !== "execution" || removedAt === undefined || client.isSince(removedAt, began)) return;
  // It was removed before, and the read side, which ZITADEL executes from, missed that: only what is saved reaches it.
  const { targets = [] } = inventory.executions.find(({ id }) => id === thing.id) ?? {};
  await setTargets(client, thing.id, targets);
  await setTargets(client, thing.id, []);
}

/** A target that ZITADEL does not show may still exist. */
async function find(facts: Facts, id: string, ask: Ask): Promise<Thing | undefined> {
  const thing = facts.things.find((one) => one.id === id);
  if (thing !== undefined || !/^\d+$/.test(id)) return thing;
  return (await ask(id)) === "there" ? { kind: "target", id, creationDate: "" } : undefined;
}

function notThere({ ghosts, inventory }: Facts, id: string): string {
  if (ghosts.some((ghost) => ghost.id === id)) return `target ${id} is deleted already, though ZITADEL still shows it`;
  const isId = /^\d+(\/\d+)?$/.test(id) || conditionOf(id) !== undefined;
  const hint = isId
    ? ""
    : ' (ids look like "400661751630138406", "400661751630138406/400661832647314470" or "event/user.human.*")';
  return `${inventory.host} shows no ${oneLine(JSON.stringify(id))}${hint}`;
}

function refusalOf(facts: Facts, thing: Thing, wanted: ReadonlySet<string>): string | undefined {
  const { inventory, owners, things } = facts;
  const entry = entriesOf(facts, thing)[0];
  if (entry !== undefined) return `${named(thing)} has a state entry, ${oneLine(entry.urn)} in ${oneLine(entry.file)}`;
  if (thing.kind === "publicKey") return refusalOfKey(facts, thing.id, wanted);
  if (thing.kind !== "target") return undefined;
  // With a target, ZITADEL deletes its keys and removes it from every execution.
  const keys = things.filter(({ kind, id }) => kind === "publicKey" && partsOf(id).targetId === thing.id);
  const callers = inventory.executions.filter(({ targets }) => targets.includes(thing.id));
  const left = [...keys, ...callers.map(({ id }) => ({ kind: "execution" as const, id }))].find(
    ({ id }) => !wanted.has(id),
  );
  const strange = inventory.strange.find(({ targets }) => targets.includes(thing.id));
  if (strange !== undefined)
    return `${named(thing)} is called by an execution that this version does not know (${oneLine(JSON.stringify(strange.condition))})`;
  if (left === undefined) return undefined;
  if (owners(left).length > 0) return `${named(thing)} is used by ${named(left)}, which has a state entry`;
  return `removing ${named(thing)} would affect ${named(left)}: give that with --remove too`;
}

/** A target that encrypts needs an active key as long as it exists. */
function refusalOfKey({ inventory }: Facts, id: string, wanted: ReadonlySet<string>): string | undefined {
  const { targetId, keyId } = partsOf(id);
  const target = inventory.targets.find((row) => row.id === targetId);
  const isActive = inventory.keys.get(targetId)?.some((key) => key.keyId === keyId && key.active);
  if (target?.payloadType !== "PAYLOAD_TYPE_JWE" || isActive !== true || wanted.has(targetId)) return undefined;
  return `public key ${id} is the active key of target ${targetId}, which encrypts (PAYLOAD_TYPE_JWE): activate another key first, because without an active key every call that the target interrupts fails`;
}

/** Every entry with that id, including those that only read it, or that belong to another instance by name. */
function entriesOf({ stacks, elsewhere }: Facts, thing: Thing): Entry[] {
  const { kind, id } = thing;
  const entries = stacks.flatMap((stack) => stack.entries).filter((entry) => entry.kind === kind && entry.id === id);
  return [...entries, ...elsewhere(thing)];
}
