import { oneLine } from "../../provider/api/errors";
import { idOf } from "../../provider/public-key/id";
import type { Row } from "../../provider/target/wire";
import type { Inventory } from "../inventory";
import type { Kind } from "../kinds";
import type { Report } from "../progress";
import { type Ask, deletedAmong } from "../write-side";
import type { Stack } from "./placement";
import type { Entry } from "./state";

// Matches what is on the instance with the entries of the states.

/** Something that is on the instance. */
export interface Thing {
  readonly kind: Kind;
  readonly id: string;
  /** A target's name. */
  readonly name?: string;
  readonly creationDate: string;
  readonly changeDate?: string;
}

/** What is on the instance, what is in the states, and which entry owns which object. */
export interface Facts {
  readonly inventory: Inventory<Row>;
  /** The examined server, by its issuer. */
  readonly server: string;
  readonly stacks: readonly Stack[];
  /** The entries whose objects should be on this server. */
  readonly entries: readonly Entry[];
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
export async function match(
  inventory: Inventory<Row>,
  stacks: readonly Stack[],
  server: string,
  ask: Ask,
  report: Report,
): Promise<Facts> {
  // A resource that will be created again has no object now, and one that is only read is not ours.
  const all = stacks.flatMap((stack) => stack.entries).filter(({ external, away }) => !external && !away);
  const { foreign, moved } = await foreignAmong(all, server, thingsOf(inventory), ask);
  const entries = all.filter((entry) => !foreign.has(entry));
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
  return { inventory: present, server, stacks, entries, things, ghosts, owners, foreign, moved, elsewhere, thing };
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

/**
 * The entries that were deployed to another server than this one. If the server has the object all the same, the instance has moved to
 * a new host (or is a copy), and the entry is like any other. If it does not, the stack's settings name another instance than before:
 * then nothing is known about the entry's object.
 *
 * @param listed everything that the server lists.
 */
async function foreignAmong(
  entries: readonly Entry[],
  server: string,
  listed: readonly Thing[],
  ask: Ask,
): Promise<{ readonly foreign: ReadonlySet<Entry>; readonly moved: readonly Entry[] }> {
  const others = entries.filter((entry) => entry.server !== undefined && entry.server !== server);
  const judged = await Promise.all(others.map(async (entry) => ({ entry, isHere: await isHere(entry, listed, ask) })));
  return {
    foreign: new Set(judged.filter(({ isHere: here }) => !here).map(({ entry }) => entry)),
    moved: judged.filter(({ isHere: here }) => here).map(({ entry }) => entry),
  };
}

async function isHere(entry: Entry, listed: readonly Thing[], ask: Ask): Promise<boolean> {
  const thing = listed.find(({ kind, id }) => kind === entry.kind && id === entry.id);
  if (thing !== undefined) return isSame(entry, thing);
  // The read model may have lost a target, or be late.
  return entry.kind === "target" && (await ask(entry.id)) === "there";
}

/** Whether the object is the entry's, and not another one with the same id: an execution's id is its condition. */
function isSame({ kind, creationDate, changeDate }: Entry, thing: Thing): boolean {
  if (creationDate === undefined && changeDate === undefined) return kind !== "execution";
  return creationDate === thing.creationDate || (changeDate !== undefined && changeDate === thing.changeDate);
}

/** Whether an object of one of a stack's entries is on this server. */
function isPresent({ entries }: Stack, { foreign, thing }: Facts): boolean {
  return entries.some((entry) => !foreign.has(entry) && thing(entry.kind, entry.id) !== undefined);
}

/** Whether some of a stack's entries were deployed to another server, and no object of it is on this one. */
export function isAstray(stack: Stack, facts: Facts): boolean {
  return stack.entries.some((entry) => facts.foreign.has(entry)) && !isPresent(stack, facts);
}

/** Whether a stack was deployed to another server, and none is known to be on this one: then nothing here is an orphan of theirs. */
export function isElsewhere(facts: Facts): boolean {
  const { stacks } = facts;
  return stacks.some((stack) => isAstray(stack, facts)) && !stacks.some((stack) => isPresent(stack, facts));
}

/** Whether a stack's configuration names only other hosts. This proves nothing: an instance may have several hosts. */
export function isStranger({ domains }: Stack, { inventory }: Facts): boolean {
  const { hostname } = new URL(`http://${inventory.host}`);
  return domains.length > 0 && !domains.some((domain) => domain.toLowerCase() === hostname);
}

/** The name of each kind in messages. */
const words: Readonly<Record<Kind, string>> = { target: "target", publicKey: "public key", execution: "execution" };

/** A thing's name in messages: `target 400661751630138406 "hook"`. */
export function named(thing: {
  readonly kind: Kind;
  readonly id?: string | undefined;
  readonly name?: string | undefined;
}): string {
  const { kind, id, name } = thing;
  const called = name === undefined ? undefined : oneLine(kind === "target" ? JSON.stringify(name) : name, Infinity);
  return [words[kind], id === undefined ? undefined : oneLine(id, Infinity), called === id ? undefined : called]
    .filter((part) => part !== undefined)
    .join(" ");
}
