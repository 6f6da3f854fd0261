import { coversActions, idOf } from "../provider/execution/condition";
import { resourcePolicy } from "./rule";

/**
 * Rejects executions that can lock everybody out of the API that manages actions, and `allowLockout`, except for the conditions
 * in `except`.
 *
 * Default level: mandatory.
 */
export const lockout = resourcePolicy<{ except: readonly string[] }>({
  type: "Execution",
  name: "zitadel-lockout",
  description: "No execution can lock everybody out of the API that manages actions.",
  enforcementLevel: "mandatory",
  settings: {
    except: {
      description: 'Conditions that are allowed anyway, by the id of their execution, such as "request".',
      type: "array",
      items: { type: "string" },
      default: [],
    },
  },
  problemOf({ inputs: { condition, allowLockout } }, { except }) {
    const id = idOf(condition);
    if (id === undefined && except.length > 0) return undefined; // it may turn out to be one of these
    if (id !== undefined && except.includes(id)) return undefined;
    if (id !== undefined && coversActions(id))
      return `has a condition (${id}) that covers the API that manages actions: if an interrupting target does not answer, no call can undo it. Narrow the condition and leave allowLockout out, or add the condition to except`;
    return allowLockout === true
      ? "has allowLockout: true, so a later change of its condition could lock everybody out: leave it out"
      : undefined;
  },
});
