/** Caches the results of `work` for the latest `most` texts. Failures are not cached. */
export function remembered<T>(most: number, work: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const result = work(text);
    known.set(text, result);
    for (const [oldest] of known) {
      if (known.size <= most) break;
      known.delete(oldest);
    }
    if (result instanceof Promise) result.catch(() => known.delete(text));
    return result;
  };
}
