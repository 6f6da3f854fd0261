import { oneLine } from "../../provider/api/errors";
import { sameList } from "../../provider/execution/wire";
import { idOf, partsOf } from "../../provider/public-key/id";
import type { Row as KeyRow } from "../../provider/public-key/wire";
import { isAtLeast, isPast, longestLag } from "../../provider/api/server-time";
import { type Facts, keyOf, named, type Thing } from "./match";
import { type Finding, finding } from "./problems";
import type { Entry } from "./state";

/** What the checks of this file look at. */
interface Scope {
  /** The objects that no entry owns. */
  readonly free: readonly Thing[];
  /** The objects that this run removes. */
  readonly removing: readonly Thing[];
  /** The server's time, in milliseconds since 1970. */
  readonly now: number;
}

/** Targets that cannot encrypt, and public keys and executions that differ from the state. Sends no request. */
export function driftFindings(facts: Facts, scope: Scope): Finding[] {
  const entries = facts.entries.filter((entry) => !entry.deleting && !isLate(facts, entry, scope.now));
  return [
    ...withoutActiveKey(facts, scope),
    ...entries.flatMap((entry) => inactiveKey(facts, entry) ?? []),
    ...entries.flatMap((entry) => otherTargets(facts, entry) ?? []),
  ];
}

/** Whether ZITADEL may still show an object as it was before the last deployment, because its read model lags. */
function isLate({ thing }: Facts, { kind, id, changeDate }: Entry, now: number): boolean {
  const shown = thing(kind, id)?.changeDate;
  if (changeDate === undefined || (shown !== undefined && isAtLeast(shown, changeDate))) return false;
  return now - Date.parse(changeDate) < longestLag;
}

/** The targets that encrypt and have no active key although an execution calls them. */
function withoutActiveKey(facts: Facts, { free, removing, now }: Scope): Finding[] {
  const { inventory, entries, owners, thing: find } = facts;
  const late = entries.filter((entry) => isLate(facts, entry, now));
  const isUncertain = (targetId: string) =>
    late.some(({ kind, id }) => (kind === "publicKey" ? partsOf(id).targetId : id) === targetId);
  const ignored = new Set([...removing, ...late].map(keyOf));
  // ZITADEL never delivers events to a target that encrypts, whether it has a key or not.
  const callers = inventory.executions
    .map(({ id, condition, targets }) => ({ kind: "execution" as const, id, condition, targets }))
    .filter((caller) => !("event" in caller.condition) && !ignored.has(keyOf(caller)));
  return inventory.targets.flatMap(({ id, payloadType }) => {
    const thing = find("target", id);
    if (payloadType !== "PAYLOAD_TYPE_JWE" || thing === undefined || isUncertain(id)) return [];
    const its = owners(thing);
    const calling = callers.filter(({ targets }) => targets.includes(id));
    if (calling.length === 0 || activeKey(facts, id, now) !== undefined) return [];
    if (its.length === 0 && !free.includes(thing)) return [];
    const detail = `called by ${calling.map((caller) => named({ kind: caller.kind, id: caller.id })).join(", ")}`;
    return [finding("noActiveKey", "target", { thing, entries: its, detail })];
  });
}

function inactiveKey(facts: Facts, entry: Entry): Finding | undefined {
  const { kind, id, active } = entry;
  if (kind !== "publicKey" || !active) return undefined;
  const { targetId, keyId } = partsOf(id);
  const thing = facts.thing(kind, id);
  const row = facts.inventory.keys.get(targetId)?.find((key) => key.keyId === keyId);
  if (thing === undefined || row === undefined || row.active) return undefined;
  const other = activeKey(facts, targetId);
  const detail =
    other === undefined
      ? "no public key of the target is active"
      : `the target's active one is ${oneLine(idOf(targetId, other.keyId))}`;
  return finding("inactiveKey", kind, { thing, entries: [entry], detail });
}

/** The key that ZITADEL encrypts with. With a time, an expired key is not active. */
function activeKey({ inventory }: Facts, targetId: string, now = -Infinity): KeyRow | undefined {
  return inventory.keys.get(targetId)?.find((key) => key.active && !isPast(key.expirationDate, now));
}

function otherTargets(facts: Facts, entry: Entry): Finding | undefined {
  const { kind, id, targets } = entry;
  // A list that was sent and never confirmed is empty in the state: the next deployment sets it.
  if (kind !== "execution" || targets === undefined || targets.length === 0) return undefined;
  const thing = facts.thing(kind, id);
  const row = facts.inventory.executions.find((execution) => execution.id === id);
  if (thing === undefined || row === undefined || sameList(row.targets, targets)) return undefined;
  const detail = `ZITADEL calls ${listed(row.targets)}; the state has ${listed(targets)}`;
  return finding("otherTargets", kind, { thing, entries: [entry], detail });
}

function listed(ids: readonly string[]): string {
  return ids.map((id) => oneLine(id)).join(", ");
}
