import { readAnswer } from "../answer";
import type { Call, Client } from "../client";
import { mayBeDone, ZitadelError } from "../errors";
import { perClient } from "../per-client";
import { poll } from "../retry";
import { since } from "../server-time";
import { pageSize } from "../snapshot";
import { lookAtIt } from "./calls";
import { idOf, keysPath } from "./id";
import { fingerprintOf } from "./pem";
import { type Inputs, sameMoment } from "./schema";
import { list, reader } from "./search";
import { addedSchema, type Row, toWire } from "./wire";

/** The keys that resources of this process have created, which no other resource may take for its own. */
export const heldBy = perClient(() => new Set<string>());

const mostTries = 3;

/** Adds the key. ZITADEL takes the same one as often as it is told, so an unanswered try is looked into before another. */
export async function add(client: Client, inputs: Inputs): Promise<Row> {
  const { targetId, publicKey, expirationDate } = inputs;
  const call: Call = {
    operation: "add public key",
    what: `adding a public key to target ${targetId}`,
    method: "POST",
    path: keysPath(targetId),
    body: toWire(inputs),
    write: true,
    repeatable: false,
  };
  const fingerprint = fingerprintOf(publicKey) ?? "";
  for (let tries = 1; ; tries++) {
    const began = client.clock.now();
    try {
      const reply = await client.ask(call).finally(() => reader(client, targetId).forget());
      if (reply.refusal?.errorId === "ErrTargetNotFound") {
        const hint = `There is no target ${targetId} on this instance. Run \`pulumi refresh\` where it was deleted behind Pulumi's back, then \`pulumi up\`; otherwise check targetId.`;
        throw client.refused(call, reply.refusal, hint);
      }
      if (reply.refusal !== undefined) throw client.refused(call, reply.refusal);
      const { keyId, creationDate } = readAnswer(client, call, addedSchema, reply.body, lookAtIt);
      const key = Buffer.from(publicKey).toString("base64");
      heldBy(client).add(idOf(targetId, keyId));
      return {
        keyId,
        active: false,
        publicKey: key,
        fingerprint,
        expirationDate,
        creationDate,
        changeDate: creationDate,
      };
    } catch (error) {
      if (!mayBeDone(error)) throw error;
      const open = (hint: string) => stillOpen(client, call, error, hint);
      const ours = await findOurs(client, inputs, began, open);
      if (ours !== undefined) return ours;
      if (tries >= mostTries)
        throw open("ZITADEL does not show it; should it have been added after all, adopt: true takes it over.");
    }
  }
}

/** The key that an unanswered try of ours added. */
async function findOurs(
  client: Client,
  { targetId, publicKey, expirationDate }: Inputs,
  began: number,
  open: (hint: string) => ZitadelError,
): Promise<Row | undefined> {
  const fingerprint = fingerprintOf(publicKey);
  const ours = async () => {
    const { rows, date } = await list(client, targetId, { offset: 0, limit: pageSize, asc: false });
    const from = since(client, { date }, began);
    const row = rows.find(
      (one) =>
        one.fingerprint === fingerprint &&
        sameMoment(one.expirationDate, expirationDate) &&
        Date.parse(one.creationDate) >= from &&
        !heldBy(client).has(idOf(targetId, one.keyId)),
    );
    // Nothing is waited for between the look and this: of two that look at once, each finds another.
    if (row !== undefined) heldBy(client).add(idOf(targetId, row.keyId));
    return row;
  };
  try {
    return await poll(client.clock, ours);
  } catch (error) {
    if (!(error instanceof ZitadelError)) throw error;
    const why = `It could not be looked for either (${error.message.replace(/\.$/, "")})`;
    throw open(`${why}: should it have been added, adopt: true takes it over.`);
  }
}

/** The error of an unanswered add of which it stays unknown whether it was done. */
function stillOpen(client: Client, call: Call, { status }: ZitadelError, hint: string): ZitadelError {
  const unread =
    status === 200 ? "ZITADEL answered 200 in a form that cannot be read" : `a proxy answered ${status ?? ""}`;
  const what = status === undefined ? "no whole answer came" : unread;
  return client.failed(
    call,
    "unanswered",
    `${what}, so it is not known if it was done`,
    { ...(status !== undefined && { status }) },
    hint,
  );
}
