// The program declares what THINGS lists (JSON: name → {inputs, from?, password?, grower?, by?, find?, keyOf?, tries?, dependsOn?, options?}):
// plants, or explicit providers (`grower`). `find`, `keyOf` and `tries` call the provider's functions, and become outputs.
const { appendFileSync } = require("node:fs");
const pulumi = require("@pulumi/pulumi");
class Plant extends pulumi.CustomResource {
  constructor(name, inputs, opts) {
    super("garden:index:Plant", name, { key: undefined, height: undefined, planted: undefined, label: undefined, ...inputs }, opts);
  }
}
class Grower extends pulumi.ProviderResource {}
const made = {};
for (const [name, declared] of Object.entries(JSON.parse(process.env.THINGS ?? "{}"))) {
  const { inputs = {}, from, password, grower, by, find, keyOf, tries, dependsOn = [], options } = declared;
  const opts = { ...options, dependsOn: dependsOn.map((one) => made[one]), ...(by && { provider: made[by] }) };
  const call = (token, id) => pulumi.runtime.invokeOutput(token, { id }, by && { provider: made[by] });
  const idOf = (one) => (made[one] ? made[one].id : one);
  if (find) exports[name] = call("garden:index:find", idOf(find));
  else if (keyOf) exports[name] = call("garden:index:keyOf", idOf(keyOf));
  else if (tries) exports[name] = pulumi.runtime.invoke("garden:index:find", { id: tries }).catch(({ message }) => ({ message }));
  else if (grower) {
    made[name] = new Grower("garden", name, { ...grower, ...(from && { soil: made[from].id }) }, opts);
    if (process.env.RECORD_AFTER) made[name].urn.apply((registered) => appendFileSync(process.env.RECORD_FILE, `${JSON.stringify({ registered })}\n`));
  } else {
    const all = { ...inputs, ...(from && { from: made[from].id, height: made[from].height }), ...(password && { password: pulumi.secret(password) }) };
    const { height: near, ...rest } = all;
    const { id, key, height, planted, label } = (made[name] = new Plant(name, { ...rest, ...(near && { near }) }, opts));
    exports[name] = { id, key, height, planted, label };
  }
}
