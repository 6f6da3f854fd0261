import { idOf as executionIdOf } from "../../provider/execution/condition";
import { idOf as keyIdOf } from "../../provider/public-key/id";
import { fingerprintOf } from "../../provider/public-key/pem";
import { sameName } from "../../provider/target/schema";
import { type Facts, isAstray, type Thing } from "./match";
import { type Finding, finding, onceAdopted } from "./problems";
import type { PendingCreate } from "./state";
import { knownIn, textOf } from "./values";

/** The result of each interrupted create. Two creates never get the same object. */
export function interruptedFindings(facts: Facts): {
  readonly findings: readonly Finding[];
  /** Objects that these creates made and that no entry owns. */
  readonly made: ReadonlySet<Thing>;
} {
  const { stacks, things, owners, thing: find, inventory } = facts;
  const made = new Set<Thing>();

  /** The first candidate without an owner, or else the first one. */
  const pick = (candidates: readonly (Thing | undefined)[]): Thing | undefined => {
    const there = candidates.filter((thing) => thing !== undefined && !made.has(thing));
    return there.find((thing) => thing !== undefined && owners(thing).length === 0) ?? there[0];
  };

  /** What the create should have made; `undefined` if that is encrypted. */
  const sought = ({ kind, input }: PendingCreate): { name: string; thing: Thing | undefined } | undefined => {
    if (kind === "target") {
      const name = textOf(input("name"));
      if (name === undefined) return undefined;
      const isIt = (thing: Thing) => thing.kind === kind && sameName(thing.name ?? "", name);
      return { name, thing: pick(things.filter(isIt)) };
    }
    if (kind === "execution") {
      const id = executionIdOf(knownIn(input("condition")));
      return id === undefined ? undefined : { name: id, thing: pick([find(kind, id)]) };
    }
    const targetId = textOf(input("targetId"));
    const fingerprint = fingerprintOf(textOf(input("publicKey")));
    if (targetId === undefined || fingerprint === undefined) return undefined;
    const rows = (inventory.keys.get(targetId) ?? []).filter((row) => row.fingerprint === fingerprint);
    const candidates = rows.map(({ keyId }) => find(kind, keyIdOf(targetId, keyId)));
    return { name: `${fingerprint} of target ${targetId}`, thing: pick(candidates) };
  };

  const judge = (create: PendingCreate): Finding => {
    const what = sought(create);
    const about = { name: what?.name, thing: what?.thing, entries: [create] };
    if (what === undefined) return finding("createUnknown", create.kind, about);
    if (what.thing === undefined) return finding("createUnseen", create.kind, about);
    if (owners(what.thing).length > 0) return finding("createRecorded", create.kind, about);
    made.add(what.thing);
    const todo = knownIn(create.input("adopt")) === true ? onceAdopted : undefined;
    return finding("createCarriedOut", create.kind, { ...about, todo });
  };

  // If a stack's entries are on another server, its creates were sent there too.
  const here = stacks.filter((stack) => !isAstray(stack, facts));
  return { findings: here.flatMap(({ pending }) => pending.map(judge)), made };
}
