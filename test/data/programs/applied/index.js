// Looks up the target that it declares, in each form. With the variable WANTED, it looks for the target with that id instead. NAME is
// the target's name.
const { getTarget, getTargetOutput, listTargetsOutput, ZitadelTarget } = require("pulumi-zitadel-actions");

const { id: own, name } = new ZitadelTarget("hook", {
  name: process.env.NAME,
  endpoint: "https://example.com/hook",
  timeout: "10s",
  restAsync: {},
});
const id = own.apply((known) => process.env.WANTED ?? known);

exports.byOutput = getTargetOutput({ id }).endpoint;
exports.inApply = id.apply((known) => getTarget({ id: known })).endpoint;
exports.outputInApply = id.apply((known) => getTargetOutput({ id: known })).endpoint;
exports.signingKey = getTargetOutput({ id }).signingKey;
exports.byName = getTargetOutput({ name }).endpoint;
exports.listed = listTargetsOutput({ filters: [{ targetNameFilter: { targetName: name } }] }).apply((all) => all.length);
