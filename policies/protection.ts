import { resourcePolicy } from "./rule";

/**
 * Rejects targets without the option `protect` in production stacks, which are those with a name that matches `stacks`.
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
      description: "The names of the stacks to check (case-insensitive); * stands for any characters.",
      type: "array",
      items: { type: "string" },
      default: ["prod*"],
    },
    exceptReplacing: {
      description: 'Ignores targets with rotationStrategy "replace": Pulumi refuses to replace a protected resource.',
      type: "boolean",
      default: false,
    },
  },
  problemOf({ stack, isProtected, inputs: { rotationStrategy: strategy } }, { stacks, exceptReplacing }) {
    if (isProtected || !stacks.some((pattern) => matches(pattern, stack))) return undefined;
    if (strategy !== "replace")
      return `can be deleted, but ${stack} is a production stack: set the option protect: true`;
    if (exceptReplacing) return undefined;
    return `can be deleted, but ${stack} is a production stack. Rotate in place and set the option protect: true, or set exceptReplacing. With protect: true, Pulumi would refuse to replace it, and so to rotate its key with rotationStrategy "replace"`;
  },
});

function matches(pattern: string, name: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "i").test(name);
}
