import type { Projection } from "../projection";
import { publicKeyIn } from "../public-keys/pem";
import type { Store } from "../store";
import type { TargetRow } from "../targets/events";
import type { DeliveryTarget, EncryptionKey, ExecutionSource } from "./source";

/** The executions and their targets, as the read model shows them. */
export function readModelSource(store: Store): ExecutionSource {
  const targetsIn = ({ targets }: Projection, ids: readonly string[]) =>
    ids.map((id) => targets.get(id)).filter((row) => row !== undefined);
  return {
    executionIds: () => {
      const shown = store.readModel.peek();
      const rows = shown.executions.rows().filter(({ targets }) => targetsIn(shown, targets).length > 0);
      return rows.map(({ id }) => id);
    },
    targetsOf: (executionId) => {
      const shown = store.readModel.peek();
      const row = shown.executions.rows().find(({ id }) => id === executionId);
      return targetsIn(shown, row?.targets ?? []).map((target) => deliveryTarget(shown, target, store.now()));
    },
  };
}

function deliveryTarget({ keys }: Projection, target: TargetRow, now: Date): DeliveryTarget {
  const key = keys.of(target.id).find((row) => row.active && !isPast(row.expirationDate, now));
  return { ...target, encryptionKey: key && encryptionKey(key) };
}

function encryptionKey({ id, publicKey }: { id: string; publicKey: string }): EncryptionKey {
  const key = publicKeyIn(Buffer.from(publicKey, "base64"));
  if (key === undefined) throw new Error(`public key ${id} cannot be read, though it was taken when it was added`);
  return { keyId: id, key };
}

function isPast(date: string | undefined, now: Date): boolean {
  return date !== undefined && new Date(date) <= now;
}
