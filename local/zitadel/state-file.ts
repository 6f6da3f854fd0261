import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { ApiError } from "./errors";
import type { Event } from "./events";
import type { StoredUser } from "./users";

/** Everything of an instance that is stored. */
export interface InstanceState {
  organisationId: string;
  users: StoredUser[];
  events: readonly Event[];
}

const VERSION = 2;

/** Reads the state from a file. Returns `undefined` if there is no file yet. */
export function loadState(file: string): InstanceState | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const state = parse(text);
  if (state?.version !== VERSION || !Array.isArray(state.users) || !Array.isArray(state.events)) {
    throw new Error(`${file} was not written by the mock ZITADEL server, so it was not changed. Choose another file`);
  }
  return state as StoredState;
}

/** Replaces the file in one step. The file contains signing keys and access tokens, so only its owner can read it. */
export function saveState(file: string, state: InstanceState): void {
  const draft = `${file}.${process.pid}.tmp`;
  const stored: StoredState = { version: VERSION, ...state };
  try {
    writeFileSync(draft, JSON.stringify(stored), { mode: 0o600 });
    renameSync(draft, file);
  } catch (error) {
    throw ApiError.plain(13, `${file} cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
}

type StoredState = InstanceState & { version: typeof VERSION };

function parse(text: string): Partial<StoredState> | null {
  try {
    return JSON.parse(text) as Partial<StoredState> | null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
