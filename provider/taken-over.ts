import type { Context } from "./lifecycle";
import { perClient } from "./per-client";

/**
 * The ids that resources of this process took over (`adopt`). Where a resource got another name in the program, its new self
 * takes over what its old self is about to delete, at the end of the same deployment: that has to stay.
 */
export const takenOver = perClient(() => new Set<string>());

/** Whether what is about to be deleted has to stay for its new self; then the log says so. */
export function staysForAnother({ client, info }: Context, id: string, what: string): boolean {
  const stays = takenOver(client).has(id);
  if (stays) info(`${what} stays on ${client.instance.origin}: another resource of the program took it over.`);
  return stays;
}
