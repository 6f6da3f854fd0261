// Declares what the variable TARGETS lists (JSON: name → inputs; `get` reads a target by id, `from` puts another target's id into the endpoint).
const pulumi = require("@pulumi/pulumi");
const { ZitadelTarget } = require("pulumi-zitadel-actions");

const made = {};
for (const [name, { get, from, secretEndpoint, dependsOn = [], ...inputs }] of Object.entries(JSON.parse(process.env.TARGETS ?? "{}"))) {
  if (from !== undefined) inputs.endpoint = pulumi.interpolate`https://example.com/${made[from].id}`;
  if (secretEndpoint !== undefined) inputs.endpoint = pulumi.secret(secretEndpoint);
  const opts = { dependsOn: dependsOn.map((other) => made[other]) };
  made[name] = get === undefined ? new ZitadelTarget(name, inputs, opts) : ZitadelTarget.get(name, get, opts);
  exports[name] = { id: made[name].id, name: made[name].name, timeout: made[name].timeout, signingKey: made[name].signingKey };
}
