// A program with two copies of the package, under mocks: prints what the execution of one copy gets from targets of both.
const pulumi = require("@pulumi/pulumi");
const one = require("pulumi-zitadel-actions");
const other = require("./other/node_modules/pulumi-zitadel-actions");

const args = { endpoint: "https://example.com/", timeout: "10s", restWebhook: {} };
const valueOf = (output) => new Promise((resolve) => output.apply(resolve));

async function main() {
  const mocks = {
    newResource: ({ name, inputs }) => ({ id: `${name}-id`, state: inputs }),
    call: ({ token }) => ({ id: token }),
  };
  await pulumi.runtime.setMocks(mocks, "program", "dev");
  const targets = [new one.ZitadelTarget("a", args), new other.ZitadelTarget("b", args)];
  const condition = { event: { all: true } };
  const executions = [one, other].map(
    ({ ZitadelExecution }, index) => new ZitadelExecution(`e${index}`, { condition, targets }),
  );
  const called = await Promise.all(executions.map((execution) => valueOf(execution.targets)));
  const found = await Promise.all([one, other].map(({ getTarget }) => getTarget({ name: "x" })));
  const areTargets = targets.map((target) => one.ZitadelTarget.isInstance(target) && other.ZitadelTarget.isInstance(target));
  console.log(JSON.stringify({ isSame: one === other, called, found: found.map(({ id }) => id), areTargets }));
}
main();
