import type { Call } from "../call";
import { ApiError } from "../errors";
import type { Store } from "../store";
import { decode } from "../wire";
import { activateKey, addKey, deactivateKey, removeKey, type KeyName } from "./commands";
import type { KeyRow } from "./events";
import { AddPublicKeyRequest, ListPublicKeysRequest } from "./messages";
import { searchKeys } from "./search";
import { validateAddKey, validateKey, validateListKeys } from "./validate";

type KeyOperation = "addKey" | "activateKey" | "deactivateKey" | "deleteKey" | "searchKeys";

/** The API for the public keys of targets. */
export function keyCalls(store: Store): Record<KeyOperation, Call> {
  return {
    addKey: {
      permission: "action.target.write",
      prepare: ([targetId = ""], body) => {
        const request = decode(AddPublicKeyRequest, body);
        return () => {
          validateAddKey(targetId, request);
          const { publicKey = Buffer.alloc(0), expirationDate } = request;
          return addKey(store, trimmed(targetId), publicKey, expirationDate);
        };
      },
    },
    activateKey: keyCall("ActivatePublicKeyRequest", (name) => activateKey(store, name)),
    deactivateKey: keyCall("DeactivatePublicKeyRequest", (name) => deactivateKey(store, name)),
    deleteKey: keyCall("RemovePublicKeyRequest", (name) => removeKey(store, name)),
    searchKeys: {
      permission: "action.target.read",
      prepare: ([targetId = ""], body) => {
        const request = decode(ListPublicKeysRequest, body);
        return () => {
          validateListKeys(targetId, request);
          return searchKeys(request, shownKeys(store, targetId));
        };
      },
    },
  };
}

/** A call that names nothing but a key; its body is not read. */
function keyCall(message: string, work: (name: KeyName) => object): Call {
  return {
    permission: "action.target.write",
    prepare:
      ([targetId = "", keyId = ""]) =>
      () => {
        validateKey(message, targetId, keyId);
        return work({ targetId: trimmed(targetId), keyId: trimmed(keyId) });
      },
  };
}

/** The keys that the read model shows: only those of a target that it knows. */
function shownKeys(store: Store, targetId: string): KeyRow[] {
  const { targets, keys } = store.readModel.read();
  return targets.get(targetId) === undefined ? [] : keys.of(targetId);
}

function trimmed(id: string): string {
  if (id.trim() === "") throw ApiError.domain(3, "ErrTargetIDMissing", "ID missing");
  return id.trim();
}
