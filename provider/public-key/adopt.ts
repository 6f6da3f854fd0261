import type { Context } from "../lifecycle";
import { everything } from "../search";
import { takenOver } from "../taken-over";
import { heldBy } from "./add";
import { idOf } from "./id";
import { fingerprintOf } from "./pem";
import { type Inputs, sameMoment } from "./schema";
import { list } from "./search";
import type { Row } from "./wire";

/** The key of the target that is just what is declared; a date of expiry cannot be changed. */
export async function findToAdopt({ client, info }: Context, inputs: Inputs): Promise<Row | undefined> {
  const { targetId, publicKey, expirationDate, active } = inputs;
  const fingerprint = fingerprintOf(publicKey);
  const rows = (await everything((offset, limit) => list(client, targetId, { offset, limit }))).filter(
    (row) => row.fingerprint === fingerprint,
  );
  // The same key may be there more than once, and each of them is declared for itself.
  const fits = (row: Row) => Number(sameMoment(row.expirationDate, expirationDate)) * 2 + Number(row.active === active);
  const free = rows.filter(({ keyId }) => !heldBy(client).has(idOf(targetId, keyId)));
  const [best] = free.sort((one, other) => fits(other) - fits(one));
  if (best === undefined) return undefined;
  if (!sameMoment(best.expirationDate, expirationDate)) {
    // It may be the one that is being replaced, for its date; otherwise somebody should know that there are two now.
    const date = best.expirationDate ?? "none";
    info(
      `Public key ${idOf(targetId, best.keyId)} is the same key with another date of expiry (${date}), which cannot be changed: it was left, and another added.`,
    );
    return undefined;
  }
  const id = idOf(targetId, best.keyId);
  heldBy(client).add(id);
  takenOver(client).add(id);
  info(`Took over public key ${id} (${best.fingerprint}) on ${client.instance.origin}.`);
  return best;
}
