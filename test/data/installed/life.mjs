// One life of the program in the folder that is named, with the stand-ins of the installed package; tells what each step came to.
import { readFileSync } from "node:fs";
import { openDeployment, startZitadel } from "pulumi-zitadel-actions/local";

const zitadel = await startZitadel();
const config = {
  "zitadel:domain": zitadel.domain,
  "zitadel:port": String(zitadel.port),
  "zitadel:insecure": "true",
  "zitadel:accessToken": { value: zitadel.accessToken, secret: true },
  "program:publicKey": readFileSync(new URL("claims.pub.pem", import.meta.url), "utf8"),
  "program:timeout": "10s",
};
const deployment = await openDeployment({ projectDir: process.argv[2] });
const steps = [
  { step: "preview" },
  { step: "up" },
  { step: "up" },
  { step: "up", timeout: "20s" },
  { step: "refresh", timeout: "20s" },
  { step: "destroy", timeout: "20s" },
];

const life = [];
for (const { step, timeout = "10s" } of steps) {
  await deployment.configure({ ...config, "program:timeout": timeout });
  zitadel.clearRequests();
  const { exitCode, stdout, stderr, outputs } = await deployment[step]();
  const targets = zitadel.targets();
  life.push({
    step,
    exitCode,
    ...(exitCode !== 0 && { said: stdout + stderr }),
    requests: Object.fromEntries(Object.entries(zitadel.count()).filter(([, count]) => count > 0)),
    timeouts: targets.map((target) => target.timeout),
    executions: zitadel.executions().length,
    ...(step === "up" && { isKeyGiven: outputs["signingKey"]?.value === targets[0]?.signingKey }),
  });
}
await deployment.close();
await zitadel.stop();
console.log(JSON.stringify({ node: process.versions.node, life }));
