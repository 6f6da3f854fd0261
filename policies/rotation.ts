import { unknown } from "../provider/core/properties";
import { resourcePolicy } from "./rule";

/**
 * Requires `rotationTriggers` on each target, and one of `strategies`.
 *
 * Default level: advisory.
 */
export const rotation = resourcePolicy<{ strategies: readonly string[] }>({
  type: "Target",
  name: "zitadel-rotation",
  description: "The program can rotate signing keys.",
  enforcementLevel: "advisory",
  settings: {
    strategies: {
      description: "The allowed values of rotationStrategy; the provider's default is inPlace.",
      type: "array",
      items: { type: "string", enum: ["inPlace", "replace"] },
      minItems: 1,
      default: ["inPlace", "replace"],
    },
  },
  problemOf({ inputs: { rotationTriggers: triggers, rotationStrategy: strategy = "inPlace" } }, { strategies }) {
    if (triggers !== unknown && !(Array.isArray(triggers) && triggers.length > 0))
      return 'has no rotationTriggers, so its signing key never changes: add a value that you can change to rotate it, such as ["2026-12"]';
    if (strategy === unknown || strategies.includes(String(strategy))) return undefined;
    return `rotates its key with rotationStrategy ${JSON.stringify(strategy)}, which is not allowed: set it to ${strategies.join(" or ")}`;
  },
});
