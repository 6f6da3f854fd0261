// Asks, twice, and declares nothing.
const { listExecutionFunctions, listTargets } = require("pulumi-zitadel-actions");

exports.targets = listTargets().then((targets) => targets.map(({ name }) => name));
exports.functions = listExecutionFunctions();
