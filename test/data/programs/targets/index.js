// Declares what the variable TARGETS lists (JSON: name → inputs). `type` picks a class other than ZitadelTarget, and a text
// such as "@other.id" stands for an output of a resource declared before; `get` reads one by id instead, `from` puts another
// target's id into the endpoint.
const pulumi = require("@pulumi/pulumi");
const actions = require("pulumi-zitadel-actions");

const made = {};

function resolved(value) {
  if (typeof value === "string" && value.startsWith("@")) {
    const [name, output] = value.slice(1).split(".");
    return made[name][output];
  }
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolved(inner)]));
}

const shown = {
  ZitadelTarget: ["id", "name", "timeout", "signingKey"],
  ZitadelExecution: ["id", "targets"],
  ZitadelTargetPublicKey: ["id", "keyId", "fingerprint", "active"],
};

for (const [name, declared] of Object.entries(JSON.parse(process.env.TARGETS ?? "{}"))) {
  const { type = "ZitadelTarget", get, instance, from, secretEndpoint, dependsOn = [], protect, ...rest } = declared;
  const inputs = resolved({ ...rest, ...(instance !== undefined && { instance }) });
  if (from !== undefined) inputs.endpoint = pulumi.interpolate`https://example.com/${made[from].id}`;
  if (secretEndpoint !== undefined) inputs.endpoint = pulumi.secret(secretEndpoint);
  const opts = { dependsOn: dependsOn.map((other) => made[other]), ...(protect !== undefined && { protect }) };
  const Resource = actions[type];
  made[name] = get === undefined ? new Resource(name, inputs, opts) : Resource.get(name, resolved(get), instance === undefined ? {} : { instance }, opts);
  exports[name] = Object.fromEntries(shown[type].map((output) => [output, made[name][output]]));
}
