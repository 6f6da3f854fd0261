import { ApiError } from "../errors";
import { newSecret } from "../secrets";
import type { Store } from "../store";
import type { TargetFields } from "./events";
import type { WrittenTarget } from "./write-model";

/** What an update wants; what is not in it stays as it is. */
export type TargetUpdate = Partial<Omit<TargetFields, "signingKey">> & { rotateSigningKey?: boolean };

export function createTarget(
  store: Store,
  fields: Omit<TargetFields, "signingKey">,
): { id: string; creationDate: string; signingKey: string } {
  checkName(store, fields.name);
  const id = store.ids.next();
  const signingKey = newSigningKey();
  const creationDate = store.push({ type: "target.added", id, fields: { ...fields, signingKey } });
  return { id, creationDate, signingKey };
}

export function updateTarget(
  store: Store,
  id: string,
  wanted: TargetUpdate,
): { changeDate: string; signingKey?: string } {
  const target = store.written.targets.get(id);
  if (!target?.exists) throw ApiError.domain(5, "COMMAND-xj14f2cccn", "Target not found");
  const changes = changesTo(target, wanted);
  if (Object.keys(changes).length === 0) return { changeDate: target.changeDate };
  if (changes.name !== undefined) checkName(store, changes.name, id);
  const changeDate = store.push({ type: "target.changed", id, changes });
  return changes.signingKey === undefined ? { changeDate } : { changeDate, signingKey: changes.signingKey };
}

export function removeTarget(store: Store, id: string): { deletionDate?: string } {
  const target = store.written.targets.get(id);
  if (target === undefined) return {};
  return { deletionDate: target.exists ? store.push({ type: "target.removed", id }) : target.changeDate };
}

function checkName(store: Store, name: string, byOtherThan?: string): void {
  if (name.includes("\0")) {
    const database = "ERROR: unsupported Unicode escape sequence (SQLSTATE 22P05)";
    throw ApiError.domain(2, "", `unknown database error: ${database}`);
  }
  if (store.written.targets.isTaken(name, byOtherThan)) {
    throw ApiError.domain(6, "V3-DKcYh", "Errors.Target.AlreadyExists");
  }
}

/** The fields in which the write model differs from what is wanted. UNSPECIFIED never counts as wanted. */
function changesTo(target: WrittenTarget, wanted: TargetUpdate): Partial<TargetFields> {
  const { rotateSigningKey, ...fields } = wanted;
  const differing = Object.entries(fields).filter(([key, value]) => {
    if (key === "payloadType" && value === "PAYLOAD_TYPE_UNSPECIFIED") return false;
    return target.fields[key as keyof TargetFields] !== value;
  });
  const changes = Object.fromEntries(differing) as Partial<TargetFields>;
  return rotateSigningKey ? { ...changes, signingKey: newSigningKey() } : changes;
}

function newSigningKey(): string {
  return newSecret("a signing key", 36);
}
