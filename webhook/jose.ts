let loaded: Promise<typeof import("jose")> | undefined;

/** The library for tokens: loaded once, when the first token arrives, so that receivers of JSON never load it. */
export function jose(): Promise<typeof import("jose")> {
  loaded ??= import("jose");
  return loaded;
}
