import type { Inventory } from "../inventory";
import type { Kind } from "../kind";
import type { Report } from "../progress";
import { idOf } from "../../provider/public-key/id";
import { foreignAmong, type Thing } from "./foreign";
import type { Row } from "../../provider/target/wire";
import type { Entry, Stack } from "./stack";
import { type Ask, deletedAmong } from "../write-side";

export type { Thing } from "./foreign";

/** What is on the instance, what is in the states, and which entry owns which object. */
export interface Facts {
  readonly inventory: Inventory<Row>;
  readonly stacks: readonly Stack[];
  /** Targets with their keys, oldest first, then executions by id. */
  readonly things: readonly Thing[];
  /** Targets that ZITADEL lists although they are deleted. */
  readonly ghosts: readonly Row[];
  readonly thing: (kind: Kind, id: string) => Thing | undefined;
  /** The entries that own it: without those that only read it, that are foreign, or whose object will be created again. */
  readonly owners: (of: Pick<Thing, "kind" | "id">) => readonly Entry[];
  /** The entries that were deployed to another server, and whose object is not on this one. */
  readonly foreign: ReadonlySet<Entry>;
  /** The entries that were deployed to another server, but whose object is on this one: the instance has moved. */
  readonly moved: readonly Entry[];
  /** The entries with that id under another instance's name: for the same object, or for another one with that id. */
  readonly elsewhere: (of: Pick<Thing, "kind" | "id">) => readonly Entry[];
}

/** Combines everything that was read. The write side confirms each listed target, because ZITADEL may list deleted ones. */
export async function gather(
  inventory: Inventory<Row>,
  stacks: readonly Stack[],
  server: string,
  ask: Ask,
  report: Report,
): Promise<Facts> {
  // A resource that will be created again has no object now, and one that is only read is not ours.
  const entries = stacks.flatMap((stack) => stack.entries).filter(({ external, away }) => !external && !away);
  const { foreign, moved } = await foreignAmong(entries, server, thingsOf(inventory), ask);
  const owned = Map.groupBy(withoutRepeats(entries.filter((entry) => !foreign.has(entry))), keyOf);
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
  return { inventory: present, stacks, things, ghosts, owners, foreign, moved, elsewhere, thing };
}

function thingsOf({ targets, keys, executions }: Inventory<Row>): Thing[] {
  const ofTarget = ({ id, name, creationDate, changeDate }: Row): Thing[] => [
    { kind: "target", id, name, creationDate, changeDate },
    ...(keys.get(id) ?? []).map((key): Thing => {
      const { keyId, creationDate: created, changeDate: changed } = key;
      return { kind: "publicKey", id: idOf(id, keyId), creationDate: created, changeDate: changed };
    }),
  ];
  return [
    ...targets.flatMap(ofTarget),
    ...executions.map(({ id, creationDate, changeDate }): Thing => {
      return { kind: "execution", id, creationDate, changeDate };
    }),
  ];
}

/** Removes duplicates: an export that is given twice, or an older one of the same stack, is not another owner. */
function withoutRepeats(entries: readonly Entry[]): Entry[] {
  return [...new Map(entries.map((entry) => [JSON.stringify([entry.urn, entry.id, entry.deleting]), entry])).values()];
}

export function keyOf({ kind, id }: Pick<Thing, "kind" | "id">): string {
  return `${kind} ${id}`;
}
