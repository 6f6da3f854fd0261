import { oneLine } from "../../provider/api/errors";
import { type Facts, isAstray, isElsewhere, isStranger } from "./match";
import type { Entry, PendingCreate } from "./state";

/** Notes besides the problems. */
export function notesOn(facts: Facts, open: readonly string[]): string[] {
  const { inventory, server, stacks, things, ghosts, owners, moved, elsewhere: entriesElsewhere } = facts;
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
  const strangers = stacks.filter((stack) => isStranger(stack, facts));
  for (const { file, domains, otherName } of strangers) {
    const hint =
      otherName === undefined
        ? "is it the right one?"
        : `the stack calls this instance ${oneLine(JSON.stringify(otherName))}, so run this again with --instance ${oneLine(otherName)}.`;
    notes.push(
      `${oneLine(file)} is of a stack on ${oneLine(domains.join(", "))}, but this is ${inventory.host}: ${hint}`,
    );
  }
  const sealed = stacks.filter(({ entries, pending }) => entries.some(isSealed) || pending.some(isSealedCreate));
  if (sealed.length > 0)
    notes.push(
      `Secrets are encrypted in ${sealed.map(({ file }) => oneLine(file)).join(", ")}, so they were not compared (above all the signing keys). To compare them, create an export that only you can read, and remove it afterwards: (umask 077 && pulumi stack export --show-secrets --file FILE)`,
    );
  for (const file of open)
    notes.push(`${oneLine(file)} shows secrets, and others on this machine can read it: run chmod 600, or remove it.`);
  const elsewhere = stacks.reduce((count, stack) => count + stack.elsewhere.length, 0);
  if (elsewhere > 0)
    notes.push(`Left out: ${elsewhere} on other instances (zitadel-actions:instances, or provider resources).`);
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

function isSealed({ kind, signingKey, external, deleting }: Entry): boolean {
  return kind === "target" && !external && !deleting && signingKey === "encrypted";
}

function isSealedCreate({ input }: PendingCreate): boolean {
  return ["name", "condition", "targetId", "publicKey"].some((name) => input(name) === "encrypted");
}
