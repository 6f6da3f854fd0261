import type { Act, Call } from "../api/client";
import type { Client } from "../core/client";
import type { ZitadelError } from "../api/errors";
import { step, unconfirmed } from "../api/id";
import { reader } from "./search";
import { type Changed, updatedSchema } from "./wire";

/** Asks the write side, which never lags, with an empty update. `undefined` means that the target does not exist. */
export async function probe(client: Client, id: string, name: string): Promise<Changed | undefined> {
  const call = {
    ...updateCall(id, name, {}),
    operation: "read target",
    what: `asking whether target ${name} exists`,
  };
  const reply = await client.ask(call);
  if (reply.refusal?.code === "not_found") return undefined;
  return client.answerIn(reply, call, reply.refusal?.code === "forbidden" ? unconfirmed : "");
}

export async function sendUpdate(client: Client, call: Call<Changed>): Promise<Changed> {
  const reply = await client.ask(call).finally(() => reader(client).forget());
  if (reply.refusal?.code === "not_found") throw gone(client, call);
  return client.answerIn(reply, call);
}

export function updateCall(id: string, name: string, body: Record<string, unknown>): Call<Changed> {
  return {
    operation: "update target",
    what: `updating target ${name}`,
    method: "POST",
    path: targetPath(id),
    body,
    answer: updatedSchema,
    ifUnreadable: lookAtIt,
  };
}

export function gone(client: Client, call: Act): ZitadelError {
  const said = "ZITADEL says that the target does not exist (COMMAND-xj14f2cccn): somebody deleted it";
  return client.failed(call, "not_found", said, ifDeleted, { status: 404 });
}

/** What to do if somebody deleted a target. */
export const ifDeleted =
  "Run `pulumi refresh` to remove the target from the state, then `pulumi up` to create it again. If the refresh keeps it, ZITADEL's read model has missed the deletion: run `pulumi up --replace <the target's URN>`.";

/** What to do if the answer to a write cannot be read. */
export const lookAtIt = "Run `pulumi refresh`, then check the target.";

export function named(id: string, state: { name?: string }): string {
  return state.name === undefined ? id : `${JSON.stringify(state.name)} (${id})`;
}

export function targetPath(id: string): string {
  return `/v2/actions/targets/${step(id, "target")}`;
}
