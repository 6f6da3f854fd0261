import type { Act, Call } from "../api/client";
import type { Client } from "../core/client";
import { hasCode, mayBeDone, reasonOf, type ZitadelError } from "../api/errors";
import type { Context } from "../core/lifecycle";
import { sameMoment, untilShown } from "../api/server-time";
import { lookAtIt } from "./calls";
import { idOf, keysPath } from "./id";
import { fingerprintOf } from "./pem";
import type { Inputs } from "./schema";
import { newest, reader } from "./search";
import { type Added, addedSchema, type Row, toWire } from "./wire";

const mostTries = 3;

/** The ledger's name for a key. */
export function objectOf(targetId: string, keyId: string): string {
  return `ZitadelTargetPublicKey ${idOf(targetId, keyId)}`;
}

/** Adds the key, once. ZITADEL accepts the same key any number of times, so look for the result of a try before repeating it. */
export function add(context: Context, inputs: Inputs): Promise<Row> {
  const { client, resource } = context;
  const { targetId, publicKey, expirationDate } = inputs;
  const call: Call<Added> = {
    operation: "add public key",
    what: `adding a public key to target ${targetId}`,
    method: "POST",
    path: keysPath(targetId),
    body: toWire(inputs),
    repeatable: false,
    answer: addedSchema,
    ifUnreadable: lookAtIt,
  };
  const fingerprint = fingerprintOf(publicKey) ?? "";
  const what = `add ${targetId} ${fingerprint} ${expirationDate ?? ""}`;
  return client.ledger.tries.once(what, resource, client.clock.now(), async (start, isRepeated) => {
    let began = start;
    let open: ZitadelError | undefined;
    for (let tries = 0; ; tries++) {
      if (isRepeated || tries > 0) {
        const ours = await findOurs(context, inputs, began).catch((error: unknown) => {
          throw stillOpen(client, call, open, `Looking for it failed too (${reasonOf(error)})`);
        });
        if (ours !== undefined) return ours;
        // An execution that stopped one try stops the next one too.
        if (tries >= mostTries || hasCode(open, "interrupted")) throw stillOpen(client, call, open);
      }
      began = client.clock.now();
      try {
        const { keyId, creationDate } = await send(client, call, targetId);
        client.ledger.own(objectOf(targetId, keyId), resource);
        const key = Buffer.from(publicKey).toString("base64");
        const dates = { creationDate, changeDate: creationDate };
        return { keyId, active: false, publicKey: key, fingerprint, expirationDate, ...dates };
      } catch (error) {
        if (!mayBeDone(error)) throw error;
        open = error;
      }
    }
  });
}

async function send(client: Client, call: Call<Added>, targetId: string): Promise<Added> {
  const reply = await client.ask(call).finally(() => reader(client, targetId).forget());
  const hint =
    reply.refusal?.errorId === "ErrTargetNotFound"
      ? `This instance has no target ${targetId}. If somebody deleted it, run \`pulumi refresh\`, then \`pulumi up\`; otherwise check targetId.`
      : "";
  return client.answerIn(reply, call, hint);
}

/** The key that our try added, if it began at that time; from now on the resource owns it. */
function findOurs({ client, resource }: Context, inputs: Inputs, began: number): Promise<Row | undefined> {
  const { targetId, publicKey, expirationDate } = inputs;
  const fingerprint = fingerprintOf(publicKey);
  return untilShown(client, async () => {
    // A key has one owner, so two parallel searches get different keys.
    return (await newest(client, targetId)).find(
      (one) =>
        one.fingerprint === fingerprint &&
        sameMoment(one.expirationDate, expirationDate) &&
        client.isSince(one.creationDate, began) &&
        client.ledger.own(objectOf(targetId, one.keyId), resource) === undefined,
    );
  });
}

/** The error of an add that may or may not have taken effect. */
function stillOpen(client: Client, call: Act, open?: ZitadelError, why = "ZITADEL does not show it"): ZitadelError {
  const hint = `${why}. If it was added after all, adopt: true takes it over.`;
  const status = open?.status;
  const said =
    status === undefined
      ? "no complete answer arrived"
      : status === 200
        ? "ZITADEL's answer with status 200 cannot be read"
        : `the answer was ${status}${open?.errorId === undefined ? "" : ` (${open.errorId})`}`;
  return client.failed(call, "unanswered", `${said}, so the call may or may not have taken effect`, hint, { status });
}
