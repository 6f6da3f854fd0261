import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { idOf } from "../provider/execution/condition";
import { unknown } from "../provider/core/properties";
import { concerned, problemOfEntry } from "./conditions";
import { plain } from "./known";
import { isOf, policyOf, type Rule, valuesOf } from "./rule";

interface Values {
  conditions: readonly string[];
  payloadTypes: readonly string[];
  allowUnseen: boolean;
}

const rule: Rule<Values> = {
  name: "zitadel-payload-types",
  description: "For chosen conditions, ZITADEL sends a signed or an encrypted token.",
  enforcementLevel: "mandatory",
  settings: {
    conditions: {
      description:
        'The conditions to check: ids of executions, such as "function/preaccesstoken", or the beginning of ids and a star. If empty, the rule does nothing.',
      type: "array",
      items: { type: "string" },
      default: [],
    },
    payloadTypes: {
      description: "The payload types that are allowed for these conditions.",
      type: "array",
      items: { type: "string", enum: ["PAYLOAD_TYPE_JWT", "PAYLOAD_TYPE_JWE"] },
      minItems: 1,
      default: ["PAYLOAD_TYPE_JWT", "PAYLOAD_TYPE_JWE"],
    },
    allowUnseen: {
      description:
        "Allows targets that the stack does not declare, including those that it only reads: the rule cannot see their payload type.",
      type: "boolean",
      default: false,
    },
  },
  problemOfSettings: ({ conditions }) => conditions.map(problemOfEntry).find((problem) => problem !== undefined),
};

/**
 * For the listed `conditions`, rejects targets with a payload type that is not in `payloadTypes`.
 * Executions have only the ids of their targets, so this rule needs the whole stack.
 *
 * Default level: mandatory.
 */
export const payloadTypes: StackValidationPolicy = {
  ...policyOf(rule),
  validateStack(args, report) {
    const values = valuesOf(rule, args.getConfig(), report);
    if (values === undefined) return;
    const executions = args.resources.flatMap(executionOf);
    for (const { resource, id, instance, targets } of executions) {
      const beside = executions.filter((other) => other.instance === instance).map((other) => other.id);
      if (!values.conditions.some((entry) => concerned(entry, beside).includes(id))) continue;
      for (const problem of problemsOf(targetsOf(resource), targets, values))
        report(`The execution ${JSON.stringify(resource.name)} (${id}) ${problem}.`, resource.urn);
    }
  },
};

/** The data of a resource, if it is an execution with a known condition. */
function executionOf(resource: PolicyResource) {
  if (!isOf(resource, "Execution")) return [];
  const { condition, targets, instance } = plain(resource.props);
  const id = idOf(condition);
  return id === undefined ? [] : [{ resource, id, instance, targets }];
}

/** The targets of the stack that a resource refers to. The engine does not report resources that are only read. */
function targetsOf({ propertyDependencies }: PolicyResource): PolicyResource[] {
  return (propertyDependencies["targets"] ?? []).filter((resource) => isOf(resource, "Target"));
}

function problemsOf(seen: readonly PolicyResource[], ids: unknown, { payloadTypes, allowUnseen }: Values): string[] {
  const allowed = payloadTypes.join(" or ");
  const problems = seen.flatMap(({ name, props }) => {
    const { payloadType } = plain(props);
    if (payloadType === unknown || payloadTypes.includes(String(payloadType))) return [];
    return `calls the target ${JSON.stringify(name)} with the payload type ${String(payloadType)}: set the target's payloadType to ${allowed}`;
  });
  if (!allowUnseen && Array.isArray(ids) && ids.length > seen.length)
    problems.push(
      `calls a target that the stack does not declare, so the rule cannot see its payload type: declare it here, or check that it is ${allowed} and set allowUnseen`,
    );
  return problems;
}
