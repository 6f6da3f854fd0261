import type { Inventory } from "../inventory";
import type { Kind } from "../kind";
import type { Report } from "../progress";
import { idOf } from "../../provider/public-key/id";
import type { Row } from "../../provider/target/wire";
import type { Entry, Stack } from "./stack";
import { type Ask, deletedAmong } from "../write-side";

/** Something that is on the instance. */
export interface Thing {
  readonly kind: Kind;
  readonly id: string;
  /** A target's name. */
  readonly name?: string;
  readonly creationDate: string;
}

/** What is on the instance, what is in the states, and which entry owns which object. */
export interface Facts {
  readonly inventory: Inventory<Row>;
  readonly stacks: readonly Stack[];
  /** Targets with their keys, oldest first, then executions by id. */
  readonly things: readonly Thing[];
  /** Targets that ZITADEL lists although they are deleted. */
  readonly ghosts: readonly Row[];
  readonly thing: (kind: Kind, id: string) => Thing | undefined;
  /** The entries that own it: without those that only read it, and those whose object will be created again. */
  readonly owners: (of: Pick<Thing, "kind" | "id">) => readonly Entry[];
  /** The entries with that id under another instance's name: for the same object, or for another one with that id. */
  readonly elsewhere: (of: Pick<Thing, "kind" | "id">) => readonly Entry[];
}

/** Combines everything that was read. The write side confirms each listed target, because ZITADEL may list deleted ones. */
export async function gather(
  inventory: Inventory<Row>,
  stacks: readonly Stack[],
  ask: Ask,
  report: Report,
): Promise<Facts> {
  const entries = stacks.flatMap((stack) => stack.entries).filter(({ external, away }) => !external && !away);
  const owned = Map.groupBy(withoutRepeats(entries), keyOf);
  const owners = (of: Pick<Thing, "kind" | "id">) => owned.get(keyOf(of)) ?? [];
  const others = stacks.flatMap((stack) => stack.elsewhere.filter((one) => "id" in one));
  const named = Map.groupBy(others, keyOf);
  const elsewhere = (of: Pick<Thing, "kind" | "id">) => named.get(keyOf(of)) ?? [];
  const ghosts = await deletedAmong(inventory.targets, ask, report);
  const deleted = new Set(ghosts.map(({ id }) => id));
  const present = {
    ...inventory,
    targets: inventory.targets.filter(({ id }) => !deleted.has(id)),
    keys: new Map([...inventory.keys].filter(([id]) => !deleted.has(id))),
  };
  const things = thingsOf(present);
  const byKey = new Map(things.map((thing) => [keyOf(thing), thing]));
  const thing = (kind: Kind, id: string) => byKey.get(keyOf({ kind, id }));
  return { inventory: present, stacks, things, ghosts, owners, elsewhere, thing };
}

function thingsOf({ targets, keys, executions }: Inventory<Row>): Thing[] {
  const ofTarget = ({ id, name, creationDate }: Row): Thing[] => [
    { kind: "target", id, name, creationDate },
    ...(keys.get(id) ?? []).map((key): Thing => {
      return { kind: "publicKey", id: idOf(id, key.keyId), creationDate: key.creationDate };
    }),
  ];
  return [
    ...targets.flatMap(ofTarget),
    ...executions.map(({ id, creationDate }): Thing => ({ kind: "execution", id, creationDate })),
  ];
}

/** Removes duplicates: an export that is given twice, or an older one of the same stack, is not another owner. */
function withoutRepeats(entries: readonly Entry[]): Entry[] {
  return [...new Map(entries.map((entry) => [JSON.stringify([entry.urn, entry.id, entry.deleting]), entry])).values()];
}

function keyOf({ kind, id }: Pick<Thing, "kind" | "id">): string {
  return `${kind} ${id}`;
}
