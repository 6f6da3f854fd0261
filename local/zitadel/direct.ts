import type { Call } from "./call";
import type { Zitadel } from "./handle";
import type { ApiOperation } from "./operations";

type DirectWrites = Pick<
  Zitadel,
  | "add"
  | "change"
  | "remove"
  | "setExecution"
  | "addPublicKey"
  | "activatePublicKey"
  | "deactivatePublicKey"
  | "removePublicKey"
>;

/** The writes of the API without HTTP: they need no token, record nothing, and throw rejections. */
export function directWrites(calls: Record<ApiOperation, Call>): DirectWrites {
  const perform = (operation: ApiOperation, values: readonly string[], body: object = {}) =>
    calls[operation].prepare(values, JSON.stringify(body))();
  // A call returns the API's answer, which has these types.
  return {
    add: (target) => perform("create", [], target),
    change: (id, patch) => perform("update", [id], patch),
    remove: (id) => perform("delete", [id]),
    setExecution: (condition, targets) => perform("setExecution", [], { condition, targets }),
    addPublicKey: (targetId, key) => perform("addKey", [targetId], key),
    activatePublicKey: (...names) => perform("activateKey", names),
    deactivatePublicKey: (...names) => perform("deactivateKey", names),
    removePublicKey: (...names) => perform("deleteKey", names),
  } as DirectWrites;
}
