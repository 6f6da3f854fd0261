import type { EnforcementLevel, Policy, PolicyConfigSchema, ResourceValidationPolicy } from "@pulumi/policy";
import { token } from "../provider/core/tokens";
import { dynamicType } from "../provider/dynamic/forwarder";
import { plain } from "./known";

/** The settings of a rule: each has a schema with a default. */
export type Settings<Values> = {
  readonly [Name in keyof Values]: PolicyConfigSchema["properties"][string] & {
    description: string;
    default: Values[Name];
  };
};

/** The properties of every rule. */
export interface Rule<Values> {
  readonly name: string;
  readonly description: string;
  /** What a violation does by default. */
  readonly enforcementLevel: EnforcementLevel;
  readonly settings: Settings<Values>;
  /** The problem of values that match the schemas. */
  readonly problemOfSettings?: (values: Values) => string | undefined;
}

/** A resource that the program declares. */
export interface Declared {
  /** Its name in messages: `target "audit"`. */
  readonly what: string;
  readonly stack: string;
  readonly isProtected: boolean;
  /** Its inputs, as the provider's check returned them; each may be `unknown`. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** A rule about one resource at a time. */
export interface ResourceRule<Values> extends Rule<Values> {
  readonly type: "Target" | "Execution";
  /** The problem, as the rest of a sentence about the resource, and what to do. */
  readonly problemOf: (resource: Declared, values: Values) => string | undefined;
}

/** The rule in Pulumi's form. */
export function resourcePolicy<Values>(rule: ResourceRule<Values>): ResourceValidationPolicy {
  return {
    ...policyOf(rule),
    validateResource(args, report) {
      if (!isOf(args, rule.type)) return;
      const values = valuesOf(rule, args.getConfig(), report);
      if (values === undefined) return;
      const what = `${rule.type.toLowerCase()} ${JSON.stringify(args.name)}`;
      const [, , stack = ""] = args.urn.split(":");
      const resource = { what, stack, isProtected: args.opts.protect, inputs: plain(args.props) };
      const problem = rule.problemOf(resource, values);
      if (problem !== undefined) report(`The ${what} ${problem}.`);
    },
  };
}

/** Whether a resource is of this kind, of this package's classes or of the native provider. */
export function isOf({ type }: { readonly type: string }, kind: "Target" | "Execution"): boolean {
  return type === dynamicType(kind) || type === token(kind);
}

/** A rule's description for Pulumi, without its check. */
export function policyOf<Values>({ name, description, enforcementLevel, settings }: Rule<Values>): Policy {
  return { name, description, enforcementLevel, configSchema: { properties: { ...settings } } };
}

/**
 * The rule's settings; `undefined` after reporting a problem with them. The engine checks them against the schemas, but those
 * cannot forbid unknown settings, and a misspelt setting would switch its rule off.
 */
export function valuesOf<Values>(
  { name, settings, problemOfSettings }: Rule<Values>,
  given: object,
  report: (message: string) => void,
): Values | undefined {
  const names = Object.keys(settings);
  const strange = Object.keys(given).find((key) => !names.includes(key));
  const defaults = Object.entries<{ default: unknown }>(settings).map(([key, schema]) => [key, schema.default]);
  const values = { ...Object.fromEntries(defaults), ...given } as Values;
  const problem =
    strange === undefined
      ? problemOfSettings?.(values)
      : `has the unknown setting ${JSON.stringify(strange)}: use ${names.join(", ")}`;
  if (problem === undefined) return values;
  report(`The configuration of ${name} ${problem}.`);
  return undefined;
}
