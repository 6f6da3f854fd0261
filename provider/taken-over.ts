import type { Client } from "./client";

const taken = new WeakMap<Client, Set<string>>();

/**
 * The ids that resources of this process took over (`adopt`). Where a resource got another name in the program, its new self
 * takes over what its old self is about to delete, at the end of the same deployment: that has to stay.
 */
export function takenOver(client: Client): Set<string> {
  const ids = taken.get(client) ?? new Set<string>();
  taken.set(client, ids);
  return ids;
}
