import type { Call, Client } from "../client";
import { type ErrorFacts, hasCode, mayBeDone, reasonOf, type ZitadelError } from "../errors";
import { untilShown } from "../server-time";
import { gone, named, probe, sendUpdate } from "./calls";
import type { State } from "./schema";
import { findNow } from "./search";
import type { Changed } from "./wire";

const mostRotations = 3;

type Rotated = Changed & { readonly signingKey: string };

/**
 * Each request makes another key, so one that may have been carried out is looked into before it is sent again.
 *
 * @param began when the first try began, on the clock's `now`: this may be the repetition of an update that failed.
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
  let open = isRepeated ? client.failed(call, "unanswered", "no whole answer came to the rotation before") : undefined;
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

/** What an open rotation did: the new key, or `undefined` where it surely did not happen. */
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
    const said = `no answer came that can be read (${answer}), ${why}, so the key in the state may be dead`;
    const hint = "Run `pulumi up` again: it makes another key.";
    return client.failed(call, "unanswered", said, hint, { status: open.status, cause });
  };
  const notTold = (error: unknown): never => {
    throw unknown(`what it did could not be found out (${reasonOf(error)})`);
  };
  const look = () => findNow(client, id);
  // What stopped the rotation may stop the question too; a key that is listed and differs says enough.
  if (hasCode(open, "interrupted")) {
    const row = await untilShown(client, look, ({ signingKey }) => signingKey !== state.signingKey).catch(notTold);
    return row && { changeDate: row.changeDate, signingKey: row.signingKey };
  }
  const reply = await probe(client, id, named(id, state)).catch(notTold);
  if (reply === undefined) throw gone(client, call);
  if (Date.parse(reply.changeDate) < client.onServerClock(began)) return undefined;
  const row = await untilShown(client, look, reply.changeDate).catch(notTold);
  if (row === undefined) throw unknown("it was probably carried out, but ZITADEL did not show the new key within 20 s");
  return row.signingKey === state.signingKey ? undefined : { changeDate: row.changeDate, signingKey: row.signingKey };
}
