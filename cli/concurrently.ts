/**
 * Calls `act` for all items, at most `most` at a time, and returns the results in the items' order. After a failure it starts no
 * more. `onDone` gets the number of finished items.
 */
export async function concurrently<Item, Result>(
  items: readonly Item[],
  most: number,
  act: (item: Item) => Promise<Result>,
  onDone: (done: number) => void = () => undefined,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  let done = 0;
  const work = async () => {
    while (next < items.length) {
      const index = next++;
      try {
        results[index] = await act(items[index] as Item);
        onDone(++done);
      } catch (error) {
        next = items.length;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, work));
  return results;
}
