import { oneLine } from "../../provider/api/errors";
import { partsOf } from "../../provider/public-key/id";
import { driftFindings } from "./drift";
import { type Facts, keyOf, type Thing } from "./facts";
import { isAstray, isPresent } from "./foreign";
import { atAnotherAddress, type Finding, finding, problems } from "./finding";
import { pendingFindings } from "./pending";
import type { Entry } from "./stack";
import { textOf } from "./values";
import type { Ask } from "../write-side";

/**
 * All problems, in the order of the report.
 *
 * @param now the server's time, in milliseconds since 1970.
 * @param removing what this run removes.
 */
export async function diagnose(
  facts: Facts,
  server: string,
  ask: Ask,
  now: number,
  removing: readonly Thing[],
): Promise<Finding[]> {
  const { stacks, things, owners, foreign } = facts;
  const pending = pendingFindings(facts);
  const unowned = isElsewhere(facts) ? [] : withoutEntry(facts);
  const free = unowned.filter((thing) => !pending.made.has(thing));
  const shared = things.filter((thing) => owners(thing).length > 1);
  // A resource that will be created again has no object now, and one that is only read is not ours.
  const entries = stacks
    .flatMap((stack) => stack.entries)
    .filter((entry) => !entry.away && !entry.external && !foreign.has(entry));
  const findings = [
    ...[...foreign].map((entry) => atAnotherAddress(entry, server)),
    ...pending.findings,
    ...free.map((thing) => finding("noEntry", thing.kind, { thing })),
    ...(await missing(facts, entries, ask)),
    ...entries.filter((entry) => hasOtherKey(facts, entry)).map((entry) => about("otherKey", facts, entry)),
    ...driftFindings(facts, { entries, free: unowned, removing, now }),
    ...shared.map((thing) => finding("twoEntries", thing.kind, { thing, entries: owners(thing) })),
  ];
  const order = Object.keys(problems);
  return findings.sort((one, other) => order.indexOf(one.problem) - order.indexOf(other.problem));
}

/** The objects that no entry can have, not even one that belongs to another instance by name, or was deployed to another server. */
function withoutEntry({ things, owners, elsewhere, foreign }: Facts): Thing[] {
  const others = new Set([...foreign].map(keyOf));
  return things.filter((one) => owners(one).length === 0 && elsewhere(one).length === 0 && !others.has(keyOf(one)));
}

/** Whether a stack was deployed to another server, and none is known to be on this one: then nothing here is an orphan of theirs. */
function isElsewhere(facts: Facts): boolean {
  const { stacks } = facts;
  return stacks.some((stack) => isAstray(stack, facts)) && !stacks.some((stack) => isPresent(stack, facts));
}

/** The entries with objects that ZITADEL does not show. Only the write side can say that one is gone. */
async function missing(facts: Facts, entries: readonly Entry[], ask: Ask): Promise<Finding[]> {
  const judged = entries
    .filter(({ kind, id }) => facts.thing(kind, id) === undefined)
    .map(async (entry) => about(await problemOf(facts, entry, ask), facts, entry));
  return Promise.all(judged);
}

async function problemOf(
  facts: Facts,
  { kind, id }: Entry,
  ask: Ask,
): Promise<"gone" | "deletedButListed" | "hidden" | "notShown"> {
  // For executions and keys, asking the write side would change something; but a key is gone if its target is.
  if (kind === "execution") return "notShown";
  const targetId = kind === "target" ? id : partsOf(id).targetId;
  if (kind === "publicKey" && facts.thing("target", targetId) !== undefined) return "notShown";
  if (facts.ghosts.some((ghost) => ghost.id === targetId)) return "deletedButListed";
  const standing = await ask(targetId);
  if (standing === "gone") return "gone";
  return standing === "there" && kind === "target" ? "hidden" : "notShown";
}

function hasOtherKey({ inventory }: Facts, { kind, id, deleting, signingKey }: Entry): boolean {
  const key = textOf(signingKey);
  if (kind !== "target" || deleting || key === undefined) return false;
  return inventory.targets.some((row) => row.id === id && row.signingKey !== key);
}

function about(problem: Finding["problem"], facts: Facts, entry: Entry): Finding {
  return finding(problem, entry.kind, { thing: facts.thing(entry.kind, entry.id), name: entry.name, entries: [entry] });
}

