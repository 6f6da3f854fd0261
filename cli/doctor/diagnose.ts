import { partsOf } from "../../provider/public-key/id";
import type { Ask } from "../write-side";
import { driftFindings } from "./drift";
import { interruptedFindings } from "./interrupted";
import { type Facts, isElsewhere, keyOf, type Thing } from "./match";
import { atAnotherAddress, type Finding, finding, problems } from "./problems";
import type { Entry } from "./state";
import { textOf } from "./values";

/**
 * All problems, in the order of the report.
 *
 * @param now the server's time, in milliseconds since 1970.
 * @param removing what this run removes.
 */
export async function diagnose(facts: Facts, ask: Ask, now: number, removing: readonly Thing[]): Promise<Finding[]> {
  const { server, things, entries, owners, foreign } = facts;
  const interrupted = interruptedFindings(facts);
  const unowned = isElsewhere(facts) ? [] : withoutEntry(facts);
  const free = unowned.filter((thing) => !interrupted.made.has(thing));
  const shared = things.filter((thing) => owners(thing).length > 1);
  const findings = [
    ...[...foreign].map((entry) => atAnotherAddress(entry, server)),
    ...interrupted.findings,
    ...free.map((thing) => finding("noEntry", thing.kind, { thing })),
    ...(await missing(facts, ask)),
    ...entries.filter((entry) => hasOtherKey(facts, entry)).map((entry) => about("otherKey", facts, entry)),
    ...driftFindings(facts, { free: unowned, removing, now }),
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

/** The entries with objects that ZITADEL does not show. Only the write side can say that one is gone. */
async function missing(facts: Facts, ask: Ask): Promise<Finding[]> {
  const judged = facts.entries
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
  return finding(problem, entry.kind, { thing: facts.thing(entry.kind, entry.id), entries: [entry] });
}
