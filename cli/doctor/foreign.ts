import type { Ask } from "../write-side";
import type { Kind } from "../kind";
import type { Entry, Stack } from "./stack";

/** Something that is on the instance. */
export interface Thing {
  readonly kind: Kind;
  readonly id: string;
  /** A target's name. */
  readonly name?: string;
  readonly creationDate: string;
  readonly changeDate?: string;
}

/** What tells the entries of this server from others. */
interface Servers {
  /** The entries that were deployed to another server, and whose object is not on this one. */
  readonly foreign: ReadonlySet<Entry>;
  readonly thing: (kind: Kind, id: string) => Thing | undefined;
}

/**
 * The entries that were deployed to another server than this one. If the server has the object all the same, the instance has moved to
 * a new host (or is a copy), and the entry is like any other. If it does not, the stack's settings name another instance than before:
 * then nothing is known about the entry's object.
 *
 * @param listed everything that the server lists.
 */
export async function foreignAmong(
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
export function isPresent({ entries }: Stack, { foreign, thing }: Servers): boolean {
  return entries.some((entry) => !foreign.has(entry) && thing(entry.kind, entry.id) !== undefined);
}

/** Whether some of a stack's entries were deployed to another server, and no object of it is on this one. */
export function isAstray(stack: Stack, facts: Servers): boolean {
  return stack.entries.some((entry) => facts.foreign.has(entry)) && !isPresent(stack, facts);
}
