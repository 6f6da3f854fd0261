// Deploys the program in `copies`, which loads two copies of the package, and prints the result of each step.
import { openDeployment, startZitadel } from "pulumi-zitadel-actions/local";

const zitadel = await startZitadel();
const config = {
  "zitadel-actions:domain": zitadel.domain,
  "zitadel-actions:port": String(zitadel.port),
  "zitadel-actions:insecure": "true",
  "zitadel-actions:accessToken": { value: zitadel.accessToken, secret: true },
};
const deployment = await openDeployment({ projectDir: "copies", config });
const steps = [];
for (const [step, env] of [["up"], ["up"], ["preview", { TWICE: "true" }], ["destroy"]]) {
  deployment.setEnv(env ?? {});
  zitadel.clearRequests();
  const { exitCode, stdout, stderr, outputs } = await deployment[step]();
  steps.push({
    step,
    exitCode,
    ...(exitCode !== 0 && { said: stdout + stderr }),
    requests: Object.fromEntries(Object.entries(zitadel.count()).filter(([, count]) => count > 0)),
    targets: zitadel.targets().map(({ name }) => name).sort(),
    executions: zitadel.executions().map(({ id, targets }) => `${id}: ${targets.length}`).sort(),
    ...(step === "up" && { found: outputs["found"]?.value }),
  });
}
await deployment.close();
await zitadel.stop();
console.log(JSON.stringify(steps));
