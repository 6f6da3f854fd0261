import { unknown } from "../provider/lifecycle";
import { resourcePolicy } from "./rule";

/**
 * Wants `rotationTriggers` on each target, and one of `strategies`.
 *
 * Default level: advisory.
 */
export const rotation = resourcePolicy<{ strategies: readonly string[] }>({
  type: "Target",
  name: "zitadel-rotation",
  description: "Signing keys can be rotated by the program.",
  enforcementLevel: "advisory",
  settings: {
    strategies: {
      description: "The values of rotationStrategy that are allowed; the provider's own default is inPlace.",
      type: "array",
      items: { type: "string", enum: ["inPlace", "replace"] },
      minItems: 1,
      default: ["inPlace", "replace"],
    },
  },
  problemOf({ inputs: { rotationTriggers: triggers, rotationStrategy: strategy = "inPlace" } }, { strategies }) {
    if (triggers !== unknown && !(Array.isArray(triggers) && triggers.length > 0))
      return 'has no rotationTriggers, so its signing key stays the same for good: give it one whose value you change to rotate, such as ["2026-12"]';
    if (strategy === unknown || strategies.includes(String(strategy))) return undefined;
    return `rotates its key with rotationStrategy ${JSON.stringify(strategy)}, and allowed is ${strategies.join(" or ")}: set it so`;
  },
});
