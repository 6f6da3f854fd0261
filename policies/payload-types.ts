import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { idOf } from "../provider/execution/condition";
import { dynamicType } from "../provider/forwarder";
import { unknown } from "../provider/lifecycle";
import { concerned, problemOfEntry } from "./conditions";
import { plain } from "./known";
import { policyOf, type Rule, valuesOf } from "./rule";

interface Values {
  conditions: readonly string[];
  payloadTypes: readonly string[];
  allowUnseen: boolean;
}

const rule: Rule<Values> = {
  name: "zitadel-payload-types",
  description: "What ZITADEL sends for chosen conditions is a signed or an encrypted token.",
  enforcementLevel: "mandatory",
  settings: {
    conditions: {
      description:
        'The conditions that it is about: ids of executions, such as "function/preaccesstoken", or the beginning of some and a star. Empty: the rule says nothing.',
      type: "array",
      items: { type: "string" },
      default: [],
    },
    payloadTypes: {
      description: "The payload types that are allowed there.",
      type: "array",
      items: { type: "string", enum: ["PAYLOAD_TYPE_JWT", "PAYLOAD_TYPE_JWE"] },
      minItems: 1,
      default: ["PAYLOAD_TYPE_JWT", "PAYLOAD_TYPE_JWE"],
    },
    allowUnseen: {
      description:
        "Allows targets that the stack does not declare, also those that it only reads: their payload type cannot be seen.",
      type: "boolean",
      default: false,
    },
  },
  problemOfSettings: ({ conditions }) => conditions.map(problemOfEntry).find((problem) => problem !== undefined),
};

/**
 * Refuses, for the `conditions` that are named, targets whose payload type is none of `payloadTypes`.
 * Executions know their targets only by id: it takes the whole stack to see what these are.
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

/** What is known of a resource that is an execution, once its condition is. */
function executionOf(resource: PolicyResource) {
  if (resource.type !== dynamicType("Execution")) return [];
  const { condition, targets, instance } = plain(resource.props);
  const id = idOf(condition);
  return id === undefined ? [] : [{ resource, id, instance, targets }];
}

/** The targets of the stack whose ids it is given. The engine does not tell of resources that are only read. */
function targetsOf({ propertyDependencies }: PolicyResource): PolicyResource[] {
  const type = dynamicType("Target");
  return (propertyDependencies["targets"] ?? []).filter((resource) => resource.type === type);
}

function problemsOf(seen: readonly PolicyResource[], ids: unknown, { payloadTypes, allowUnseen }: Values): string[] {
  const allowed = payloadTypes.join(" or ");
  const problems = seen.flatMap(({ name, props }) => {
    const { payloadType } = plain(props);
    if (payloadType === unknown || payloadTypes.includes(String(payloadType))) return [];
    return `calls the target ${JSON.stringify(name)}, whose payload type is ${String(payloadType)}: give the target ${allowed}`;
  });
  if (!allowUnseen && Array.isArray(ids) && ids.length > seen.length)
    problems.push(
      `calls a target that the stack does not declare, so that its payload type cannot be seen: declare it here, or look whether it is ${allowed} and set allowUnseen`,
    );
  return problems;
}
