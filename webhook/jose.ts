import { nameOf, WebhookError } from "./errors.ts";

type Jose = typeof import("jose");

// Node has both in CommonJS; this file knows no other types of Node.
interface Node {
  getBuiltinModule(name: "node:vm"): { runInThisContext(code: string): Node };
  getBuiltinModule(name: "node:module"): { createRequire(file: string): (name: string) => unknown };
}
declare const process: Node;
declare const __filename: string;

let loaded: Promise<Jose> | undefined;

/** The library for tokens: loaded once, when the first token arrives, so that receivers of JSON never load it. */
export function jose(): Promise<Jose> {
  loaded ??= import("jose").catch(outsideJest).catch((error: unknown) => {
    // It may have failed for a moment, for want of file descriptors.
    loaded = undefined;
    throw new WebhookError("keys_unavailable", `The library \`jose\` could not be loaded: ${nameOf(error)}.`);
  });
  return loaded;
}

/**
 * Jest does not load ES modules without `--experimental-vm-modules`: then Node itself does, outside of Jest's sandbox (Node 22.12 or
 * later).
 */
function outsideJest(error: { code?: unknown }): Jose {
  if (error.code !== "ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING_FLAG") throw error as Error;
  const node = process.getBuiltinModule("node:vm").runInThisContext("process");
  return node.getBuiltinModule("node:module").createRequire(__filename)("jose") as Jose;
}
