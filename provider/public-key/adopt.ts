import type { Context } from "../lifecycle";
import { everything } from "../search";
import { takenOver } from "../taken-over";
import { heldBy } from "./add";
import { idOf } from "./id";
import { fingerprintOf } from "./pem";
import { type Inputs, sameMoment } from "./schema";
import { list } from "./search";
import type { Row } from "./wire";

/** The key with which a target's own is declared: an adopted one, with the dates of its own. */
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
    const said = `the key is there (${best.keyId}) with another date of expiry (${best.expirationDate ?? "none"}), which cannot be changed`;
    const hint = "Declare that date to take the key over, or leave adopt out to add it once more.";
    throw client.failed(
      { operation: "adopt public key", what: `taking over a public key of target ${targetId}` },
      "not_applied",
      said,
      {},
      hint,
    );
  }
  const id = idOf(targetId, best.keyId);
  heldBy(client).add(id);
  takenOver(client).add(id);
  info(`Took over public key ${id} (${best.fingerprint}) on ${client.instance.origin}.`);
  return best;
}
