import { readAnswer } from "../answer";
import type { Call, Client, Reply } from "../client";
import type { ZitadelError } from "../errors";
import { step, unconfirmed } from "../id";
import { reader } from "./search";
import { updatedSchema } from "./wire";

/** Asks the write side, which never lags, by an update of nothing. `undefined`: it says that there is no such target. */
export async function probe(client: Client, id: string, name: string): Promise<Updated | undefined> {
  const call: Call = {
    ...updateCall(id, name, {}),
    operation: "read target",
    what: `asking whether target ${name} exists`,
  };
  const reply = await client.ask(call);
  if (reply.refusal?.code === "not_found") return undefined;
  if (reply.refusal?.code === "forbidden") throw client.refused(call, reply.refusal, unconfirmed);
  return readUpdated(client, call, reply);
}

/** What an update answers; `signingKey` only after a rotation. */
export interface Updated {
  readonly changeDate: string;
  readonly signingKey?: string | undefined;
  /** The server's clock at the answer. */
  readonly date: number | undefined;
}

export async function sendUpdate(client: Client, call: Call): Promise<Updated> {
  const reply = await client.ask(call).finally(() => reader(client).forget());
  if (reply.refusal?.code === "not_found") throw gone(client, call);
  return readUpdated(client, call, reply);
}

function readUpdated(client: Client, call: Call, reply: Reply): Updated {
  if (reply.refusal !== undefined) throw client.refused(call, reply.refusal);
  return { ...readAnswer(client, call, updatedSchema, reply.body, lookAtIt), date: reply.date };
}

export function updateCall(id: string, name: string, body: Record<string, unknown>): Call {
  return {
    operation: "update target",
    what: `updating target ${name}`,
    method: "POST",
    path: targetPath(id),
    body,
    write: true,
    repeatable: true,
  };
}

export function gone(client: Client, call: Call): ZitadelError {
  const said = "ZITADEL says that the target is gone (COMMAND-xj14f2cccn): somebody deleted it";
  const hint =
    "Run `pulumi refresh` to take it out of the state, then `pulumi up` to create it anew. If that keeps it, ZITADEL's read model has missed the deletion: pulumi up --replace <its URN>.";
  return client.failed(call, "not_found", said, { status: 404 }, hint);
}

/** What to do where an answer to a write cannot be read. */
export const lookAtIt = "Run `pulumi refresh`, then look at what has become of the target.";

export function named(id: string, state: { name?: string }): string {
  return state.name === undefined ? id : `${JSON.stringify(state.name)} (${id})`;
}

export function targetPath(id: string): string {
  return `/v2/actions/targets/${step(id, "target")}`;
}
