let loaded: Promise<typeof import("jose")> | undefined;

/** The library for tokens: loaded when the first one comes, so that who gets JSON never loads it, and asked for only once. */
export function jose(): Promise<typeof import("jose")> {
  loaded ??= import("jose");
  return loaded;
}
