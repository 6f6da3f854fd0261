import type { Zitadel } from "../../../local/zitadel";
import { newKey } from "../keys";
import type { Entry } from "./engine";
import { endpoints, kinds } from "./program";

/** The changes outside Pulumi that the later checks have to know. */
export interface Meddled {
  /** Ids of targets and keys that no stack has. */
  readonly strangers: Set<string>;
  /** Ids of targets whose signing key was rotated, until the state has the new one. */
  readonly rotated: Set<string>;
  /** Objects that no entry has, although one should. */
  readonly orphans: readonly { readonly id: string }[];
  /** The requests whose events the read model missed. */
  readonly lost: { readonly method: string; readonly path: string }[];
}

const strangersKey = Buffer.from(newKey.p256()).toString("base64");

/** Changes something on the server outside Pulumi: an object that the state has, or a new one. */
export function meddle(
  zitadel: Zitadel,
  entries: readonly Entry[],
  { of, how }: { of: number; how: number },
  meddled: Meddled,
): void {
  const targets = zitadel.targets();
  const ids = new Set(targets.map(({ id }) => id));
  const there = entries.filter(({ type, id }) => type === "execution" || ids.has(id.split("/")[0] ?? ""));
  const entry = there[of % (there.length + 1)];
  if (entry === undefined) {
    const name = `stranger-${meddled.strangers.size}`;
    meddled.strangers.add(zitadel.add({ name, endpoint: endpoints[0], timeout: "5s", restAsync: {} }).id);
  } else if (entry.type === "target") meddleWithTarget(zitadel, entry.id, how, meddled);
  else if (entry.type === "key") meddleWithKey(zitadel, entry.id, how, meddled);
  else {
    const condition = zitadel.executions().find(({ id }) => id === entry.id)?.condition;
    const first = targets.find(({ id }) => !meddled.orphans.some((orphan) => orphan.id === id));
    if (condition !== undefined) zitadel.setExecution(condition, how < 4 || first === undefined ? [] : [first.id]);
  }
}

/** Deletes a target so that the read model misses it: the target stays listed, in its executions and with its keys. */
export function deleteUnseen(zitadel: Zitadel, of: number, { lost }: Meddled): void {
  const targets = zitadel.targets();
  const target = targets[of % Math.max(1, targets.length)];
  if (target === undefined) return;
  zitadel.readModel.loseNext("delete");
  zitadel.remove(target.id);
  zitadel.readModel.loseNothing();
  lost.push({ method: "DELETE", path: `/v2/actions/targets/${target.id}` });
}

function meddleWithTarget(zitadel: Zitadel, id: string, how: number, { rotated, strangers }: Meddled): void {
  if (how === 0) zitadel.remove(id);
  else if (how === 1) {
    zitadel.change(id, { expirationSigningKey: "0s" });
    rotated.add(id);
  } else if (how === 2) zitadel.change(id, { name: `renamed-${id}` });
  else if (how === 3) zitadel.change(id, { payloadType: "PAYLOAD_TYPE_JWT" });
  else if (how === 4) strangers.add(zitadel.addPublicKey(id, { publicKey: strangersKey }).keyId);
  else if (how === 5) zitadel.change(id, { endpoint: endpoints[2], timeout: "7s" });
  else zitadel.change(id, kinds[how === 6 ? 1 : 4] ?? {});
}

function meddleWithKey(zitadel: Zitadel, id: string, how: number, { strangers }: Meddled): void {
  const [targetId = "", keyId = ""] = id.split("/");
  const key = zitadel.publicKeys(targetId).find((one) => one.keyId === keyId);
  if (key === undefined) return;
  if (how < 3) zitadel.deactivatePublicKey(targetId, keyId);
  else if (how < 5) {
    zitadel.deactivatePublicKey(targetId, keyId);
    zitadel.removePublicKey(targetId, keyId);
  } else {
    const stranger = zitadel.addPublicKey(targetId, { publicKey: strangersKey }).keyId;
    zitadel.activatePublicKey(targetId, stranger);
    strangers.add(stranger);
  }
}
