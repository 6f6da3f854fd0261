/**
 * What travels in the state in place of code. Pulumi stores a dynamic provider's text with each resource and runs the stored
 * text to read and delete it, maybe years later, so this text is constant: it loads the package that is installed in the
 * project's folder, and the package does the rest.
 *
 * The package's name, the path `runtime` and the export's name are a contract with every state ever written: they never change.
 */
export function forwarder(lifecycle: "target" | "execution" | "publicKey"): string {
  return `exports.handler=()=>require("module").createRequire(process.cwd()+"/x.js")("pulumi-zitadel-actions/runtime").${lifecycle}`;
}

/** The property under which Pulumi's dynamic-provider process looks for the text. */
export const providerKey = "__provider";

/** The hidden property that tells the provider process the resource's name, which Pulumi does not tell a dynamic provider. */
export const logicalNameKey = "__logicalName";

/** The hidden property with the types of the components that the resource lies in: names are unique only within one such path. */
export const parentKey = "__parent";

/** Types of dynamic resources begin with this, and the engine starts Node's dynamic-provider process for them. */
export function dynamicType(type: string): string {
  return `pulumi-nodejs:dynamic/zitadel:${type}`;
}
