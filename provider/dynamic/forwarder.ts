/**
 * The code that is stored in the state. Pulumi stores a dynamic provider's code with each resource and runs the stored code to
 * read and delete the resource, maybe years later. So this code is constant: it only loads the package that is installed in the
 * project's folder.
 *
 * Every existing state relies on the package's name, the path `runtime` and the export's name: they never change.
 */
export function forwarder(lifecycle: "target" | "execution" | "publicKey"): string {
  return `exports.handler=()=>require("module").createRequire(process.cwd()+"/x.js")("pulumi-zitadel-actions/runtime").${lifecycle}`;
}

/** The property in which Pulumi's dynamic-provider process finds this code. */
export const providerKey = "__provider";

/** The hidden property that passes the resource's name to the provider process: Pulumi does not. */
export const logicalNameKey = "__logicalName";

/** The hidden property with the types of the resource's parent components: names are unique only within one such path. */
export const parentKey = "__parent";

/** The properties that are the resource's own. */
export function withoutPulumis(properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { [providerKey]: _text, [logicalNameKey]: _name, [parentKey]: _parent, ...rest } = properties;
  return rest;
}

/** A type for which the engine starts Node's dynamic-provider process. */
export function dynamicType(type: string): string {
  return `pulumi-nodejs:dynamic/zitadel:${type}`;
}
