import { readAnswer } from "../answer";
import type { Call, Client } from "../client";
import { unlessFailed, type ZitadelError } from "../errors";
import { unconfirmed } from "../id";
import { since, untilShown } from "../server-time";
import { pageSize } from "../snapshot";
import { keyPath, partsOf } from "./id";
import { factOf } from "./schema";
import { list, reader } from "./search";
import { changedSchema } from "./wire";

/** When a key was last changed, and the server's clock at the answer. */
export interface Changed {
  readonly changeDate: string;
  readonly date: number | undefined;
}

/** Activates or deactivates; both are idempotent, and where nothing is to be done the date of change is an old one. */
export async function setActive(client: Client, id: string, active: boolean): Promise<Changed> {
  const { targetId } = partsOf(id);
  const call = activeCall(id, active);
  const reply = await client.ask(call).finally(() => reader(client, targetId).forget());
  if (reply.refusal?.code === "not_found") throw gone(client, call);
  if (reply.refusal?.doubtful === true) {
    const changeDate = await findSet(client, id, active);
    if (changeDate !== undefined) return { changeDate, date: reply.date };
  }
  if (reply.refusal?.errorId === "ErrPublicKeyExpired") {
    throw client.refused(
      call,
      reply.refusal,
      "The key has expired: declare another publicKey, or active: false to keep it unused.",
    );
  }
  if (reply.refusal !== undefined) throw client.refused(call, reply.refusal);
  client.ledger.note(factOf.hasKey(targetId), active);
  return { ...readAnswer(client, call, changedSchema, reply.body, lookAtIt), date: reply.date };
}

/** Whether a call that was stopped after its work has been carried out, and the date of that. */
async function findSet(client: Client, id: string, active: boolean): Promise<string | undefined> {
  const { targetId, keyId } = partsOf(id);
  const look = () => reader(client, targetId).findNow(keyId);
  const shown = await unlessFailed(() => untilShown(client, look, (row) => row.active === active));
  return shown?.changeDate;
}

/** What the write side says of a key, and the date where something was written just now: by the question, or before it. */
interface Probed {
  readonly isThere: boolean;
  readonly written?: string;
}

/** Asks the write side, which never lags, by sending what is so as far as we know. */
export async function probe(client: Client, id: string, active: boolean): Promise<Probed> {
  const call: Call = {
    ...activeCall(id, active),
    operation: "read public key",
    what: `asking whether public key ${id} exists`,
  };
  const began = client.clock.now();
  const reply = await client.ask(call);
  if (reply.refusal === undefined) {
    const { changeDate: written } = readAnswer(client, call, changedSchema, reply.body, lookAtIt);
    return { isThere: true, ...(Date.parse(written) >= since(client, reply, began) && { written }) };
  }
  if (reply.refusal.errorId === "ErrPublicKeyExpired") return { isThere: true };
  if (reply.refusal.code === "not_found") return { isThere: false };
  throw client.refused(call, reply.refusal, reply.refusal.code === "forbidden" ? unconfirmed : "");
}

/**
 * Changes back what `probe` wrote. For an inactive key, ZITADEL also answers with the date at which another key of the target was
 * activated: then nothing was written.
 *
 * @returns whether the key is active.
 */
export async function undoProbe(client: Client, id: string, active: boolean, written: string): Promise<boolean> {
  const { targetId, keyId } = partsOf(id);
  const look = async () => {
    const { rows } = await list(client, targetId, { offset: 0, limit: pageSize, asc: false });
    const changed = rows.filter(({ changeDate }) => changeDate === written);
    return changed.find((row) => row.active) ?? changed.find((row) => row.keyId === keyId);
  };
  const shown = active ? undefined : await untilShown(client, look);
  if (shown !== undefined && shown.keyId !== keyId) return active;
  await setActive(client, id, !active);
  return !active;
}

export function activeCall(id: string, active: boolean): Call {
  const { targetId, keyId } = partsOf(id);
  return {
    operation: active ? "activate public key" : "deactivate public key",
    what: `${active ? "activating" : "deactivating"} public key ${id}`,
    method: "POST",
    path: `${keyPath(targetId, keyId)}/${active ? "activate" : "deactivate"}`,
    body: {},
    write: true,
    repeatable: true,
  };
}

/** What to do where an answer to a write cannot be read. */
export const lookAtIt = "Run `pulumi refresh`, then look at what has become of the key.";

function gone(client: Client, call: Call): ZitadelError {
  const said = "ZITADEL says that the key, or its target, is gone: somebody deleted it";
  const hint = "Run `pulumi refresh` to take it out of the state, then `pulumi up` to create it anew.";
  return client.failed(call, "not_found", said, { status: 400 }, hint);
}
