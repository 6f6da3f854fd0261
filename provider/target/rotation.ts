import type { Call } from "../api/client";
import type { Client } from "../core/client";
import { type ErrorFacts, hasCode, mayBeDone, reasonOf, type ZitadelError } from "../api/errors";
import { untilShown } from "../api/server-time";
import { gone, named, probe, sendUpdate } from "./calls";
import type { State } from "./schema";
import { findNow } from "./search";
import type { Changed } from "./wire";

const mostRotations = 3;

type Rotated = Changed & { readonly signingKey: string };

/**
 * Rotates the key. Each request creates another key, so before repeating one, find out whether it took effect.
 *
 * @param began when the first try began, on the clock's `now`: this may repeat an update that failed.
 */
export async function rotateKey(
  client: Client,
  call: Call<Changed>,
  id: string,
  state: State,
  began: number,
  isRepeated: boolean,
): Promise<Rotated> {
  const rotation: Call<Changed> = { ...call, body: { ...call.body, expirationSigningKey: "0s" }, repeatable: false };
  let start = began;
  let open = isRepeated ? client.failed(call, "unanswered", "the last rotation got no complete answer") : undefined;
  for (let tries = 0; ; tries++) {
    if (open !== undefined) {
      const done = await findRotated(client, rotation, id, state, start, open);
      if (done !== undefined) return done;
      if (tries >= mostRotations || !hasCode(open, "unanswered", "unexpected_answer")) throw open;
    }
    start = client.clock.now();
    try {
      const { changeDate, signingKey } = await sendUpdate(client, rotation);
      if (signingKey !== undefined) return { changeDate, signingKey };
    } catch (error) {
      if (!mayBeDone(error)) throw error;
      open = error;
      continue;
    }
    const said = "ZITADEL answered 200 without a new signing key";
    throw client.failed(rotation, "not_applied", said, "Run `pulumi up` again.");
  }
}

/** The result of an unanswered rotation: the new key, or `undefined` if it certainly did not take effect. */
async function findRotated(
  client: Client,
  call: Call<Changed>,
  id: string,
  state: State,
  began: number,
  open: ZitadelError,
): Promise<Rotated | undefined> {
  const unknown = (why: string): ZitadelError => {
    const cause = open.cause as ErrorFacts["cause"];
    const answer = cause?.code ?? open.status ?? open.code;
    const said = `no readable answer arrived (${answer}), ${why}, so the key in the state may no longer work`;
    const hint = "Run `pulumi up` again: it creates another key.";
    return client.failed(call, "unanswered", said, hint, { status: open.status, cause });
  };
  const notTold = (error: unknown): never => {
    throw unknown(`finding out what happened failed too (${reasonOf(error)})`);
  };
  const look = () => findNow(client, id);
  // What stopped the rotation may stop the probe too; if ZITADEL lists another key, that is enough.
  if (hasCode(open, "interrupted")) {
    const row = await untilShown(client, look, ({ signingKey }) => signingKey !== state.signingKey).catch(notTold);
    return row && { changeDate: row.changeDate, signingKey: row.signingKey };
  }
  const reply = await probe(client, id, named(id, state)).catch(notTold);
  if (reply === undefined) throw gone(client, call);
  if (!client.isSince(reply.changeDate, began)) return undefined;
  const row = await untilShown(client, look, reply.changeDate).catch(notTold);
  if (row === undefined) throw unknown("the key was probably rotated, but ZITADEL did not show that within 20 s");
  return row.signingKey === state.signingKey ? undefined : { changeDate: row.changeDate, signingKey: row.signingKey };
}
