import { resourcePolicy } from "./rule";

/**
 * Refuses targets without the option `protect` in the `stacks` whose names say that they are production.
 *
 * Default level: mandatory.
 */
export const protection = resourcePolicy<{ stacks: readonly string[]; exceptReplacing: boolean }>({
  type: "Target",
  name: "zitadel-protection",
  description: "Targets of production stacks are protected from being deleted.",
  enforcementLevel: "mandatory",
  settings: {
    stacks: {
      description: "The names of the stacks that it is about, whatever the case; * stands for any letters.",
      type: "array",
      items: { type: "string" },
      default: ["prod*"],
    },
    exceptReplacing: {
      description: 'Leaves targets with rotationStrategy "replace" alone: Pulumi refuses to replace what is protected.',
      type: "boolean",
      default: false,
    },
  },
  problemOf({ stack, isProtected, inputs: { rotationStrategy: strategy } }, { stacks, exceptReplacing }) {
    if (isProtected || !stacks.some((pattern) => matches(pattern, stack))) return undefined;
    if (strategy !== "replace")
      return `can be deleted, and ${stack} is a production stack: give it the option protect: true`;
    if (exceptReplacing) return undefined;
    return `can be deleted, and ${stack} is a production stack. With the option protect: true Pulumi would refuse to replace it, and so to rotate its key with rotationStrategy "replace": rotate in place and protect it, or set exceptReplacing`;
  },
});

function matches(pattern: string, name: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "i").test(name);
}
