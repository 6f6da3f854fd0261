import type { Call, Client } from "../client";
import { unlessFailed } from "../errors";
import { unconfirmed } from "../id";
import { untilShown } from "../server-time";
import { keyPath, partsOf } from "./id";
import { factOf } from "./schema";
import { findNow, newest, reader } from "./search";
import { type Changed, changedSchema } from "./wire";

/** Activates or deactivates a key. Both are idempotent: if nothing changes, the answer has an old date of change. */
export async function setActive(client: Client, id: string, active: boolean): Promise<Changed> {
  const { targetId } = partsOf(id);
  const call = activeCall(id, active);
  const reply = await client.ask(call).finally(() => reader(client, targetId).forget());
  if (reply.refusal?.code === "not_found") {
    const said = "ZITADEL says that the key or its target does not exist: somebody deleted it";
    const hint = "Run `pulumi refresh` to remove it from the state, then `pulumi up` to create it again.";
    throw client.failed(call, "not_found", said, hint, { status: 400 });
  }
  if (reply.refusal?.doubtful === true) {
    // The call may have been stopped after it took effect.
    const look = () => findNow(client, id);
    const shown = await unlessFailed(() => untilShown(client, look, (row) => row.active === active));
    if (shown !== undefined) return { changeDate: shown.changeDate };
  }
  const isExpired = reply.refusal?.errorId === "ErrPublicKeyExpired";
  const hint = "The key has expired: declare another publicKey, or set active: false to keep this one unused.";
  const changed = client.answerIn(reply, call, isExpired ? hint : "");
  client.ledger.note(factOf.hasKey(targetId), active);
  client.ledger.note(factOf.activated(targetId), active);
  return changed;
}

/**
 * Asks the write side, which never lags, by sending the value that the key has as far as we know.
 *
 * @returns `written`, a date, if something was saved just now: by this call, or before it.
 */
export async function probe(client: Client, id: string, active: boolean) {
  const call = {
    ...activeCall(id, active),
    operation: "read public key",
    what: `asking whether public key ${id} exists`,
  };
  const began = client.clock.now();
  const { body, refusal } = await client.ask(call);
  if (refusal === undefined) {
    const { changeDate: written } = body;
    return { isThere: true, written: client.isSince(written, began) ? written : undefined };
  }
  if (refusal.errorId === "ErrPublicKeyExpired") return { isThere: true };
  if (refusal.code === "not_found") return { isThere: false };
  throw client.refused(call, refusal, refusal.code === "forbidden" ? unconfirmed : "");
}

/**
 * Undoes what `probe` changed. For an inactive key, ZITADEL may also answer with the date at which another key of the target was
 * activated: then nothing was changed.
 *
 * @returns whether the key is active.
 */
export async function undoProbe(client: Client, id: string, active: boolean, written: string): Promise<boolean> {
  const { targetId, keyId } = partsOf(id);
  const look = async () => {
    const changed = (await newest(client, targetId)).filter(({ changeDate }) => changeDate === written);
    return changed.find((row) => row.active) ?? changed.find((row) => row.keyId === keyId);
  };
  const shown = active ? undefined : await untilShown(client, look);
  if (shown !== undefined && shown.keyId !== keyId) return active;
  await setActive(client, id, !active);
  return !active;
}

export function activeCall(id: string, active: boolean): Call<Changed> {
  const { targetId, keyId } = partsOf(id);
  return {
    operation: active ? "activate public key" : "deactivate public key",
    what: `${active ? "activating" : "deactivating"} public key ${id}`,
    method: "POST",
    path: `${keyPath(targetId, keyId)}/${active ? "activate" : "deactivate"}`,
    body: {},
    answer: changedSchema,
    ifUnreadable: lookAtIt,
  };
}

/** What to do if the answer to a write cannot be read. */
export const lookAtIt = "Run `pulumi refresh`, then check the key.";