/** Notes besides the problems. */
export function notesOn(facts: Facts, open: readonly string[], host: string, server: string): string[] {
  const { inventory, stacks, things, ghosts, owners, moved, elsewhere: entriesElsewhere } = facts;
  const notes: string[] = [];
  if (moved.length > 0) {
    const before = [...new Set(moved.map((entry) => oneLine(entry.server ?? "")))].join(", ");
    notes.push(
      `Deployed to ${before}, but on ${oneLine(server)} too: ${moved.length}. This is the same instance at another address, or a copy of it.`,
    );
  }
  const interrupted = stacks.filter((stack) => isAstray(stack, facts)).flatMap(({ pending }) => pending);
  if (interrupted.length > 0)
    notes.push(
      `Left out: ${interrupted.length} interrupted creates, because the entries of their stack are on another instance: look at that one.`,
    );
  const unclaimed = things.filter((thing) => owners(thing).length === 0);
  if (isElsewhere(facts) && unclaimed.length > 0)
    notes.push(
      `Left out: ${unclaimed.length} on this instance without an entry, because the entries of the stack are on another instance.`,
    );
  const strangers = stacks.filter((stack) => isStranger(stack, host));
  for (const { file, domains, otherName } of strangers) {
    const hint =
      otherName === undefined
        ? "is it the right one?"
        : `the stack calls this instance ${oneLine(JSON.stringify(otherName))}, so run this again with --instance ${oneLine(otherName)}.`;
    notes.push(`${oneLine(file)} is of a stack on ${oneLine(domains.join(", "))}, but this is ${host}: ${hint}`);
  }
  const sealed = stacks.filter(({ entries, pending }) => entries.some(isSealed) || pending.some(isSealedCreate));
  if (sealed.length > 0)
    notes.push(
      `Secrets are encrypted in ${sealed.map(({ file }) => oneLine(file)).join(", ")}, so they were not compared (above all the signing keys). To compare them, create an export that only you can read, and remove it afterwards: (umask 077 && pulumi stack export --show-secrets --file FILE)`,
    );
  for (const file of open)
    notes.push(`${oneLine(file)} shows secrets, and others on this machine can read it: run chmod 600, or remove it.`);
  const elsewhere = stacks.reduce((count, stack) => count + stack.elsewhere.length, 0);
  if (elsewhere > 0) notes.push(`Left out: ${elsewhere} on other instances (zitadel-actions:instances).`);
  // One that was deployed to another server is not on this one, although an execution there can have the same condition.
  const isPossible = (entry: Entry) => entry.server === undefined || entry.server === server;
  const named = things.flatMap((thing) => entriesElsewhere(thing).filter(isPossible));
  if (named.length > 0)
    notes.push(
      `Of these, ${named.length} have the id of something on this instance: ${named.map(({ name, id }) => oneLine(name ?? id)).join(", ")}. If the stack calls this instance by a name of zitadel-actions:instances, run this again with --instance and that name.`,
    );
  if (inventory.strange.length > 0)
    notes.push(`Left out: ${inventory.strange.length} executions whose conditions this version does not know.`);
  const ofEntries = new Set(stacks.flatMap(({ entries }) => entries.map(({ id }) => id)));
  for (const { id, name } of ghosts.filter((ghost) => !ofEntries.has(ghost.id)))
    notes.push(`ZITADEL shows target ${id} ${JSON.stringify(name)}, which is deleted (its read model missed that).`);
  if (inventory.changed)
    notes.push("Something changed while ZITADEL was read: run this again when no deployment is running.");
  return notes;
}

/** Whether a stack's configuration names only other hosts. This proves nothing: an instance may have several hosts. */
export function isStranger({ domains }: Facts["stacks"][number], host: string): boolean {
  const { hostname } = new URL(`http://${host}`);
  return domains.length > 0 && !domains.some((domain) => domain.toLowerCase() === hostname);
}

function isSealed({ kind, signingKey, external, deleting }: Entry): boolean {
  return kind === "target" && !external && !deleting && signingKey === "encrypted";
}

function isSealedCreate({ input }: Facts["stacks"][number]["pending"][number]): boolean {
  return ["name", "condition", "targetId", "publicKey"].some((name) => input(name) === "encrypted");
}
