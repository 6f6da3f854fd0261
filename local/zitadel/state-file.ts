import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Event } from "./events";
import type { StoredUser } from "./users";

/** Everything of an instance that is stored. */
export interface InstanceState {
  organisationId: string;
  users: StoredUser[];
  events: readonly Event[];
}

/** Version 1 knew only targets, and the types of its events did not say so. */
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
  const isOurs = state?.version === 1 || state?.version === VERSION;
  if (!isOurs || !Array.isArray(state.users) || !Array.isArray(state.events)) {
    throw new Error(`${file} was not written by the mock ZITADEL server, so it was not changed. Choose another file`);
  }
  const stored = state as StoredState;
  const events = stored.version === 1 ? stored.events.map(fromVersion1) : stored.events;
  return { organisationId: stored.organisationId, users: stored.users, events };
}

/** Replaces the file in one step. The file contains signing keys and access tokens, so only its owner can read it. */
export function saveState(file: string, state: InstanceState): void {
  const draft = `${file}.${process.pid}.tmp`;
  const stored: StoredState = { version: VERSION, ...state };
  writeFileSync(draft, JSON.stringify(stored), { mode: 0o600 });
  renameSync(draft, file);
}

type StoredState =
  | (InstanceState & { version: typeof VERSION })
  | (Omit<InstanceState, "events"> & { version: 1; events: readonly { type: string }[] });

function fromVersion1(event: { type: string }): Event {
  return { ...event, type: `target.${event.type}` } as Event;
}

function parse(text: string): Partial<StoredState> | null {
  try {
    return JSON.parse(text) as Partial<StoredState> | null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
