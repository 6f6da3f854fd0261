import { runInThisContext } from "node:vm";

/**
 * Loads a library that exists only as an ES module. Jest does not load those without `--experimental-vm-modules`; then Node itself
 * does, outside of Jest's sandbox (Node 22.12 or later).
 */
export async function esm<Module>(load: () => Promise<Module>, name: string): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING_FLAG") throw error;
    const node = runInThisContext("process") as NodeJS.Process;
    return node.getBuiltinModule("node:module").createRequire(__filename)(name) as Module;
  }
}
