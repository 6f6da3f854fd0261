import type { Call, Client } from "../client";
import { type ErrorFacts, mayBeDone, ZitadelError } from "../errors";
import { since } from "../server-time";
import { findCaughtUp, gone, named, probe, sendUpdate } from "./calls";
import type { State } from "./schema";

const mostRotations = 3;

/** Each request makes another key, so an unanswered one is looked into before it is sent again. */
export async function rotateKey(
  client: Client,
  call: Call,
  id: string,
  state: State,
): Promise<{ changeDate: string; signingKey: string }> {
  const rotation: Call = { ...call, body: { ...call.body, expirationSigningKey: "0s" }, repeatable: false };
  for (let tries = 1; ; tries++) {
    const began = client.clock.now();
    try {
      const { changeDate, signingKey } = await sendUpdate(client, rotation);
      if (signingKey !== undefined) return { changeDate, signingKey };
      throw client.failed(
        rotation,
        "not_applied",
        "ZITADEL answered 200 without a new signing key",
        {},
        "Run `pulumi up` again.",
      );
    } catch (error) {
      if (!mayBeDone(error)) throw error;
      const settled = await keyOfUnansweredRotation(client, rotation, id, state, began, error);
      if (settled !== undefined) return settled;
      if (tries >= mostRotations) throw error;
    }
  }
}

/** What an unanswered rotation did: the new key, or `undefined` where it surely did not happen. */
async function keyOfUnansweredRotation(
  client: Client,
  call: Call,
  id: string,
  state: State,
  began: number,
  unanswered: ZitadelError,
): Promise<{ changeDate: string; signingKey: string } | undefined> {
  const unknown = (why: string): ZitadelError => {
    const cause = unanswered.cause as ErrorFacts["cause"];
    const answer = cause?.code ?? unanswered.status ?? unanswered.code;
    const said = `no answer came that can be read (${answer}), ${why}, so the key in the state may be dead`;
    const facts = { ...(unanswered.status !== undefined && { status: unanswered.status }), ...(cause && { cause }) };
    return client.failed(call, "unanswered", said, facts, "Run `pulumi up` again: it makes another key.");
  };
  const notTold = (error: unknown): never => {
    if (!(error instanceof ZitadelError)) throw error;
    throw unknown(`what it did could not be found out (${error.message.replace(/\.$/, "")})`);
  };
  const reply = await probe(client, id, named(id, state)).catch(notTold);
  if (reply === undefined) throw gone(client, call);
  if (Date.parse(reply.changeDate) < since(client, reply, began)) return undefined;
  const row = await findCaughtUp(client, id, reply.changeDate).catch(notTold);
  if (row === undefined) throw unknown("it was probably carried out, but ZITADEL did not show the new key within 20 s");
  return row.signingKey === state.signingKey ? undefined : { changeDate: row.changeDate, signingKey: row.signingKey };
}
