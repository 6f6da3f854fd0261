import type { TargetState, Zitadel } from "../../../local/zitadel";
import { idOf as conditionId } from "../../../provider/execution/condition";
import { interrupts } from "../../../provider/target/schema";
import { kindOf } from "../../../provider/target/wire";
import { sameDuration } from "../../../provider/api/duration";
import { type Declared, type Entry, objectOf, type Type } from "./engine";
import type { Meddled } from "./meddle";

/** A check of a random test that failed. */
export class Broken extends Error {}

/** An object that was created and is not in the state, and why. */
export interface Orphan {
  readonly type: Type;
  readonly id: string;
  /** What ended the create: a crash, or an error of that code. */
  readonly reason: string;
}

/** What is left at the end of a random test, and what the checks need to know about it. */
export interface Ended extends Meddled {
  readonly zitadel: Zitadel;
  readonly stack: { readonly entries: readonly Entry[] };
  readonly orphans: readonly Orphan[];
}

/** Checks that the state and the server are what the program declares, and match each other. */
export async function holdSettled(world: Ended, declared: readonly Declared[]): Promise<void> {
  const { entries } = world.stack;
  const wanted = declared.map(({ urn }) => urn).toSorted();
  const had = entries.map(({ urn }) => urn).toSorted();
  if (wanted.join() !== had.join()) throw new Broken(`the state has ${had.join()} instead of ${wanted.join()}`);
  const unsettled = entries.find(({ isReplaced, isAway, isUnfinished }) => isReplaced ?? isAway ?? isUnfinished);
  if (unsettled !== undefined) throw new Broken(`${unsettled.urn} is not settled`);
  const idOf = (urn: string) => entries.find((entry) => entry.urn === urn)?.id ?? "";
  const shown = await shownKeys(world);
  for (const { urn, type, properties } of declared) {
    const entry = entries.find((one) => one.urn === urn);
    if (entry === undefined) continue;
    const news = properties(idOf);
    if (type === "target") holdTarget(world, entry, news, shown);
    else if (type === "key") await holdKey(world, entry, news, shown);
    else await holdExecution(world, entry, news);
  }
  holdNothingElse(world);
}

function differs(what: string, is: unknown, wanted: unknown): void {
  if (JSON.stringify(is) === JSON.stringify(wanted)) return;
  throw new Broken(`${what} is ${JSON.stringify(is)} instead of ${JSON.stringify(wanted)}`);
}

function holdTarget(
  world: Ended,
  { urn, id, outputs }: Entry,
  news: Readonly<Record<string, unknown>>,
  shown: ReadonlyMap<string, string>,
): void {
  const target = world.zitadel.targets().find((one) => one.id === id);
  if (target === undefined) {
    // Where the read model missed its removal, ZITADEL goes on showing and executing it, and only an update tells.
    if (shown.has(id) && isUnseenlyDeleted(world, id)) return;
    throw new Broken(`${urn} (${id}) is not on the server`);
  }
  // A change outside Pulumi to a target that the read model lost cannot be seen.
  if (!shown.has(id) && world.lost.some(({ path }) => path.endsWith("/targets"))) return;
  // ZITADEL acts and signs from the read side, which is all that a refresh can see.
  const isMissed = missedChange(world, id);
  const key = isMissed ? (shown.get(id) ?? target.signingKey) : target.signingKey;
  differs(`the signing key of ${urn}`, outputs["signingKey"], key);
  if (isMissed) return;
  const kind = kindOf(news);
  differs(`the name of ${urn}`, target.name, news["name"] ?? outputs["name"]);
  differs(`the endpoint of ${urn}`, target.endpoint, news["endpoint"]);
  differs(`the time-out of ${urn}`, sameDuration(target.timeout, String(news["timeout"])), true);
  differs(`the kind of ${urn}`, target.kind, kind);
  if (kind !== "restAsync") differs(`the flag of ${urn}`, target.interruptOnError, interrupts(news[kind]));
  differs(`the payload type of ${urn}`, payloadOf(target), news["payloadType"] ?? "PAYLOAD_TYPE_JSON");
}

function payloadOf({ payloadType }: TargetState): string {
  return payloadType === "PAYLOAD_TYPE_UNSPECIFIED" ? "PAYLOAD_TYPE_JSON" : payloadType;
}

async function holdKey(
  { zitadel, lost }: Ended,
  entry: Entry,
  news: Readonly<Record<string, unknown>>,
  shown: ReadonlyMap<string, string>,
): Promise<void> {
  const { urn } = entry;
  const id = objectOf(entry);
  const [targetId = "", keyId] = id.split("/");
  differs(`the target of ${urn}`, targetId, news["targetId"]);
  if (isUnseenlyDeleted({ lost }, targetId)) return;
  // A change outside Pulumi to a key cannot be seen if the read model lost its target, and neither what a failed deletion left.
  if (!shown.has(targetId) && lost.some(({ path }) => path.endsWith("/targets"))) return;
  const key = zitadel.publicKeys(targetId).find((one) => one.keyId === keyId);
  if (key === undefined) throw new Broken(`${urn} (${id}) is not on the server`);
  differs(`the key of ${urn}`, Buffer.from(key.publicKey, "base64").toString(), news["publicKey"]);
  // ZITADEL encrypts from the read side, which may have missed that this key or another one was made active or inactive.
  const isMissed = lost.some(({ path }) => path.includes(`/${targetId}/publickeys/`) && path.endsWith("activate"));
  const active = isMissed ? (await shownActiveKey(zitadel, targetId)) === keyId : key.active;
  differs(`whether ${urn} is active`, active, news["active"]);
}

