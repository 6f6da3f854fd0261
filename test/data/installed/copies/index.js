// Two copies of the package: each declares a target and an execution, and calls the targets of both.
const one = require("pulumi-zitadel-actions");
const other = require("../other/node_modules/pulumi-zitadel-actions");

const hook = (name) => ({ name, endpoint: `https://example.com/${name}`, timeout: "10s", restWebhook: {} });
const targets = [new one.ZitadelTarget("a", hook("a")), new other.ZitadelTarget("b", hook("b"))];
const on = (name) => ({ condition: { function: { name } }, targets });
new one.ZitadelExecution("userinfo", on("preuserinfo"));
new other.ZitadelExecution("token", on("preaccesstoken"));
if (process.env.TWICE) new other.ZitadelExecution("twice", on("preuserinfo"));

exports.found = other.getTargetOutput({ id: targets[0].id }).name;
