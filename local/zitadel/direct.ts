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

/** The writes of the API without HTTP: nobody is asked for a token, nothing is recorded, and refusals are thrown. */
export function directWrites(calls: Record<ApiOperation, Call>): DirectWrites {
  const perform = (operation: ApiOperation, values: readonly string[], body: object = {}) =>
    calls[operation].prepare(values, JSON.stringify(body))();
  // What a call returns is what the API answers, and these are the API's own answers.
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
