import { perClient } from "./per-client";

/**
 * The ids that resources of this process took over (`adopt`). Where a resource got another name in the program, its new self
 * takes over what its old self is about to delete, at the end of the same deployment: that has to stay.
 */
export const takenOver = perClient(() => new Set<string>());
