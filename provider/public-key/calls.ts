import type { Call } from "../api/client";
import type { Client } from "../core/client";
import { unlessFailed } from "../api/errors";
import { unconfirmed } from "../api/id";
import { untilShown } from "../api/server-time";
import { keyPath, partsOf } from "./id";
import { factOf } from "./schema";
import { findNow, reader } from "./search";
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
 * Asks the write side, which never lags, whether a key exists, by sending the value that the key has as far as we know. Only for a key
 * that is about to be taken over: if the read side lags, this writes.
 */
export async function probe(client: Client, id: string, active: boolean): Promise<boolean> {
  const call = {
    ...activeCall(id, active),
    operation: "read public key",
    what: `asking whether public key ${id} exists`,
  };
  const { refusal } = await client.ask(call);
  if (refusal === undefined || refusal.errorId === "ErrPublicKeyExpired") return true;
  if (refusal.code === "not_found") return false;
  throw client.refused(call, refusal, refusal.code === "forbidden" ? unconfirmed : "");
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
