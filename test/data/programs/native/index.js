// Declares what the variable TARGETS lists (JSON: name → inputs), with the native provider, or with the dynamic one if DYNAMIC is set.
// `type` is Target by default; a text such as "@other.id" stands for an output of a resource declared before, "@other" for itself. Each resource has
// its type of the other provider as an alias. `by` names an explicit provider, which `settings` declares; `lookup` calls a function.
const pulumi = require("@pulumi/pulumi");
const actions = require("pulumi-zitadel-actions");

const made = {};

function resolved(value) {
  if (typeof value === "string" && value.startsWith("@")) {
    const [name, output] = value.slice(1).split(".");
    return output === undefined ? made[name] : made[name][output];
  }
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolved(inner)]));
}

const outputs = {
  Target: ["name", "timeout", "payloadType", "signingKey", "creationDate"],
  Execution: ["condition", "targets"],
  TargetPublicKey: ["keyId", "fingerprint", "active"],
};

class Native extends pulumi.CustomResource {
  constructor(type, name, inputs, opts) {
    const none = Object.fromEntries(outputs[type].map((output) => [output, undefined]));
    super(`zitadel-actions:index:${type}`, name, { ...none, ...inputs }, opts);
  }
}
class Instance extends pulumi.ProviderResource {}

for (const [name, declared] of Object.entries(JSON.parse(process.env.TARGETS ?? "{}"))) {
  const { type = "Target", settings, by, lookup, options, ...rest } = declared;
  const inputs = resolved(rest);
  const opts = { ...resolved(options), ...(by && { provider: made[by] }) };
  if (settings) made[name] = new Instance("zitadel-actions", name, settings);
  else if (lookup) exports[name] = pulumi.runtime.invokeOutput(`zitadel-actions:index:${lookup}`, inputs, opts);
  else {
    made[name] = process.env.DYNAMIC
      ? new actions[`Zitadel${type}`](name, inputs, { ...opts, aliases: [{ type: `zitadel-actions:index:${type}` }] })
      : new Native(type, name, inputs, { ...opts, aliases: [{ type: `pulumi-nodejs:dynamic/zitadel:${type}` }] });
    exports[name] = Object.fromEntries(["id", ...outputs[type]].map((output) => [output, made[name][output]]));
  }
}
