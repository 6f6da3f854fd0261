import { ApiError } from "../errors";
import { NEVER } from "../events";
import type { Store } from "../store";
import { formatTimestamp, parseTimestamp, type WireTimestamp } from "../timestamp";
import { fingerprintOf } from "./pem";

/** Which key of which target. */
export interface KeyName {
  targetId: string;
  keyId: string;
}

export function addKey(
  store: Store,
  targetId: string,
  pem: Buffer,
  expiration: WireTimestamp | undefined,
): { keyId: string; creationDate: string } {
  const expirationDate = expiration && formatTimestamp(expiration);
  // The first moment of all stands for no date.
  const expires = expirationDate === undefined || expirationDate === NEVER ? {} : { expirationDate };
  if (isOver(store, expires.expirationDate)) {
    throw ApiError.domain(3, "ErrExpirationDateBeforeNow", "Key expiration date must be in the future");
  }
  const fingerprint = fingerprintOf(pem);
  if (fingerprint === undefined) {
    const wanted = "Must be a PEM encoded RSA or ECDSA public key in PKCS#8 format";
    throw ApiError.domain(3, "ErrPublicKeyFormat", `The public key is invalid. ${wanted}`);
  }
  if (!store.written.keys.hasTarget(targetId)) throw ApiError.domain(9, "ErrTargetNotFound", "Target not found");
  const keyId = store.ids.next();
  const fields = { publicKey: pem.toString("base64"), fingerprint, ...expires };
  return { keyId, creationDate: store.push({ type: "key.added", id: keyId, targetId, fields }) };
}

export function activateKey(store: Store, { targetId, keyId }: KeyName): { changeDate: string } {
  const key = store.written.keys.get(targetId, keyId);
  if (!key.exists) throw notFound();
  if (isOver(store, key.expirationDate)) {
    throw ApiError.domain(9, "ErrPublicKeyExpired", "Target public key is expired");
  }
  return { changeDate: key.active ? key.changeDate : store.push({ type: "key.activated", id: keyId, targetId }) };
}

export function deactivateKey(store: Store, { targetId, keyId }: KeyName): { changeDate: string } {
  const key = store.written.keys.get(targetId, keyId);
  if (!key.exists) throw notFound();
  return { changeDate: key.active ? store.push({ type: "key.deactivated", id: keyId, targetId }) : key.changeDate };
}

export function removeKey(store: Store, { targetId, keyId }: KeyName): { deletionDate: string } {
  const key = store.written.keys.get(targetId, keyId);
  if (!key.exists) return { deletionDate: key.changeDate };
  if (key.active) {
    throw ApiError.domain(9, "ErrPublicKeyDeleteActiveKey", "Cannot delete active target public key");
  }
  return { deletionDate: store.push({ type: "key.removed", id: keyId, targetId }) };
}

function notFound(): ApiError {
  // The key is meant, whatever the message says.
  return ApiError.domain(9, "ErrKeyNotFound", "Target not found");
}

function isOver(store: Store, date: string | undefined): boolean {
  const timestamp = date === undefined ? undefined : parseTimestamp(date);
  if (timestamp === undefined) return false;
  return timestamp.seconds * 1000 + timestamp.nanos / 1_000_000 < store.now().getTime();
}