async function holdExecution(world: Ended, entry: Entry, news: Readonly<Record<string, unknown>>): Promise<void> {
  const { urn } = entry;
  const id = objectOf(entry);
  const execution = world.zitadel.executions().find((one) => one.id === id);
  if (execution === undefined && missedSet(world)) return;
  const left = new Set(world.zitadel.targets().map(({ id }) => id));
  const isListed = (target: string) => left.has(target) || !isUnseenlyDeleted(world, target);
  const targets = (news["targets"] as string[]).filter(isListed);
  // ZITADEL executes from the read side, which may have missed a list.
  const isShown = missedSet(world) && (await shownTargets(world.zitadel, id)).join() === targets.join();
  if (!isShown) differs(`the targets of ${urn} (${id})`, execution?.targets ?? [], targets);
}

/** Every object that is ours has its one entry. */
function holdNothingElse({ zitadel, stack, strangers, orphans, lost }: Ended): void {
  const known = new Set([...stack.entries.map(objectOf), ...orphans.map(({ id }) => id)]);
  holdOwnedOnce(stack.entries);
  for (const { id, name } of zitadel.targets()) {
    if (strangers.has(id)) continue;
    if (!known.has(id)) throw new Broken(`target ${name} (${id}) has no entry`);
    for (const { keyId } of zitadel.publicKeys(id))
      if (!strangers.has(keyId) && !known.has(`${id}/${keyId}`)) throw new Broken(`key ${id}/${keyId} has no entry`);
  }
  // One that the read model missed runs nowhere and is shown by nothing: a refresh takes it for gone.
  if (missedSet({ lost })) return;
  for (const { id } of zitadel.executions()) if (!known.has(id)) throw new Broken(`execution ${id} has no entry`);
}

/** No two entries have one object. */
export function holdOwnedOnce(entries: readonly Entry[]): void {
  const objects = entries.map((entry) => `${entry.type} ${objectOf(entry)}`);
  const twice = objects.find((object, index) => objects.indexOf(object) < index);
  if (twice !== undefined) throw new Broken(`two entries have one object, ${twice}`);
}

/** Whether the read side missed that the target was deleted: it goes on showing and executing it. */
export function isUnseenlyDeleted({ lost }: Pick<Ended, "lost">, id: string): boolean {
  return lost.some(({ method, path }) => method === "DELETE" && path.endsWith(`/targets/${id}`));
}

/** Whether the read side, which ZITADEL signs from, missed a change of the target. */
export function missedChange({ lost }: Pick<Ended, "lost">, id: string): boolean {
  return lost.some(({ path }) => path.endsWith(`/targets/${id}`));
}

/** Whether the read side, which ZITADEL encrypts from, missed that a key was added to the target of this key. */
export function missedKey({ lost }: Pick<Ended, "lost">, id: string): boolean {
  return lost.some(({ path }) => path.endsWith(`/targets/${id.split("/")[0] ?? ""}/publickeys`));
}

/** Whether the read side, which ZITADEL executes from, missed that an execution was set or removed. */
export function missedSet({ lost }: Pick<Ended, "lost">): boolean {
  return lost.some(({ method }) => method === "PUT");
}

/** All objects of the server's write side. */
export function inventory({ zitadel }: Pick<Ended, "zitadel">): Map<string, Type> {
  const targets = zitadel.targets().map(({ id }) => id);
  return new Map([
    ...targets.map((id) => [id, "target"] as const),
    ...targets.flatMap((id) => zitadel.publicKeys(id).map(({ keyId }) => [`${id}/${keyId}`, "key"] as const)),
    ...zitadel.executions().map(({ id }) => [id, "execution"] as const),
  ]);
}

/** The signing keys as the server shows them. */
async function shownKeys({ zitadel }: Ended): Promise<Map<string, string>> {
  const path = "/v2/actions/targets/search";
  const { targets = [] } = await searched<{ targets?: { id: string; signingKey: string }[] }>(zitadel, path, {});
  return new Map(targets.map(({ id, signingKey }) => [id, signingKey]));
}

/** The id of the public key that the server shows as a target's active one. */
export async function shownActiveKey(zitadel: Zitadel, targetId: string): Promise<string | undefined> {
  const path = `/v2/actions/targets/${targetId}/publickeys/search`;
  const filters = [{ activeFilter: true }];
  const { publicKeys } = await searched<{ publicKeys?: { keyId: string }[] }>(zitadel, path, { filters });
  return publicKeys?.[0]?.keyId;
}

/** The targets of an execution as the server shows them. */
async function shownTargets(zitadel: Zitadel, id: string): Promise<readonly string[]> {
  type Shown = { executions?: { condition: unknown; targets?: string[] }[] };
  const { executions = [] } = await searched<Shown>(zitadel, "/v2/actions/executions/search", {});
  return executions.find(({ condition }) => conditionId(condition) === id)?.targets ?? [];
}

async function searched<Answer>({ url, accessToken }: Zitadel, path: string, question: object): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
    body: JSON.stringify({ pagination: { limit: 1000 }, ...question }),
  });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return (await response.json()) as Answer;
}
