// Looks up the target that it declares, in each form. With the variable WANTED, it looks for the target with that id instead.
const { getTarget, getTargetOutput, ZitadelTarget } = require("pulumi-zitadel-actions");

const { id: own } = new ZitadelTarget("hook", {
  name: "hook",
  endpoint: "https://example.com/hook",
  timeout: "10s",
  restAsync: {},
});
const id = own.apply((known) => process.env.WANTED ?? known);

exports.byOutput = getTargetOutput({ id }).name;
exports.inApply = id.apply((known) => getTarget({ id: known })).name;
exports.outputInApply = id.apply((known) => getTargetOutput({ id: known })).name;
exports.signingKey = getTargetOutput({ id }).signingKey;
