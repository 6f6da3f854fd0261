import type { Entry } from "./engine";
import { asItsPlace, type Called, declarationsOf, payloads, placeOf, type Program } from "./program";
import { Broken, type Ended, holdSettled, isUnseenlyDeleted, missedChange, missedSet } from "./settled";

/** How an `up` failed. */
export interface Failure {
  readonly code: "name_taken" | "condition_taken" | "not_found" | "key_first" | "key_needed" | "other";
  readonly message: string;
}

/** If this many attempts to follow the errors' advice fail, something else is wrong. */
const mostAttempts = 8;

/**
 * One or two `up`s, and what their errors say to do; then everything is as declared, and another `up` sends nothing.
 *
 * @param up runs an `up` of a program that nothing disturbs.
 * @param requests how many requests there were so far.
 */
export async function recover(
  world: Ended,
  program: Program,
  up: (program: Program) => Promise<Failure | undefined>,
  requests: () => number,
): Promise<void> {
  let wanted = program;
  let failure = await up(wanted);
  if (failure !== undefined) failure = await up(wanted);
  if (failure !== undefined && deactivatesStrangers(world, failure)) failure = await up(wanted);
  const advice = new Advice(world);
  for (let attempts = 0; failure !== undefined && attempts < mostAttempts; attempts++) {
    const next = advice.after(failure, wanted);
    if (next === undefined) break;
    failure = await up(next);
    wanted = next;
    if (failure === undefined) wanted = await release(wanted, up);
  }
  if (failure !== undefined && needsHands(world, failure)) return;
  if (failure !== undefined) throw new Broken(`the last up after all failed: ${failure.message}`);
  await holdSettled(world, declarationsOf(wanted));
  const before = requests();
  if ((await up(wanted)) !== undefined || requests() !== before)
    throw new Broken("an up without changes sent something");
}

/** Deactivates somebody's key of a replaced target that the new one does not have, as the error says; tells whether there was one. */
function deactivatesStrangers({ zitadel, strangers }: Ended, { message }: Failure): boolean {
  const [, targetId, keyId] =
    /Deleting .*? \((\d+)\).* its active public key (\d+) is not active on the new/.exec(message) ?? [];
  if (targetId === undefined || keyId === undefined || !strangers.has(keyId)) return false;
  zitadel.deactivatePublicKey(targetId, keyId);
  return true;
}

/** Whether the read model lost what the error is about: it stays so, and the error says what to do in ZITADEL. */
function needsHands(world: Ended, { code, message }: Failure): boolean {
  if (code === "not_found") return world.lost.some(({ method }) => method === "DELETE");
  if (message.includes("still calls it")) return missedSet(world);
  if (message.includes("has no active public key"))
    return world.lost.some(({ path }) => path.includes("/publickeys") || path.endsWith("/targets"));
  return (
    message.includes("does not show its current state") && world.lost.some(({ path }) => path.includes("/targets"))
  );
}

/** Takes the second of two steps: what kept its payload type for the first gets the declared one, if there is a key for it now. */
async function release(wanted: Program, up: (program: Program) => Promise<Failure | undefined>): Promise<Program> {
  if (wanted.heldPayloads === undefined) return wanted;
  const { heldPayloads: _, ...released } = wanted;
  const failure = await up(released);
  if (failure === undefined) return released;
  if (failure.code !== "key_first") throw new Broken(`the second of two steps failed: ${failure.message}`);
  // No active key of that target is declared, so it cannot encrypt.
  const again = await up(wanted);
  if (again !== undefined) throw new Broken(`going back to the first of two steps failed: ${again.message}`);
  return wanted;
}

/** Does what the errors say. */
class Advice {
  private namesTried = 0;

  constructor(private readonly world: Ended) {}

  /** The program to deploy next; `undefined` where the error says nothing that could be done. */
  after({ code }: Failure, wanted: Program): Program | undefined {
    const isTaken = code === "name_taken" || code === "condition_taken";
    if (isTaken && this.isRenamed(wanted)) return { ...wanted, called: aliased(wanted.called) };
    if (code === "key_first") return this.held(wanted);
    if (code === "key_needed") return unencrypted(wanted) ?? this.withoutKey(wanted);
    if (code === "name_taken") {
      // A target that is no longer given a name keeps the one that it had, or the one that has the name is still to be deleted.
      this.namesTried++;
      return this.namesTried > 3 ? undefined : { ...wanted, areAside: this.namesTried % 2 === 1 };
    }
    if (code === "condition_taken" && wanted.adopts !== true && staysSet(this.world, wanted))
      return { ...wanted, adopts: true };
    return undefined;
  }

  private isRenamed({ called = {} }: Program): boolean {
    return Object.values(called).some(({ isAliased }) => !isAliased);
  }

