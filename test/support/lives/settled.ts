import type { TargetState } from "../../../local/zitadel";
import { interrupts } from "../../../provider/target/schema";
import { kindOf } from "../../../provider/target/wire";
import { sameDuration } from "../../../provider/duration";
import type { Declared, Entry } from "./engine";
import { Broken, missedChange, type World } from "./world";

/** Holds that state and server are what the program declares, and each other's. */
export async function holdSettled(world: World, declared: readonly Declared[]): Promise<void> {
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
    else if (type === "key") holdKey(world, entry, news);
    else holdExecution(world, entry, news);
  }
  holdNothingElse(world);
}

function differs(what: string, is: unknown, wanted: unknown): void {
  if (JSON.stringify(is) === JSON.stringify(wanted)) return;
  throw new Broken(`${what} is ${JSON.stringify(is)} instead of ${JSON.stringify(wanted)}`);
}

function holdTarget(
  world: World,
  { urn, id, outputs }: Entry,
  news: Readonly<Record<string, unknown>>,
  shown: ReadonlyMap<string, string>,
): void {
  const target = world.zitadel.targets().find((one) => one.id === id);
  if (target === undefined) throw new Broken(`${urn} (${id}) is not on the server`);
  // What was done behind Pulumi's back to a target that the read model lost, nobody can see.
  if (!shown.has(id) && world.lost.some(({ path }) => path.endsWith("/targets"))) return;
  const kind = kindOf(news);
  differs(`the name of ${urn}`, target.name, news["name"] ?? outputs["name"]);
  differs(`the endpoint of ${urn}`, target.endpoint, news["endpoint"]);
  differs(`the time-out of ${urn}`, sameDuration(target.timeout, String(news["timeout"])), true);
  differs(`the kind of ${urn}`, target.kind, kind);
  if (kind !== "restAsync") differs(`the flag of ${urn}`, target.interruptOnError, interrupts(news[kind]));
  differs(`the payload type of ${urn}`, payloadOf(target), news["payloadType"] ?? "PAYLOAD_TYPE_JSON");
  // ZITADEL signs from the read side.
  const key = missedChange(world, id) ? (shown.get(id) ?? target.signingKey) : target.signingKey;
  differs(`the signing key of ${urn}`, outputs["signingKey"], key);
}

function payloadOf({ payloadType }: TargetState): string {
  return payloadType === "PAYLOAD_TYPE_UNSPECIFIED" ? "PAYLOAD_TYPE_JSON" : payloadType;
}

function holdKey({ zitadel }: World, { urn, id }: Entry, news: Readonly<Record<string, unknown>>): void {
  const [targetId = "", keyId] = id.split("/");
  differs(`the target of ${urn}`, targetId, news["targetId"]);
  const key = zitadel.publicKeys(targetId).find((one) => one.keyId === keyId);
  if (key === undefined) throw new Broken(`${urn} (${id}) is not on the server`);
  differs(`the key of ${urn}`, Buffer.from(key.publicKey, "base64").toString(), news["publicKey"]);
  differs(`whether ${urn} is active`, key.active, news["active"]);
}

function holdExecution({ zitadel }: World, { urn, id }: Entry, news: Readonly<Record<string, unknown>>): void {
  const execution = zitadel.executions().find((one) => one.id === id);
  differs(`the targets of ${urn} (${id})`, execution?.targets, news["targets"]);
}

/** Every object that is ours has its one entry. */
function holdNothingElse({ zitadel, stack, strangers, orphans, lost }: World): void {
  const known = new Set([...stack.entries.map(({ id }) => id), ...orphans.map(({ id }) => id)]);
  if (new Set(stack.entries.map(({ id }) => id)).size < stack.entries.length)
    throw new Broken("two entries have one object");
  for (const { id, name } of zitadel.targets()) {
    if (strangers.has(id)) continue;
    if (!known.has(id)) throw new Broken(`target ${name} (${id}) has no entry`);
    for (const { keyId } of zitadel.publicKeys(id))
      if (!strangers.has(keyId) && !known.has(`${id}/${keyId}`)) throw new Broken(`key ${id}/${keyId} has no entry`);
  }
  // One that the read model missed runs nowhere and is shown by nothing: a refresh takes it for gone.
  if (lost.some(({ method }) => method === "PUT")) return;
  for (const { id } of zitadel.executions()) if (!known.has(id)) throw new Broken(`execution ${id} has no entry`);
}

/** The signing keys as the server shows them. */
async function shownKeys({ zitadel }: World): Promise<Map<string, string>> {
  const response = await fetch(`${zitadel.url}/v2/actions/targets/search`, {
    method: "POST",
    headers: { authorization: `Bearer ${zitadel.accessToken}`, "content-type": "application/json" },
    body: JSON.stringify({ pagination: { limit: 1000 } }),
  });
  const { targets = [] } = (await response.json()) as { targets?: { id: string; signingKey: string }[] };
  return new Map(targets.map(({ id, signingKey }) => [id, signingKey]));
}
