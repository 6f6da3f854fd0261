import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { TargetEvent } from "./events";
import type { StoredUser } from "./users";

/** Everything of an instance that outlives the process. */
export interface InstanceState {
  version: 1;
  organisationId: string;
  users: StoredUser[];
  events: readonly TargetEvent[];
}

/** Reads the state in a file; `undefined` if there is no file yet. */
export function loadState(file: string): InstanceState | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const state = parse(text);
  if (state?.version !== 1 || !Array.isArray(state.users) || !Array.isArray(state.events)) {
    throw new Error(`${file} was not written by the ZITADEL stand-in: it is left as it is`);
  }
  return state as InstanceState;
}

/** Replaces the file in one step. It holds signing keys and access tokens, so only its owner may read it. */
export function saveState(file: string, state: InstanceState): void {
  const draft = `${file}.${process.pid}.tmp`;
  writeFileSync(draft, JSON.stringify(state), { mode: 0o600 });
  renameSync(draft, file);
}

function parse(text: string): Partial<InstanceState> | null {
  try {
    return JSON.parse(text) as Partial<InstanceState> | null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