  /** What is to encrypt and does not yet keeps its payload type, until its key is there. */
  private held(wanted: Program): Program | undefined {
    const { targets, heldPayloads = {} } = wanted;
    const jwe = payloads.indexOf("PAYLOAD_TYPE_JWE");
    const held: Record<string, number> = {};
    for (const [place, choice] of targets.entries()) {
      if (choice?.payload !== jwe) continue;
      const payload = this.payloadNow(wanted, place);
      if (payload !== undefined && payload !== "PAYLOAD_TYPE_JWE")
        held[placeOf("target", place)] = Math.max(0, payloads.indexOf(payload));
    }
    return Object.keys(held).length === Object.keys(heldPayloads).length
      ? undefined
      : { ...wanted, heldPayloads: held };
  }

  /** What encrypts, and is to get its key and to stop calls in one deployment, does not encrypt until it has the key. */
  private withoutKey(wanted: Program): Program | undefined {
    const { zitadel } = this.world;
    const jwe = payloads.indexOf("PAYLOAD_TYPE_JWE");
    const held = { ...wanted.heldPayloads };
    for (const [place, choice] of wanted.targets.entries()) {
      if (choice?.payload !== jwe) continue;
      const id = this.targetAt(wanted, place)?.id;
      if (id !== undefined && zitadel.publicKeys(id).every(({ active }) => !active))
        held[placeOf("target", place)] = payloads.indexOf(undefined);
    }
    const isNew = Object.keys(held).length > Object.keys(wanted.heldPayloads ?? {}).length;
    return isNew ? { ...wanted, heldPayloads: held } : undefined;
  }

  /** The payload type of the target that the one at a place is. */
  private payloadNow(wanted: Program, index: number): string | undefined {
    const { id, entry } = this.targetAt(wanted, index) ?? {};
    if (id === undefined) return undefined;
    // Where only the write side knows that the target was changed or deleted, the provider sees what it was.
    const { payloadType = "PAYLOAD_TYPE_JSON" } = entry?.outputs ?? {};
    if (isUnseenlyDeleted(this.world, id) || missedChange(this.world, id)) return payloadType as string;
    return this.world.zitadel.targets().find((one) => one.id === id)?.payloadType;
  }

  /** The target that the one at a place is, or is to take over, or else was under another name; and what the state has of it. */
  private targetAt(wanted: Program, index: number): { readonly id: string; readonly entry?: Entry } | undefined {
    const place = placeOf("target", index);
    const alone = onlyTarget(wanted, index);
    const called = aliased({ ...wanted.called, [place]: wanted.called?.[place] ?? asItsPlace });
    const [declared] = declarationsOf(alone);
    if (declared === undefined) return undefined;
    const { name, adopt } = declared.properties(() => "");
    const own = this.entryOf(alone);
    const toAdopt = adopt === true ? this.world.zitadel.targets().find((one) => one.name === name)?.id : undefined;
    const entry = own ?? this.entryOf({ ...alone, called });
    const id = own?.id ?? toAdopt ?? entry?.id;
    return id === undefined ? undefined : { id, ...(entry !== undefined && { entry }) };
  }

  /** What the state has of a program's first resource, under its name or the first alias that there is. */
  private entryOf(program: Program): Entry | undefined {
    const [declared] = declarationsOf(program);
    const names = declared === undefined ? [] : [declared.urn, ...(declared.aliases ?? [])];
    const entries = this.world.stack.entries.filter(({ isReplaced }) => isReplaced !== true);
    return names.map((name) => entries.find(({ urn }) => urn === name)).find((entry) => entry !== undefined);
  }
}

/** The program with only one of its targets. */
function onlyTarget(wanted: Program, index: number): Program {
  return { ...wanted, targets: wanted.targets.map((one, at) => (at === index ? one : null)) };
}

/** What encrypts and is to lose its key no longer encrypts first. */
function unencrypted(wanted: Program): Program | undefined {
  const { targets, heldPayloads = {} } = wanted;
  const jwe = payloads.indexOf("PAYLOAD_TYPE_JWE");
  const places = [...targets.entries()].flatMap(([place, choice]) =>
    choice?.payload === jwe && !hasActiveKey(wanted, place) ? [placeOf("target", place)] : [],
  );
  if (places.every((place) => place in heldPayloads)) return undefined;
  const json = payloads.indexOf(undefined);
  return { ...wanted, heldPayloads: { ...heldPayloads, ...Object.fromEntries(places.map((place) => [place, json])) } };
}

function hasActiveKey({ keys }: Program, target: number): boolean {
  return keys.some((choice) => choice?.target === target && choice.active);
}

/** Says of everything that was renamed what it was called before. */
function aliased(called: Readonly<Record<string, Called>> = {}): Readonly<Record<string, Called>> {
  return Object.fromEntries(Object.entries(called).map(([place, one]) => [place, { ...one, isAliased: true }]));
}

/**
 * Whether an execution may be in the way for ever: its end, or that of its targets, was missed by the read model, which ZITADEL
 * executes from; or it was replaced or has an entry under an old name, is still to be deleted, and is declared again.
 */
function staysSet({ lost, stack }: Ended, wanted: Program): boolean {
  const urns = new Set(declarationsOf(wanted).map(({ urn }) => urn));
  const isFormer = ({ type, urn, isReplaced }: Entry) =>
    type === "execution" && (isReplaced === true || !urns.has(urn));
  return lost.length > 0 || stack.entries.some(isFormer);
}
